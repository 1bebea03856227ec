"""Read a number from a text, or count a truth value as 1 or 0; a number stays what it is.

The text is a decimal number, with white space round it or not. Unlike Noether's, which made every
text a float, whole numbers stay exact at any size.

Input: Bool | Number | Text
Output: Number
Effects: [Pure, Fallible]
Tags: [scalar, convert, number]
Examples:
    " 42 " -> 42
    "9007199254740993" -> 9007199254740993
    "-1.50e2" -> -150.0
    true -> 1
    "1_000" -> raises ValueError
    "1e400" -> raises ValueError
"""

import math
import re

WHOLE = re.compile(r"[+-]?[0-9]+")
DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def execute(value):
    if isinstance(value, bool):
        return int(value)
    return read(value.strip()) if isinstance(value, str) else value


def read(text):
    if WHOLE.fullmatch(text):
        return int(text)
    if not DECIMAL.fullmatch(text):
        raise ValueError(f"{text[:80]!r} is no decimal number")
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:80]} is larger than any float")
    return number
