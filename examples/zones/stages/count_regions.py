"""Count the zones of every part of the world: all, north and south of the equator, changing.

Input: { zones: List<{ region: Text, latitude: Number, changes: Bool }> }
Output: List<{ region: Text, zones: Number, north: Number, south: Number, changing: Number }>
Effects: [Pure]
Examples:
    {"zones": [{"region": "Asia", "latitude": -6.1667, "changes": false}]} -> [{"region": "Asia", "zones": 1, "north": 0, "south": 1, "changing": 0}]
"""  # noqa: E501


def execute(world):
    regions = {}
    for zone in world["zones"]:
        regions.setdefault(zone["region"], []).append(zone)
    rows = [row(region, zones) for region, zones in regions.items()]
    return sorted(rows, key=lambda row: (-row["zones"], row["region"]))


def row(region, zones):
    north = sum(zone["latitude"] >= 0 for zone in zones)
    return {
        "region": region,
        "zones": len(zones),
        "north": north,
        "south": len(zones) - north,
        "changing": sum(zone["changes"] for zone in zones),
    }
