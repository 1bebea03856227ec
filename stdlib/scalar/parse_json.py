r"""Read the value that a JSON text describes.

As strict as the reading of inputs: a key twice in one object, NaN, a number that no float holds
and half a surrogate pair are refused; nothing is changed in silence.

Input: Text
Output: Any
Effects: [Pure, Fallible]
Tags: [scalar, convert, json]
Examples:
    " {\"b\": 1.0, \"a\": [1, null]} " -> {"b": 1.0, "a": [1, null]}
    "123456789012345678901234567890" -> 123456789012345678901234567890
    "\"\\ud83d\\ude00\"" -> "\ud83d\ude00"
    "{\"a\": 1, \"a\": 2}" -> raises ValueError
    "\"\\ud83d\"" -> raises UnicodeEncodeError
    "[1,]" -> raises JSONDecodeError
"""

import json
import math


def execute(text):
    value = json.loads(text, object_pairs_hook=unique, parse_constant=refuse, parse_float=finite)
    json.dumps(value, ensure_ascii=False).encode()  # a text with half a pair has no encoding
    return value


def unique(pairs):
    found = {}
    for key, item in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} stands twice in one object")
        found[key] = item
    return found


def refuse(name):
    raise ValueError(f"{name} is no JSON")


def finite(text):
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:80]} is larger than any float")
    return number
