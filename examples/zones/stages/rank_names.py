"""Find the zones that are known by the most other names.

Input: { zones: List<{ name: Text, other_names: List<Text> }>, top: Number }
Output: { other_names: Number, zones: List<{ name: Text, other_names: List<Text> }> }
Effects: [Pure]
Examples:
    {"zones": [{"name": "A/B", "other_names": ["B"]}], "top": 1} -> {"other_names": 1, "zones": [{"name": "A/B", "other_names": ["B"]}]}
"""  # noqa: E501


def execute(world):
    zones = sorted(world["zones"], key=lambda zone: (-len(zone["other_names"]), zone["name"]))
    return {
        "other_names": sum(len(zone["other_names"]) for zone in zones),
        "zones": [
            {"name": zone["name"], "other_names": zone["other_names"]}
            for zone in zones[: world["top"]]
        ],
    }
