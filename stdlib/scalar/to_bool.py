"""Say whether a value counts as true: null, false, 0 and the empty text do not, all others do.

What a text says is not looked at: "false" and "0" are texts that are not empty.

Input: Bool | Null | Number | Text
Output: Bool
Effects: [Pure]
Tags: [scalar, convert, bool]
Examples:
    null -> false
    0 -> false
    -0.0 -> false
    0.1 -> true
    "" -> false
    "false" -> true
"""


def execute(value):
    return bool(value)
