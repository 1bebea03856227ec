"""Count the items of a list.

Unlike Noether's, which gave 3.0, the count is an integer.

Input: List<Any>
Output: Number
Effects: [Pure]
Tags: [collections]
Examples:
    ["a", null, []] -> 3
    [] -> 0
    [[1, 2, 3]] -> 1
"""


def execute(items):
    return len(items)
