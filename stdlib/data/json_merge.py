"""Lay one value over another: objects are merged key by key, all else is replaced.

A null in the patch is a value like any other and deletes nothing (this is not RFC 7396). The keys
of the base come first, in their order.

Input: { base: Any, patch: Any }
Output: Any
Effects: [Pure]
Tags: [data, json]
Examples:
    {"base": {"b": 1, "a": {"x": 1, "y": 2}}, "patch": {"a": {"y": 3, "z": 4}, "c": 5}} -> {"b": 1, "a": {"x": 1, "y": 3, "z": 4}, "c": 5}
    {"base": {"a": 1}, "patch": {"a": null}} -> {"a": null}
    {"base": {"a": [1, 2]}, "patch": {"a": [3]}} -> {"a": [3]}
    {"base": {"a": {"b": 1}}, "patch": {"a": 2}} -> {"a": 2}
    {"base": {"a": 1}, "patch": {}} -> {"a": 1}
    {"base": [1], "patch": {"a": 1}} -> {"a": 1}
"""  # noqa: E501


def execute(value):
    return merged(value["base"], value["patch"])


def merged(base, patch):
    if not isinstance(base, dict) or not isinstance(patch, dict):
        return patch
    both = {key: merged(base[key], item) if key in base else item for key, item in patch.items()}
    return base | both
