"""Patterns of JSON Schema, which may begin anywhere in a text, as patterns of whole texts."""

from collections.abc import Iterator

_ANYTHING = r"[\s\S]*"


def anchored(pattern: str) -> str:
    """The pattern of whole texts that means what ``pattern`` means anywhere in a text."""
    found, begin = [], 0
    for at, character in (*_outside(pattern), (len(pattern), "|")):
        if character == "|":
            found.append(_branch(pattern[begin:at]))
            begin = at + 1
    return "|".join(found)


def _branch(text: str) -> str:
    edges = dict(_outside(text))
    begins, ends = edges.get(0) == "^", edges.get(len(text) - 1) == "$"
    inner = text[begins : len(text) - ends]
    if begins and ends:
        return inner[3:-1] if inner.startswith("(?:") and _is_one_group(inner) else inner
    return ("" if begins else _ANYTHING) + inner + ("" if ends else _ANYTHING)


def _is_one_group(text: str) -> bool:
    return [at for at, _ in _outside(text)] == [0, len(text) - 1]


def _outside(text: str) -> Iterator[tuple[int, str]]:
    """The characters that are in no group and no set, and mean more than themselves may."""
    depth, at, begin = 0, 0, -1
    while at < len(text):
        character, here = text[at], at
        at += 2 if character == "\\" else 1
        if begin >= 0:
            begin = -1 if character == "]" else begin
            continue
        depth -= character == ")"
        if depth == 0 and character != "\\":
            yield here, character
        depth += character == "("
        begin = here if character == "[" else -1
