"""Put its clock and its other names beside every zone, and how far the clock is ahead of the sun.

The sun is at its highest at noon, on average over a year, on a clock that is four minutes ahead of
UTC for every degree to the east.

Input: {
    zones: List<{
      name: Text, region: Text, countries: List<Text>, latitude: Number, longitude: Number
    }>,
    tzdata: {
      clocks: Map<Text, { offset_minutes: Number, changes: Bool }>,
      links: Map<Text, List<Text>>
    }
  }
Output: List<{
    name: Text, region: Text, countries: List<Text>, latitude: Number, longitude: Number,
    offset_minutes: Number, changes: Bool, ahead_minutes: Number, other_names: List<Text>
  }>
Effects: [Pure, Fallible]
Examples:
    {"zones": [{"name": "Pacific/Apia", "region": "Pacific Ocean", "countries": ["Samoa (western)"], "latitude": -13.8333, "longitude": -171.7333}], "tzdata": {"clocks": {"Pacific/Apia": {"offset_minutes": 780, "changes": false}}, "links": {}}} -> [{"name": "Pacific/Apia", "region": "Pacific Ocean", "countries": ["Samoa (western)"], "latitude": -13.8333, "longitude": -171.7333, "offset_minutes": 780, "changes": false, "ahead_minutes": 27, "other_names": []}]
    {"zones": [{"name": "A/B", "region": "A", "countries": [], "latitude": 1.5, "longitude": 2.5}], "tzdata": {"clocks": {}, "links": {}}} -> raises ValueError
"""  # noqa: E501

MINUTES_PER_DEGREE = 4
HALF_DAY = 12 * 60


def execute(tables):
    clocks, links = tables["tzdata"]["clocks"], tables["tzdata"]["links"]
    return [joined(zone, clocks, links) for zone in tables["zones"]]


def joined(zone, clocks, links):
    clock = clocks.get(zone["name"])
    if clock is None:
        raise ValueError(f"{zone['name']}: tzdata.zi has no clock for it")
    ahead = clock["offset_minutes"] - round(zone["longitude"] * MINUTES_PER_DEGREE)
    return {
        **zone,
        **clock,
        # By the date line clocks are a whole day away from the sun's: that is not what is meant.
        "ahead_minutes": (ahead + HALF_DAY) % (2 * HALF_DAY) - HALF_DAY,
        "other_names": links.get(zone["name"], []),
    }
