"""Join texts into one, with a delimiter between them.

Input: { items: List<Text>, delimiter: Text }
Output: Text
Effects: [Pure]
Tags: [text]
Examples:
    {"items": ["a", "b", "c"], "delimiter": ", "} -> "a, b, c"
    {"items": ["", "a", ""], "delimiter": "-"} -> "-a-"
    {"items": ["a", "b"], "delimiter": ""} -> "ab"
    {"items": ["one"], "delimiter": ", "} -> "one"
    {"items": [], "delimiter": ", "} -> ""
"""


def execute(value):
    return value["delimiter"].join(value["items"])
