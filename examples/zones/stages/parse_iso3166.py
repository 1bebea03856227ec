r"""Read the lines of iso3166.tab: the English name of every country code.

Input: List<Text>
Output: Map<Text, Text>
Effects: [Pure, Fallible]
Examples:
    ["AL\tAlbania", "AX\t\u00c5land Islands"] -> {"AL": "Albania", "AX": "\u00c5land Islands"}
    ["AL\tAlbania", "AL\tAlbania again"] -> raises ValueError
"""


def execute(lines):
    countries = {}
    for line in lines:
        code, name = line.split("\t")
        if code in countries:
            raise ValueError(f"the code {code} is there twice")
        countries[code] = name
    return countries
