r"""Count the characters of a text: its Unicode code points.

Unlike Noether's, which gave 3.0, the count is an integer.

Input: Text
Output: Number
Effects: [Pure]
Tags: [text]
Examples:
    "abc" -> 3
    "" -> 0
    "\ud83d\ude00" -> 1
    "e\u0301" -> 2
    "a\u0000b" -> 3
"""


def execute(text):
    return len(text)
