"""Put the names of its countries beside every zone, and the part of the world it belongs to.

Input: {
    zone1970: List<{ name: Text, codes: List<Text>, latitude: Number, longitude: Number }>,
    iso3166: Map<Text, Text>
  }
Output: List<{
    name: Text, region: Text, countries: List<Text>, latitude: Number, longitude: Number
  }>
Effects: [Pure, Fallible]
Examples:
    {"zone1970": [{"name": "Europe/Tirane", "codes": ["AL"], "latitude": 41.3333, "longitude": 19.8333}], "iso3166": {"AL": "Albania"}} -> [{"name": "Europe/Tirane", "region": "Europe", "countries": ["Albania"], "latitude": 41.3333, "longitude": 19.8333}]
    {"zone1970": [{"name": "A/B", "codes": ["XX"], "latitude": 1.5, "longitude": 2.5}], "iso3166": {}} -> raises ValueError
"""  # noqa: E501

REGIONS = {
    "America": "Americas",
    "Atlantic": "Atlantic Ocean",
    "Indian": "Indian Ocean",
    "Pacific": "Pacific Ocean",
}


def execute(tables):
    return [joined(zone, tables["iso3166"]) for zone in tables["zone1970"]]


def joined(zone, names):
    unknown = [code for code in zone["codes"] if code not in names]
    if unknown:
        raise ValueError(f"{zone['name']}: no country has the code {unknown[0]}")
    area = zone["name"].partition("/")[0]
    return {
        "name": zone["name"],
        "region": REGIONS.get(area, area),
        "countries": [names[code] for code in zone["codes"]],
        "latitude": zone["latitude"],
        "longitude": zone["longitude"],
    }
