"""The mean of some numbers.

Input: { values: List<Number> }
Output: Number
Effects: [Pure, Fallible]
Examples:
    {"values": [1, 2, 6]} -> 3.0
    {"values": []} -> raises ZeroDivisionError
"""


def execute(sample):
    return sum(sample["values"]) / len(sample["values"])
