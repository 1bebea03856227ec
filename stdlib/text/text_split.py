"""Split a text at every delimiter; an empty delimiter gives its characters (code points).

Unlike Noether's, splitting at an empty delimiter adds no empty text at either end.

Input: { text: Text, delimiter: Text }
Output: List<Text>
Effects: [Pure]
Tags: [text]
Examples:
    {"text": "a, b,, c", "delimiter": ","} -> ["a", " b", "", " c"]
    {"text": "a--b---c", "delimiter": "--"} -> ["a", "b", "-c"]
    {"text": "", "delimiter": ","} -> [""]
    {"text": "none", "delimiter": ","} -> ["none"]
    {"text": "h\u00e9!", "delimiter": ""} -> ["h", "\u00e9", "!"]
    {"text": "", "delimiter": ""} -> []
"""


def execute(value):
    text, delimiter = value["text"], value["delimiter"]
    return text.split(delimiter) if delimiter else list(text)
