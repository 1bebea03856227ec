"""Read the clocks of tzdata.zi: each zone's standard time in a year, and whether it changes.

A zone is one line for every period of its history. The period that holds the end of the year
counts, and its rules count when one of them covers the year.

Input: { lines: List<Text>, year: Number }
Output: Map<Text, { offset_minutes: Number, changes: Bool }>
Effects: [Pure, Fallible]
Examples:
    {"lines": ["Z Asia/Kolkata 5:53 - LMT 1854", "5:30 - IST"], "year": 2025} -> {"Asia/Kolkata": {"offset_minutes": 330, "changes": false}}
    {"lines": ["R X 1996 ma - O lastSu 1u 0 -", "Z A/B -1 X %z"], "year": 2025} -> {"A/B": {"offset_minutes": -60, "changes": true}}
    {"lines": ["Z A/B 1 - X 2010", "2 - Y"], "year": 2009} -> {"A/B": {"offset_minutes": 60, "changes": false}}
    {"lines": ["Z A/B 1 - X 2010"], "year": 2025} -> raises ValueError
"""  # noqa: E501

import re

CLOCK = re.compile(r"(-?)(\d+)(?::(\d\d))?(?::(\d\d))?")


def execute(table):
    year = table["year"]
    ruled, periods = set(), {}
    name = None
    for line in table["lines"]:
        words = line.split()
        if words[0] == "R":
            if covers(words[2], words[3], year):
                ruled.add(words[1])
        elif words[0] != "L":
            if words[0] == "Z":
                name, words = words[1], words[2:]
            periods.setdefault(name, []).append(words)
    return {name: clock(name, lines, ruled, year) for name, lines in periods.items()}


def covers(first, last, year):
    if last == "o":  # only
        last = first
    return int(first) <= year and (last == "ma" or year <= int(last))


def clock(name, periods, ruled, year):
    for offset, rules, _, *until in periods:
        if not until or int(until[0]) > year:
            saved = minutes(rules) if CLOCK.fullmatch(rules) else 0
            return {"offset_minutes": minutes(offset) + saved, "changes": rules in ruled}
    raise ValueError(f"{name}: no period holds the year {year}")


def minutes(text):
    sign, hours, rest, _ = CLOCK.fullmatch(text).groups()
    size = int(hours) * 60 + int(rest or 0)
    return -size if sign else size
