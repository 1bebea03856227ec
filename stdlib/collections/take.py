"""Keep the first items of a list: as many as `count` says, or all if there are fewer.

Unlike Noether's, which refused 3.0, any number counts: its fraction is cut off, and below 1 nothing
is taken.

Input: { items: List<Any>, count: Number }
Output: List<Any>
Effects: [Pure]
Tags: [collections]
Examples:
    {"items": [1, 2, 3], "count": 2} -> [1, 2]
    {"items": [1, 2, 3], "count": 3.0} -> [1, 2, 3]
    {"items": [1, 2, 3], "count": 1.9} -> [1]
    {"items": [1, 2, 3], "count": -1} -> []
    {"items": [1, 2, 3], "count": 1e300} -> [1, 2, 3]
    {"items": [], "count": 0} -> []
"""


def execute(value):
    return value["items"][: max(0, int(value["count"]))]
