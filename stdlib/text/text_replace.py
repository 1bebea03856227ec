"""Replace every occurrence of a text in another, from the left; nothing in it is a pattern.

An empty `from` stands nowhere, so the text stays as it is.

Input: { text: Text, from: Text, to: Text }
Output: Text
Effects: [Pure]
Tags: [text]
Examples:
    {"text": "a.b.c", "from": ".", "to": "$1"} -> "a$1b$1c"
    {"text": "aaa", "from": "aa", "to": "b"} -> "ba"
    {"text": "aXbX", "from": "X", "to": ""} -> "ab"
    {"text": "abc", "from": "", "to": "-"} -> "abc"
    {"text": "Abc", "from": "a", "to": "x"} -> "Abc"
"""


def execute(value):
    if not value["from"]:
        return value["text"]
    return value["text"].replace(value["from"], value["to"])
