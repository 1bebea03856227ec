"""The standard deviation of some numbers, to two places.

Input: { values: List<Number> }
Output: Number
Effects: [Pure, Fallible]
Examples:
    {"values": [2, 4, 4, 4, 5, 5, 7, 9]} -> 2.0
    {"values": []} -> raises ZeroDivisionError
"""

from math import sqrt


def execute(sample):
    values = sample["values"]
    mean = sum(values) / len(values)
    return round(sqrt(sum((value - mean) ** 2 for value in values) / len(values)), 2)
