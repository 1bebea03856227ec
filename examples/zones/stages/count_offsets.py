"""Count the zones that keep each standard time, from west to east, and how many of them change.

Input: { zones: List<{ offset_minutes: Number, changes: Bool }> }
Output: List<{ offset_minutes: Number, zones: Number, changing: Number }>
Effects: [Pure]
Examples:
    {"zones": [{"offset_minutes": 345, "changes": false}]} -> [{"offset_minutes": 345, "zones": 1, "changing": 0}]
"""  # noqa: E501

from collections import Counter


def execute(world):
    zones = world["zones"]
    all_zones = Counter(zone["offset_minutes"] for zone in zones)
    changing = Counter(zone["offset_minutes"] for zone in zones if zone["changes"])
    return [
        {"offset_minutes": offset, "zones": count, "changing": changing[offset]}
        for offset, count in sorted(all_zones.items())
    ]
