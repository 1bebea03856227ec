r"""Say whether a text stands in another, character by character; the empty text stands in all.

Input: { text: Text, substring: Text }
Output: Bool
Effects: [Pure]
Tags: [text]
Examples:
    {"text": "hello world", "substring": "o w"} -> true
    {"text": "hello", "substring": "Hello"} -> false
    {"text": "abc", "substring": ""} -> true
    {"text": "", "substring": "a"} -> false
    {"text": "caf\u00e9", "substring": "cafe\u0301"} -> false
"""


def execute(value):
    return value["substring"] in value["text"]
