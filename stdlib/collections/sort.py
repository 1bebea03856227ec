"""Sort a list, or the items of a record by a field of each; equal ones keep their order.

Unlike Noether's, where values of different kinds counted as equal and the result hung on chance,
all values have one order: null, false, true, numbers, texts by code point, lists, objects. An item
without the field is compared as a whole.

Input: List<Any> | { items: List<Any>, key: Text | Null, descending: Bool | Null }
Output: List<Any>
Effects: [Pure]
Tags: [collections, order]
Examples:
    [10, 9, 2.5, -1] -> [-1, 2.5, 9, 10]
    ["b", 2, {"a": 1}, null, [1], true, "B", false, 1.5] -> [null, false, true, 1.5, 2, "B", "b", [1], {"a": 1}]
    {"items": [{"n": 2, "i": 0}, {"n": 1, "i": 1}, {"n": 2.0, "i": 2}], "key": "n", "descending": true} -> [{"n": 2, "i": 0}, {"n": 2.0, "i": 2}, {"n": 1, "i": 1}]
    {"items": [{"x": 1}, {"n": "b"}, {"n": "a"}], "key": "n"} -> [{"n": "a"}, {"n": "b"}, {"x": 1}]
    {"items": [[2, 1], [1, 9], [1]], "key": null, "descending": null} -> [[1], [1, 9], [2, 1]]
    [] -> []
"""  # noqa: E501


def execute(value):
    if isinstance(value, list):
        return sorted(value, key=rank)
    field, descending = value.get("key"), bool(value.get("descending"))
    return sorted(value["items"], key=lambda item: rank(part(item, field)), reverse=descending)


def part(item, field):
    return item.get(field, item) if isinstance(item, dict) else item


def rank(value):
    """A place in the one order: the kind first, so that no two kinds are ever compared."""
    match value:
        case None:
            return (0,)
        case bool():
            return (1, value)
        case int() | float():
            return (2, value)
        case str():
            return (3, value)
        case list():
            return (4, [rank(item) for item in value])
        case _:
            return (5, sorted((key, rank(item)) for key, item in value.items()))
