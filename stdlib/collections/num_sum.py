"""Add numbers: whole ones exactly, others with one rounding at the end.

Unlike Noether's, which added floats one by one, the sum of integers is an integer of any size, the
order of floats changes nothing, and a sum that no float holds is an error (so it is Fallible).

Input: List<Number>
Output: Number
Effects: [Pure, Fallible]
Tags: [collections, number, statistics]
Examples:
    [1, 2, 3] -> 6
    [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1] -> 1.0
    [1e100, 1, -1e100] -> 1.0
    [9007199254740992, 1] -> 9007199254740993
    [] -> 0
    [1e308, 1e308] -> raises OverflowError
"""


def execute(numbers):
    if all(isinstance(number, int) for number in numbers):
        return sum(numbers)
    # Every float is a fraction whose denominator is a power of two: the largest one is common.
    ratios = [number.as_integer_ratio() for number in numbers]
    common = max(bottom for _, bottom in ratios)
    return sum(top * (common // bottom) for top, bottom in ratios) / common
