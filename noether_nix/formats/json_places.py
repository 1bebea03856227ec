"""Where in the text of a JSON document things are, for messages that name a line.

Tolerant: the text may be damaged or not JSON at all, and everything before the damage is still
found. Neither deep nesting nor a long text makes it more than linear, since graphs come from
anybody.
"""

import json
import re
from collections.abc import Iterable, Iterator
from enum import Enum, auto
from itertools import islice
from typing import TypeAlias

from noether_nix.formats import json_pointer
from noether_nix.frozen import dataclass, field

_SPACE = re.compile(r"[ \t\n\r\ufeff]*+")
_STRING = re.compile(r'"([^"\\\n]*+(?:\\.[^"\\\n]*+)*+)"')
_SCALAR = re.compile(_STRING.pattern + r"|-?[0-9][0-9.eE+-]*+|true|false|null|NaN|-?Infinity")
# Of larger documents only so much is looked at, which takes less than a second: places are a
# help, and nobody shall wait for them. A graph of ten thousand nodes has a tenth of them.
_MOST_EVENTS = 300_000
_COLON = re.compile(r"[ \t\n\r]*+:")


class _Kind(Enum):
    KEY = auto()
    SCALAR = auto()
    OBJECT = auto()
    ARRAY = auto()
    END = auto()


_Event: TypeAlias = tuple[_Kind, int, str]


def find_lines(text: str | bytes, pointers: Iterable[str]) -> dict[str, int]:
    """Find the lines, counted from 1, on which the things at ``pointers`` begin.

    A member of an object begins with its key. Of equal keys the last counts, as for Python's
    reader. What is not found is not in the answer.

    Raises:
        FormatError: one of ``pointers`` is no JSON Pointer.
    """
    text = _decoded(text)
    root = _Wanted()
    for pointer in pointers:
        root.add(pointer)
    lines: dict[str, int] = {}
    line, counted = 1, 0
    for wanted, offset in _visits(text, root):
        if wanted.pointer is not None:
            line += text.count("\n", counted, offset)
            counted = offset
            lines[wanted.pointer] = line
    return lines


def find_duplicate_keys(text: str | bytes, *, most: int = 100) -> list[str]:
    """Find the pointers of keys that stand in their object already; at most so many."""
    found: list[str] = []
    stack: list[_Open] = []
    for kind, _offset, key in _events(_decoded(text)):
        if stack and kind is not _Kind.KEY and kind is not _Kind.END:
            stack[-1].step()
        match kind:
            case _Kind.KEY:
                here = stack[-1]
                here.token = key
                if here.seen is None:
                    here.seen = set()
                if key in here.seen:
                    found.append(json_pointer.join(frame.token for frame in stack))
                    if len(found) >= most:
                        break
                here.seen.add(key)
            case _Kind.OBJECT | _Kind.ARRAY:
                stack.append(_Open(is_array=kind is _Kind.ARRAY))
            case _Kind.END:
                stack.pop()
            case _Kind.SCALAR:
                pass
    return found


@dataclass(slots=True)
class _Wanted:
    """A node of the tree that the wanted pointers make."""

    pointer: str | None = None
    children: dict[str, "_Wanted"] = field(default_factory=dict)

    def add(self, pointer: str) -> None:
        node = self
        for token in json_pointer.parse(pointer):
            node = node.children.setdefault(token, _Wanted())
        node.pointer = pointer


@dataclass(slots=True)
class _Open:
    """An object or array that is being read, and where in it the reader is."""

    is_array: bool
    wanted: _Wanted | None = None
    token: str | int = -1
    begin: int = 0
    seen: set[str] | None = None

    def step(self) -> None:
        """A value begins: in an array, that is the next item."""
        if self.is_array and isinstance(self.token, int):
            self.token += 1


def _visits(text: str, root: _Wanted) -> Iterator[tuple[_Wanted, int]]:
    """What of the wanted tree is in the text, with the offset at which it begins."""
    stack: list[_Open] = []
    for kind, offset, key in _events(text):
        if kind is _Kind.END:
            stack.pop()
            continue
        if kind is _Kind.KEY:
            stack[-1].token, stack[-1].begin = key, offset
            continue
        wanted: _Wanted | None = root
        begin = offset
        if stack:
            above = stack[-1]
            above.step()
            wanted = above.wanted.children.get(str(above.token)) if above.wanted else None
            begin = offset if above.is_array else above.begin
        if wanted is not None:
            yield wanted, begin
        if kind is not _Kind.SCALAR:
            stack.append(_Open(is_array=kind is _Kind.ARRAY, wanted=wanted))


def _decoded(text: str | bytes) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text


def _events(text: str) -> Iterator[_Event]:
    """Read the text from left to right and end, without a word, at its end or at damage."""
    return islice(_all_events(text), _MOST_EVENTS)


def _all_events(text: str) -> Iterator[_Event]:
    position = 0
    closers: list[str] = []
    # What may come next: a key, a value, or what follows a value.
    expected, first = "value", False
    while True:
        position = _end(_SPACE.match(text, position), position)
        char = text[position : position + 1]
        if closers and char == closers[-1] and (first or expected == "more"):
            yield _Kind.END, position, ""
            closers.pop()
            position += 1
            expected, first = "more", False
        elif expected == "more":
            if char != "," or not closers:
                return
            position += 1
            expected = "key" if closers[-1] == "}" else "value"
        elif expected == "key":
            key = _STRING.match(text, position)
            colon = _COLON.match(text, key.end()) if key else None
            name = _unescaped(key[1]) if key else None
            if colon is None or name is None:
                return
            yield _Kind.KEY, position, name
            position = colon.end()
            expected, first = "value", False
        elif char in {"{", "["}:
            yield _Kind.OBJECT if char == "{" else _Kind.ARRAY, position, ""
            closers.append("}" if char == "{" else "]")
            position += 1
            expected, first = ("key" if char == "{" else "value"), True
        elif scalar := _SCALAR.match(text, position):
            yield _Kind.SCALAR, position, ""
            position = scalar.end()
            expected, first = "more", False
        else:
            return


def _end(match: re.Match[str] | None, otherwise: int) -> int:
    return match.end() if match else otherwise


def _unescaped(body: str) -> str | None:
    if "\\" not in body:
        return body
    try:
        key = json.loads(f'"{body}"', strict=False)
    except ValueError:
        return None
    return str(key)
