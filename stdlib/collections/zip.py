"""Pair the items of two lists, in order; what the longer one has more is left out.

Input: { left: List<Any>, right: List<Any> }
Output: List<{ left: Any, right: Any }>
Effects: [Pure]
Tags: [collections]
Examples:
    {"left": [1, 2], "right": ["a", "b"]} -> [{"left": 1, "right": "a"}, {"left": 2, "right": "b"}]
    {"left": [1, 2, 3], "right": [null]} -> [{"left": 1, "right": null}]
    {"left": [], "right": [1]} -> []
    {"left": [[1]], "right": [{}]} -> [{"left": [1], "right": {}}]
"""


def execute(value):
    pairs = zip(value["left"], value["right"], strict=False)
    return [{"left": left, "right": right} for left, right in pairs]
