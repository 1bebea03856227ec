"""Tidy a title: no space at its ends, one space between its words.

Input: Text
Output: Text
Effects: [Pure]
Examples:
    "  Tea   and toast " -> "Tea and toast"
"""


def execute(title):
    return " ".join(title.split())
