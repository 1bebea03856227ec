r"""Write the report: a Markdown page with its tables and the map in it.

Input: {
    source: { version: Text, tables: List<{ name: Text, records: Number, sha256: Text }> },
    world: {
      regions: List<{
        region: Text, zones: Number, north: Number, south: Number, changing: Number
      }>,
      offsets: List<{ offset_minutes: Number, zones: Number, changing: Number }>,
      countries: {
        countries: Number,
        divided: List<{ country: Text, zones: Number }>,
        shared: List<{ name: Text, countries: List<Text> }>
      },
      names: { other_names: Number, zones: List<{ name: Text, other_names: List<Text> }> },
      sun: {
        compared: {
          bands: List<{ label: Text, zones: Number }>,
          median_minutes: Number,
          ahead: List<{ name: Text, ahead_minutes: Number }>,
          behind: List<{ name: Text, ahead_minutes: Number }>
        },
        map: Text
      }
    }
  }
Output: Text
Effects: [Pure]
Examples:
    {"source": {"version": "2025b", "tables": []}, "world": {"regions": [{"region": "Asia", "zones": 1, "north": 1, "south": 0, "changing": 0}], "offsets": [], "countries": {"countries": 1, "divided": [], "shared": []}, "names": {"other_names": 0, "zones": []}, "sun": {"compared": {"bands": [], "median_minutes": -7, "ahead": [], "behind": []}, "map": "<svg/>"}}} -> "# The clocks of the world\n\nThe tz database, release 2025b, divides 1 countries and territories into **1 zones** whose clocks have agreed since 1970. Of these 100% lie north of the equator, and 0% change their clocks during the year.\n\n<figure>\n<svg/>\n</figure>\n\n## Clock and sun\n\nHow far standard time runs ahead of the mean sun at a zone's main place. Half of all clocks are -7 minutes ahead or more.\n\n| Clock | Zones | Share |\n| --- | --- | --- |\n\nThe clocks farthest ahead, then those farthest behind:\n\n| Zone | Ahead (h:mm) |\n| --- | --- |\n\n## Standard times\n\nZones that keep each standard time; a dark square is a zone that changes its clocks.\n\n| Standard time | Zones | Changing |  |\n| --- | --- | --- | --- |\n\n## Parts of the world\n\n| Part | Zones | North | South | Changing clocks |\n| --- | --: | --: | --: | --: |\n| Asia | 1 | 1 | 0 | 0 |\n\n## Divided countries, shared zones\n\n| Country | Zones |\n| --- | --- |\n\n| Zone | Shared by | Countries and territories |\n| --- | --- | --- |\n\n## Other names\n\n0 further names are links to one of these zones.\n\n| Zone | Also known as |\n| --- | --- |\n\n## Source\n\nThe tz database is in the public domain: <https://www.iana.org/time-zones>.\n\n| Table | Records | SHA-256 |\n| --- | --- | --- |\n"
"""  # noqa: E501


def execute(found):
    source, world = found["source"], found["world"]
    parts = (
        opening(source, world),
        sun(world["sun"]["compared"]),
        offsets(world["offsets"]),
        regions(world["regions"]),
        countries(world["countries"]),
        names(world["names"]),
        origin(source),
    )
    return paragraphs(*parts) + "\n"


def opening(source, world):
    zones, north, changing = (
        sum(row[count] for row in world["regions"]) for count in ("zones", "north", "changing")
    )
    words = (
        f"The tz database, release {source['version']}, divides"
        f" {world['countries']['countries']} countries and territories into"
        f" **{zones} zones** whose clocks have agreed since 1970. Of these"
        f" {percent(north, zones)} lie north of the equator, and"
        f" {percent(changing, zones)} change their clocks during the year."
    )
    picture = f"<figure>\n{world['sun']['map'].rstrip()}\n</figure>"
    return paragraphs("# The clocks of the world", words, picture)


def sun(compared):
    total = sum(band["zones"] for band in compared["bands"])
    words = (
        "How far standard time runs ahead of the mean sun at a zone's main place. Half of all"
        f" clocks are {number(compared['median_minutes'])} minutes ahead or more."
    )
    bands = [
        (band["label"], band["zones"], percent(band["zones"], total)) for band in compared["bands"]
    ]
    extremes = [
        (code(ahead["name"]), span(ahead["ahead_minutes"]))
        for ahead in compared["ahead"] + compared["behind"][::-1]
    ]
    return paragraphs(
        "## Clock and sun",
        words,
        table(("Clock", "Zones", "Share"), bands),
        "The clocks farthest ahead, then those farthest behind:",
        table(("Zone", "Ahead (h:mm)"), extremes),
    )


def offsets(counted):
    rows = [
        (f"UTC{span(row['offset_minutes'])}", row["zones"], row["changing"], squares(row))
        for row in counted
    ]
    return paragraphs(
        "## Standard times",
        "Zones that keep each standard time; a dark square is a zone that changes its clocks.",
        table(("Standard time", "Zones", "Changing", ""), rows),
    )


def squares(row):
    dark, light = "\N{BLACK SQUARE}", "\N{WHITE SQUARE}"
    return dark * row["changing"] + light * (row["zones"] - row["changing"])


def regions(counted):
    heads = ("Part", "Zones", "North", "South", "Changing clocks")
    rows = [
        (row["region"], row["zones"], row["north"], row["south"], row["changing"])
        for row in counted
    ]
    return paragraphs("## Parts of the world", table(heads, rows))


def countries(counted):
    divided = [(row["country"], row["zones"]) for row in counted["divided"]]
    shared = [
        (code(row["name"]), len(row["countries"]), ", ".join(row["countries"]))
        for row in counted["shared"]
    ]
    return paragraphs(
        "## Divided countries, shared zones",
        table(("Country", "Zones"), divided),
        table(("Zone", "Shared by", "Countries and territories"), shared),
    )


def names(ranked):
    rows = [
        (code(row["name"]), ", ".join(map(code, row["other_names"]))) for row in ranked["zones"]
    ]
    words = f"{ranked['other_names']} further names are links to one of these zones."
    return paragraphs("## Other names", words, table(("Zone", "Also known as"), rows))


def origin(source):
    rows = [(code(row["name"]), row["records"], code(row["sha256"])) for row in source["tables"]]
    return paragraphs(
        "## Source",
        "The tz database is in the public domain: <https://www.iana.org/time-zones>.",
        table(("Table", "Records", "SHA-256"), rows),
    )


def paragraphs(*parts):
    return "\n\n".join(parts)


def table(heads, rows):
    columns = zip(heads, *rows, strict=True)
    marks = ["--:" if is_number(cells) else "---" for _, *cells in columns]
    return "\n".join(line(cells) for cells in (heads, marks, *rows))


def is_number(cells):
    return bool(cells) and all(isinstance(cell, int) for cell in cells)


def line(cells):
    return "| " + " | ".join(str(cell).replace("|", r"\|") for cell in cells) + " |"


def code(name):
    return f"`{name}`"


def span(minutes):
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours}:{rest:02}"


def percent(part, whole):
    return f"{100 * part / whole:.0f}%" if whole else "0%"


def number(value):
    return f"{value:.1f}".removesuffix(".0")
