r"""Cut each table into its lines and leave out comments and empty lines.

A change of a comment upstream ends here: what follows sees the same lines and is not run again.

Input: { zone1970: Text, iso3166: Text, tzdata: Text }
Output: { zone1970: List<Text>, iso3166: List<Text>, tzdata: List<Text> }
Effects: [Pure]
Examples:
    {"zone1970": "# c\na\n", "iso3166": "b\n\nc", "tzdata": ""} -> {"zone1970": ["a"], "iso3166": ["b", "c"], "tzdata": []}
"""  # noqa: E501

TABLES = ("zone1970", "iso3166", "tzdata")


def execute(texts):
    return {table: records(texts[table]) for table in TABLES}


def records(text):
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
