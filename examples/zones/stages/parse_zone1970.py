r"""Read the lines of zone1970.tab: a zone, its countries, its main place in degrees.

Input: List<Text>
Output: List<{ name: Text, codes: List<Text>, latitude: Number, longitude: Number }>
Effects: [Pure, Fallible]
Examples:
    ["AL\t+4120+01950\tEurope/Tirane"] -> [{"name": "Europe/Tirane", "codes": ["AL"], "latitude": 41.3333, "longitude": 19.8333}]
    ["CN\t+3114+12128\tAsia/Shanghai\tBeijing Time"] -> [{"name": "Asia/Shanghai", "codes": ["CN"], "latitude": 31.2333, "longitude": 121.4667}]
    ["AL\t4120\tEurope/Tirane"] -> raises ValueError
"""  # noqa: E501

import re

# ISO 6709: +DDMM+DDDMM or +DDMMSS+DDDMMSS, north and east positive.
PLACE = re.compile(r"([+-])(\d\d)(\d\d)(\d\d)?([+-])(\d\d\d)(\d\d)(\d\d)?")


def execute(lines):
    return [zone(line) for line in lines]


def zone(line):
    codes, place, name = line.split("\t")[:3]
    match = PLACE.fullmatch(place)
    if match is None:
        raise ValueError(f"{name}: {place!r} is no place in ISO 6709 form")
    return {
        "name": name,
        "codes": codes.split(","),
        "latitude": degrees(*match.groups()[:4]),
        "longitude": degrees(*match.groups()[4:]),
    }


def degrees(sign, whole, minutes, seconds):
    size = int(whole) + int(minutes) / 60 + int(seconds or 0) / 3600
    return round(-size if sign == "-" else size, 4)
