r"""Replace every match of a regular expression; in the replacement $1, ${name} and $$ stand for more.

Patterns are those of Python's `re`, not of Rust as in Noether. In the replacement $1 or ${1} is a
group, $name or ${name} a named one, $$ a dollar sign; a backslash is a backslash. A group that the
pattern does not have is an error, where Noether's put in nothing; $1a is group 1 and an a.

Input: { text: Text, pattern: Text, replacement: Text }
Output: Text
Effects: [Pure, Fallible]
Tags: [text, regex]
Examples:
    {"text": "2025-11-20", "pattern": "(\\d+)-(\\d+)-(\\d+)", "replacement": "$3.$2.$1a"} -> "20.11.2025a"
    {"text": "a=1, b=2", "pattern": "(?P<key>\\w)=(\\d)", "replacement": "${2}0\\1$$$key"} -> "10\\1$a, 20\\1$b"
    {"text": "ab", "pattern": "(x)?b", "replacement": "[$1]"} -> "a[]"
    {"text": "abc", "pattern": "", "replacement": "-"} -> "-a-b-c-"
    {"text": "abc", "pattern": "none", "replacement": "$1"} -> raises ValueError
    {"text": "abc", "pattern": "[", "replacement": ""} -> raises ValueError
"""  # noqa: E501

import re

REFERENCE = re.compile(r"\$(?:(\$)|([0-9]+)|([A-Za-z_]\w*)|\{(\w+)\})", re.ASCII)


def execute(value):
    pattern = compiled(value["pattern"])
    pieces = list(replacement(value["replacement"], pattern))

    def replaced(match):
        return "".join(
            piece if isinstance(piece, str) else match[piece[0]] or "" for piece in pieces
        )

    return pattern.sub(replaced, value["text"])


def compiled(pattern):
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        # One name for the stage's callers: Python has renamed its own.
        raise ValueError(f"{pattern[:80]!r} is no regular expression: {error}") from error


def replacement(text, pattern):
    """The pieces of a replacement: plain texts, and groups as tuples of one."""
    end = 0
    for match in REFERENCE.finditer(text):
        yield text[end : match.start()]
        yield "$" if match[1] else (group(match[2] or match[3] or match[4], pattern),)
        end = match.end()
    yield text[end:]


def group(name, pattern):
    if name in pattern.groupindex:
        return name
    if name.isdigit() and int(name) <= pattern.groups:
        return int(name)
    raise ValueError(f"the pattern has no group {name}")
