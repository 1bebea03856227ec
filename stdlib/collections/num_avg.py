"""The mean of numbers, always a float; an empty list has none.

Unlike Noether's, it is rounded once, so neither the order of the numbers nor their size moves it.

Input: List<Number>
Output: Number
Effects: [Pure, Fallible]
Tags: [collections, number, statistics]
Examples:
    [1, 2] -> 1.5
    [1, 2, 3] -> 2.0
    [0.1, 0.1, 0.1] -> 0.1
    [9007199254740993, 9007199254740993, 9007199254740996] -> 9007199254740994.0
    [1e308, 1e308] -> 1e308
    [] -> raises ValueError
"""


def execute(numbers):
    if not numbers:
        raise ValueError("an empty list has no mean")
    # Every float is a fraction whose denominator is a power of two: the largest one is common.
    ratios = [number.as_integer_ratio() for number in numbers]
    common = max(bottom for _, bottom in ratios)
    return sum(top * (common // bottom) for top, bottom in ratios) / (common * len(ratios))
