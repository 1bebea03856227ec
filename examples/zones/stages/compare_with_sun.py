"""Sort the zones into bands by how far their clocks are ahead of the sun, and name the extremes.

Input: {
    zones: List<{ name: Text, ahead_minutes: Number }>,
    bands: List<{ from: Number, label: Text }>,
    top: Number
  }
Output: {
    bands: List<{ label: Text, zones: Number }>,
    median_minutes: Number,
    ahead: List<{ name: Text, ahead_minutes: Number }>,
    behind: List<{ name: Text, ahead_minutes: Number }>
  }
Effects: [Pure, Fallible]
Examples:
    {"zones": [{"name": "A/B", "ahead_minutes": 7}], "bands": [{"from": -720, "label": "all"}], "top": 1} -> {"bands": [{"label": "all", "zones": 1}], "median_minutes": 7, "ahead": [{"name": "A/B", "ahead_minutes": 7}], "behind": [{"name": "A/B", "ahead_minutes": 7}]}
    {"zones": [], "bands": [], "top": 1} -> raises ValueError
"""  # noqa: E501

from bisect import bisect_right
from collections import Counter


def execute(world):
    if not world["zones"]:
        raise ValueError("no zones to compare")
    starts = [band["from"] for band in world["bands"]]
    zones = [
        {"name": zone["name"], "ahead_minutes": zone["ahead_minutes"]}
        for zone in sorted(world["zones"], key=lambda zone: (zone["ahead_minutes"], zone["name"]))
    ]
    counts = Counter(bisect_right(starts, zone["ahead_minutes"]) - 1 for zone in zones)
    return {
        "bands": [
            {"label": band["label"], "zones": counts[index]}
            for index, band in enumerate(world["bands"])
        ],
        "median_minutes": median([zone["ahead_minutes"] for zone in zones]),
        "ahead": zones[::-1][: world["top"]],
        "behind": zones[: world["top"]],
    }


def median(ordered):
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
