r"""Turn a text round, code point by code point; a combining mark then follows another letter.

Input: Text
Output: Text
Effects: [Pure]
Tags: [text]
Examples:
    "abc" -> "cba"
    "a\ud83d\ude00" -> "\ud83d\ude00a"
    "ae\u0301" -> "\u0301ea"
    "" -> ""
"""


def execute(text):
    return text[::-1]
