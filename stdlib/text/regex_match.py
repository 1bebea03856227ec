r"""Find the first match of a regular expression, and what its groups matched.

Patterns are those of Python's `re`, not of Rust as in Noether: they may look ahead and back, and
a bad one may take for ever (the wall limit ends it). A group that took no part is "", where
Noether's gave a null against its own type.

Input: { text: Text, pattern: Text }
Output: { matched: Bool, groups: List<Text>, full_match: Text | Null }
Effects: [Pure, Fallible]
Tags: [text, regex]
Examples:
    {"text": "on 2025-11-20", "pattern": "(\\d+)-(\\d+)"} -> {"matched": true, "groups": ["2025", "11"], "full_match": "2025-11"}
    {"text": "abc", "pattern": "\\d"} -> {"matched": false, "groups": [], "full_match": null}
    {"text": "b", "pattern": "(a)?(b)"} -> {"matched": true, "groups": ["", "b"], "full_match": "b"}
    {"text": "a1", "pattern": "(?<=a)\\d"} -> {"matched": true, "groups": [], "full_match": "1"}
    {"text": "abc", "pattern": ""} -> {"matched": true, "groups": [], "full_match": ""}
    {"text": "abc", "pattern": "(a"} -> raises ValueError
"""  # noqa: E501

import re


def execute(value):
    match = compiled(value["pattern"]).search(value["text"])
    if match is None:
        return {"matched": False, "groups": [], "full_match": None}
    return {"matched": True, "groups": list(match.groups("")), "full_match": match[0]}


def compiled(pattern):
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        # One name for the stage's callers: Python has renamed its own.
        raise ValueError(f"{pattern[:80]!r} is no regular expression: {error}") from error
