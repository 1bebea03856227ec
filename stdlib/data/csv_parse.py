r"""Read a table in CSV, one record for each row, by the names in its first row.

Unlike Noether's, which split at every delimiter and line end, fields may be quoted (RFC 4180), and
what would lose data is an error: a row that is too long, a column twice. Short rows are filled with
empty texts, empty lines skipped, a byte order mark dropped; without a header columns are col0, col1
and so on.

Input: { text: Text, has_header: Bool | Null, delimiter: Text | Null }
Output: List<Map<Text, Text>>
Effects: [Pure, Fallible]
Tags: [data, csv, table]
Examples:
    {"text": "name,says\r\nAda,\"one, \"\"two\"\"\nthree\"\r\n\r\nBob\r\n"} -> [{"name": "Ada", "says": "one, \"two\"\nthree"}, {"name": "Bob", "says": ""}]
    {"text": "\ufeffa\tb\n1\t2", "delimiter": "\t", "has_header": true} -> [{"a": "1", "b": "2"}]
    {"text": "1;2\n3;4;5\n", "delimiter": ";", "has_header": false} -> [{"col0": "1", "col1": "2", "col2": ""}, {"col0": "3", "col1": "4", "col2": "5"}]
    {"text": "a,b\n1,2,3\n"} -> raises ValueError
    {"text": "a,a\n1,2\n"} -> raises ValueError
    {"text": "a\n\"open\n"} -> raises ValueError
"""  # noqa: E501

import csv
import io


def execute(value):
    delimiter = value.get("delimiter")
    rows = read(value["text"].removeprefix("\ufeff"), "," if delimiter is None else delimiter)
    if value.get("has_header") is False:
        width = max((len(row) for _, row in rows), default=0)
        names = [f"col{number}" for number in range(width)]
    else:
        names = rows.pop(0)[1] if rows else []
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the column {twice!r} stands twice in the header")
    return [record(names, row, line) for line, row in rows]


def read(text, delimiter):
    """Every row that is not empty, with the line it ends in."""
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise ValueError(f"{delimiter[:80]!r} cannot divide fields: it takes one character")
    csv.field_size_limit(len(text) + 1)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise ValueError(f"line {reader.line_num}: {error}") from error


def record(names, row, line):
    if len(row) > len(names):
        raise ValueError(f"line {line}: {len(row)} fields for {len(names)} columns")
    return dict(zip(names, row + [""] * (len(names) - len(row)), strict=True))
