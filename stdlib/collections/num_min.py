"""The smallest of some numbers; an empty list has none.

Unlike Noether's, which gave a float, it is the number as it stands in the list (of equal ones the
first), and integers are compared exactly.

Input: List<Number>
Output: Number
Effects: [Pure, Fallible]
Tags: [collections, number, statistics]
Examples:
    [3, 1.5, 2] -> 1.5
    [1.0, 1] -> 1.0
    [9007199254740993, 9007199254740992.0] -> 9007199254740992.0
    [-1e-300, 0, -0.5] -> -0.5
    [7] -> 7
    [] -> raises ValueError
"""


def execute(numbers):
    if not numbers:
        raise ValueError("an empty list has no minimum")
    return min(numbers)
