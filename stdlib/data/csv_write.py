r"""Write records as a table in CSV, with a first row of names.

Unlike Noether's, fields are quoted where they must be (RFC 4180), and the columns are those of all
records, in the order they first appear; a record without one has an empty field. A delimiter that
is not one character is an error (so it is Fallible). Lines end in \n; csv_parse reads it back.

Input: { records: List<Map<Text, Text>>, delimiter: Text | Null }
Output: Text
Effects: [Pure, Fallible]
Tags: [data, csv, table]
Examples:
    {"records": [{"name": "Ada", "says": "one, \"two\"\nthree"}, {"name": "Bob", "says": ""}]} -> "name,says\nAda,\"one, \"\"two\"\"\nthree\"\nBob,\n"
    {"records": [{"b": "1"}, {"a": "2", "b": "3"}], "delimiter": null} -> "b,a\n1,\n3,2\n"
    {"records": [{"a;b": "1,5", "c": "\r"}], "delimiter": ";"} -> "\"a;b\";c\n1,5;\"\r\"\n"
    {"records": [{"a": ""}, {}]} -> "a\n\"\"\n\"\"\n"
    {"records": []} -> ""
    {"records": [{"a": "1"}], "delimiter": ""} -> raises ValueError
"""  # noqa: E501


def execute(value):
    delimiter = "," if value.get("delimiter") is None else value["delimiter"]
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise ValueError(f"{delimiter[:80]!r} cannot divide fields: it takes one character")
    names = list(dict.fromkeys(name for record in value["records"] for name in record))
    if not names:
        return ""
    rows = [names, *([record.get(name, "") for name in names] for record in value["records"])]
    return "".join(line(row, delimiter) for row in rows)


def line(row, delimiter):
    if row == [""]:
        return '""\n'  # else it would be an empty line, which is no row
    return delimiter.join(field(text, delimiter) for text in row) + "\n"


def field(text, delimiter):
    # Before a table a byte order mark is dropped, so one that is data is quoted too.
    if any(mark in text for mark in (delimiter, '"', "\r", "\n", "\ufeff")):
        return '"' + text.replace('"', '""') + '"'
    return text
