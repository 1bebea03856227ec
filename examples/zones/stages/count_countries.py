"""Find the countries with the most zones, and the zones that the most countries share.

Input: { zones: List<{ name: Text, countries: List<Text> }>, top: Number }
Output: {
    countries: Number,
    divided: List<{ country: Text, zones: Number }>,
    shared: List<{ name: Text, countries: List<Text> }>
  }
Effects: [Pure]
Examples:
    {"zones": [{"name": "A/B", "countries": ["X", "Y"]}, {"name": "A/C", "countries": ["X"]}], "top": 1} -> {"countries": 2, "divided": [{"country": "X", "zones": 2}], "shared": [{"name": "A/B", "countries": ["X", "Y"]}]}
"""  # noqa: E501

from collections import Counter


def execute(world):
    zones, top = world["zones"], world["top"]
    counts = Counter(country for zone in zones for country in zone["countries"])
    divided = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:top]
    shared = sorted(zones, key=lambda zone: (-len(zone["countries"]), zone["name"]))[:top]
    return {
        "countries": len(counts),
        "divided": [{"country": country, "zones": count} for country, count in divided],
        "shared": [{"name": zone["name"], "countries": zone["countries"]} for zone in shared],
    }
