"""Keep the first of equal items, in their order; also quick for long lists.

Equal is what is the same JSON: the order of keys does not count, but 1, 1.0, true and "1" differ.

Input: List<Any>
Output: List<Any>
Effects: [Pure]
Tags: [collections, set]
Examples:
    ["b", "a", "b", "a"] -> ["b", "a"]
    [1, 1.0, true, "1", 1] -> [1, 1.0, true, "1"]
    [{"a": 1, "b": 2}, {"b": 2, "a": 1}] -> [{"a": 1, "b": 2}]
    [0, false, null, "", [], {}] -> [0, false, null, "", [], {}]
    [[1], [1.0], [1]] -> [[1], [1.0]]
    [] -> []
"""

import json


def execute(items):
    first = {}
    for item in items:
        first.setdefault(json.dumps(item, sort_keys=True), item)
    return list(first.values())
