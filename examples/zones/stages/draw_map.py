"""Draw the zones on a map of the world, as an SVG picture that needs nothing beside itself.

A dot is a zone at its main place, larger when several countries share it, in the colour of the band
that its clock is in. Beside the map the zones are counted for every ten degrees of latitude. The
picture has its own background, light or dark as its reader likes.

Input: {
    zones: List<{
      latitude: Number, longitude: Number, ahead_minutes: Number, countries: List<Text>
    }>,
    bands: List<{ from: Number, label: Text, light: Text, dark: Text }>,
    title: Text, subtitle: Text
  }
Output: Text
Effects: [Pure, Fallible]
Examples:
    {"zones": [], "bands": [], "title": "No zones", "subtitle": ""} -> raises ValueError
"""

from bisect import bisect_right
from collections import Counter
from html import escape

SCALE = 2.1  # pixels for a degree
LEFT, TOP = 62, 84
NORTH, SOUTH = 84, -84
WIDTH, HEIGHT = 960, 540
NAMES = 'role="img" class="zone-map" aria-labelledby="zone-map-title zone-map-about"'
MAP_WIDTH, MAP_HEIGHT = 360 * SCALE, (NORTH - SOUTH) * SCALE
BARS_LEFT, BARS_WIDTH = LEFT + MAP_WIDTH + 14, 90
SIZES = ((1, 5.5), (2, 8), (5, 11), (10, 15))  # from how many countries on, diameter in pixels

INK = {"light": ("#1f2933", "#616e7c"), "dark": ("#f0f2f5", "#a3b0bf")}
GROUND = {"light": ("#fcfbf8", "#eef1f4", "#ccd3da"), "dark": ("#14191f", "#1c232b", "#3a4551")}


def execute(world):
    zones, bands = world["zones"], world["bands"]
    if not zones or not bands:
        raise ValueError("a map needs zones and bands")
    title, subtitle = escape(world["title"]), escape(world["subtitle"])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {NAMES}>',
        f'<title id="zone-map-title">{title}</title>',
        f'<desc id="zone-map-about">{subtitle}</desc>',
        style(bands),
        f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}" rx="10"/>',
        text(LEFT, 34, title, "title"),
        text(LEFT, 57, subtitle, "small"),
        *hours(),
        *grid(),
        *dots(zones, bands),
        *latitudes(zones),
        *legend(bands),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def style(bands):
    return "\n".join(
        [
            "<style>",
            ".zone-map text { font: 12px system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif }",
            ".zone-map .title { font-size: 20px; font-weight: 600 }",
            ".zone-map path { fill: none; stroke-linecap: round; stroke-opacity: .82 }",
            ".zone-map .grid { stroke-width: 1; stroke-opacity: 1; stroke-linecap: butt }",
            ".zone-map .equator { stroke-width: 1.5; stroke-dasharray: 6 4 }",
            *colours(bands, "light"),
            "@media (prefers-color-scheme: dark) {",
            *colours(bands, "dark"),
            "}",
            "</style>",
        ]
    )


def colours(bands, theme):
    ink, faint = INK[theme]
    ground, stripe, line = GROUND[theme]
    return [
        f".zone-map .ground {{ fill: {ground} }}",
        f".zone-map .stripe {{ fill: {stripe} }}",
        f".zone-map .grid {{ stroke: {line} }}",
        f".zone-map text {{ fill: {faint} }}",
        f".zone-map .title {{ fill: {ink} }}",
        f".zone-map .bar {{ fill: {faint}; fill-opacity: .55 }}",
        *(
            f".zone-map .band{index} {{ stroke: {band[theme]} }}"
            for index, band in enumerate(bands)
        ),
    ]


def hours():
    """Every other hour of the sun as a stripe, 15 degrees wide, as zones on paper would be."""
    for west in range(-172, 172, 30):
        left = x(west - 0.5)
        yield (
            f'<rect class="stripe" x="{number(left)}" y="{TOP}" width="{number(15 * SCALE)}"'
            f' height="{number(MAP_HEIGHT)}"/>'
        )


def grid():
    bottom = TOP + MAP_HEIGHT
    for longitude in range(-180, 181, 60):
        at = number(x(longitude))
        yield f'<path class="grid" d="M{at} {TOP}V{number(bottom)}"/>'
        yield text(at, number(bottom + 18), degrees(longitude, "E", "W"), anchor="middle")
    for latitude in range(-60, 61, 30):
        at = y(latitude)
        kind = "grid" if latitude else "grid equator"
        right = number(BARS_LEFT + BARS_WIDTH)
        yield f'<path class="{kind}" d="M{LEFT} {number(at)}H{right}"/>'
        yield text(LEFT - 8, number(at + 4), degrees(latitude, "N", "S"), anchor="end")
    yield text(number(LEFT + MAP_WIDTH / 2), number(bottom + 38), "longitude", anchor="middle")
    stripes = "stripes: every other hour of the sun"
    yield text(number(LEFT + MAP_WIDTH), number(bottom + 38), stripes, anchor="end")
    turned = f"translate(16 {number(TOP + MAP_HEIGHT / 2)}) rotate(-90)"
    yield f'<text transform="{turned}" text-anchor="middle">latitude</text>'


def dots(zones, bands):
    """Every dot is a line of no length with round ends: a tenth of the bytes of a circle."""
    starts = [band["from"] for band in bands]
    places = {}
    for zone in zones:
        band = max(bisect_right(starts, zone["ahead_minutes"]) - 1, 0)
        size = max(size for least, size in SIZES if len(zone["countries"]) >= least)
        place = f"M{number(x(zone['longitude']))} {number(y(zone['latitude']))}h.01"
        places.setdefault((-size, band), []).append(place)
    for (size, band), marks in sorted(places.items()):
        yield f'<path class="band{band}" stroke-width="{number(-size)}" d="{"".join(marks)}"/>'


def latitudes(zones):
    counts = Counter(int(zone["latitude"] // 10) * 10 for zone in zones)
    scale = BARS_WIDTH / max(counts.values())
    for south, count in sorted(counts.items()):
        top = y(min(south + 10, NORTH))
        yield (
            f'<rect class="bar" x="{number(BARS_LEFT)}" y="{number(top + 1)}"'
            f' width="{number(count * scale)}"'
            f' height="{number(y(max(south, SOUTH)) - top - 2)}" rx="2">'
            f"<title>{count} zones</title></rect>"
        )
    yield text(number(BARS_LEFT), TOP - 8, f"zones: at most {max(counts.values())}")


def legend(bands):
    step = (WIDTH - LEFT - 20) / len(bands)
    row = HEIGHT - 26
    for index, band in enumerate(bands):
        at = LEFT + index * step
        mark = f"M{number(at + 6)} {row - 4}h.01"
        yield f'<path class="band{index}" stroke-width="11" d="{mark}"/>'
        yield text(number(at + 18), row, escape(band["label"]))


def x(longitude):
    return LEFT + (longitude + 180) * SCALE


def y(latitude):
    return TOP + (NORTH - latitude) * SCALE


def degrees(size, positive, negative):
    side = "" if size in (-180, 0, 180) else positive if size > 0 else negative
    return f"{abs(size)}\N{DEGREE SIGN}{side}"


def text(left, base, words, kind="", anchor="start"):
    name = f' class="{kind}"' if kind else ""
    return f'<text x="{left}" y="{base}"{name} text-anchor="{anchor}">{words}</text>'


def number(value):
    return f"{value:.1f}".removesuffix(".0")
