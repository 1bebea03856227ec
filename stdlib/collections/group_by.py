"""Group items by a field of each; the groups are sorted by name, items keep their order.

A group is named by the field's text. Unlike Noether's, which put all others into the group "",
a field that is no text names its group by its JSON; items without the field are in "".

Input: { items: List<Any>, key: Text }
Output: Map<Text, List<Any>>
Effects: [Pure]
Tags: [collections, group]
Examples:
    {"items": [{"k": "b", "n": 1}, {"k": "a", "n": 2}, {"k": "b", "n": 3}], "key": "k"} -> {"a": [{"k": "a", "n": 2}], "b": [{"k": "b", "n": 1}, {"k": "b", "n": 3}]}
    {"items": [{"year": 2025}, {"year": 2024}, {"year": 2025}], "key": "year"} -> {"2024": [{"year": 2024}], "2025": [{"year": 2025}, {"year": 2025}]}
    {"items": [{"k": null}, {"k": [1, 2]}, {"k": 1.0}, {"k": 1}], "key": "k"} -> {"1": [{"k": 1}], "1.0": [{"k": 1.0}], "[1,2]": [{"k": [1, 2]}], "null": [{"k": null}]}
    {"items": [{"other": 1}, 7, {"k": ""}], "key": "k"} -> {"": [{"other": 1}, 7, {"k": ""}]}
    {"items": [], "key": "k"} -> {}
"""  # noqa: E501

import json


def execute(value):
    groups = {}
    for item in value["items"]:
        groups.setdefault(name(item, value["key"]), []).append(item)
    return dict(sorted(groups.items()))


def name(item, key):
    if not isinstance(item, dict) or key not in item:
        return ""
    field = item[key]
    if isinstance(field, str):
        return field
    return json.dumps(field, ensure_ascii=False, separators=(",", ":"))
