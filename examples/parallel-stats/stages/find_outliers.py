"""Find the numbers that lie further from the mean than some times the spread.

Input: { values: List<Number>, measures: { mean: Number, spread: Number }, times: Number }
Output: { mean: Number, spread: Number, outliers: List<Number> }
Effects: [Pure]
Examples:
    {"values": [1, 9], "measures": {"mean": 2, "spread": 3}, "times": 2} -> {"mean": 2, "spread": 3, "outliers": [9]}
"""  # noqa: E501


def execute(sample):
    mean, spread = sample["measures"]["mean"], sample["measures"]["spread"]
    far = [value for value in sample["values"] if abs(value - mean) > sample["times"] * spread]
    return {"mean": mean, "spread": spread, "outliers": far}
