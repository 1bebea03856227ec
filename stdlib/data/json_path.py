"""Give the part of a value that a path names: $ is all of it, .name a field, [0] an item.

That is the part of JSONPath that names one place. As Noether's could not, it also reaches a field
with any name, as ["a.b"] or ['a.b'], and counts from the end with [-1]. Where nothing stands is an
error.

Input: { data: Any, path: Text }
Output: Any
Effects: [Pure, Fallible]
Tags: [data, json]
Examples:
    {"data": {"a": [{"b": 1}, {"b": null}]}, "path": "$.a[1].b"} -> null
    {"data": [1, [2, 3]], "path": "$[-1][0]"} -> 2
    {"data": {"a.b": {"": 1}}, "path": "$['a.b'][\\"\\"]"} -> 1
    {"data": {"a": 1}, "path": "$.b"} -> raises LookupError
    {"data": {"0": 1}, "path": "$[0]"} -> raises LookupError
    {"data": {"a": 1}, "path": "$.*"} -> raises ValueError
"""

import re

STEP = re.compile(r"""\.([^.\[\]*"'\s]+)|\[(-?[0-9]+)\]|\[("[^"]*"|'[^']*')\]""")


def execute(value):
    path, found = value["path"], value["data"]
    if not path.startswith("$"):
        raise ValueError(f"{path[:80]!r} is no path: it does not begin with $")
    end = 1
    while end < len(path):
        step = STEP.match(path, end)
        if step is None:
            raise ValueError(f"{path[:80]!r} is no path: {path[end:][:20]!r} is no step")
        end = step.end()
        found = follow(found, step, path[:end])
    return found


def follow(data, step, place):
    name, index, quoted = step.groups()
    if index is not None:
        if isinstance(data, list) and -len(data) <= int(index) < len(data):
            return data[int(index)]
    else:
        key = name if quoted is None else quoted[1:-1]
        if isinstance(data, dict) and key in data:
            return data[key]
    raise LookupError(f"nothing stands at {place[:80]}")
