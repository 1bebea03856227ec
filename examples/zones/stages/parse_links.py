"""Read the links of tzdata.zi: the other names that a zone is known by, sorted.

Input: List<Text>
Output: Map<Text, List<Text>>
Effects: [Pure]
Examples:
    ["Z Asia/Tokyo 9 - JST", "L Asia/Tokyo Japan"] -> {"Asia/Tokyo": ["Japan"]}
    ["L Europe/London GB-Eire", "L Europe/London GB"] -> {"Europe/London": ["GB", "GB-Eire"]}
"""


def execute(lines):
    links = {}
    for line in lines:
        if line.startswith("L "):
            _, zone, other = line.split()
            links.setdefault(zone, []).append(other)
    return {zone: sorted(others) for zone, others in links.items()}
