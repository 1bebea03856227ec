"""Everything a stage can see: its process, its input, the way its answer is taken.

This file is in every key, so a change here voids every kept result in the world: its hash
stands in a golden test and moves only with an ADR (design 2). It runs inside the sandbox with
the standard library alone; outside, ``types`` and ``store`` use its value encoding and its
validator, so that there is one of each.

It does not know of graphs, of fusing, or of the processes beside it.
"""

import bisect
import dataclasses
import errno
import functools
import gc
import importlib
import importlib.machinery
import json
import linecache
import locale
import math
import os
import re
import resource
import sys
import time
import traceback
import types
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, NoReturn, TypeAlias

# Found ready by every call, fused or alone: what stages import most. By name, because this file
# is also imported outside, where starting quickly matters more.
PRELOADED = (
    "collections", "copy", "csv", "ctypes", "dataclasses", "datetime", "enum", "functools", "io",
    "itertools", "json", "math", "operator", "re", "string", "textwrap", "typing",
)  # fmt: skip

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None

# ------------------------------------------------------------------------------ values

# Deep enough for any document people write, shallow enough for every recursive reader.
MAX_DEPTH = 256

# With an exponent of two digits it takes 200 others to get beyond every float.
_MAYBE_HUGE = re.compile(rb"[0-9][eE]\+?0*[1-9][0-9]{2}|[0-9]{200}")
_MAYBE_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_STRING_WITHOUT_ESCAPES = re.compile(rb'"[^"]*"')
_ALL_BUT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_SQUARE = bytes.maketrans(b"{}", b"[]")


class InvalidValueError(Exception):
    """Bytes or an object are no value; ``pointer`` is the JSON Pointer to the fault."""

    def __init__(self, reason: str, pointer: str = "") -> None:
        super().__init__(f"{reason} at {pointer}" if pointer else reason)
        self.reason = reason
        self.pointer = pointer


def encode(value: object) -> bytes:
    """The one encoding of a value: compact UTF-8 JSON, key order preserved (design 2).

    Tuples count as lists and subclasses as their JSON form.

    Raises:
        InvalidValueError: a key that is no text, NaN or an infinity, a lone surrogate, an
            integer of more than 4,300 digits, an object JSON does not know, a circle, or
            nesting deeper than :data:`MAX_DEPTH`.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        # json.dumps turns the keys 1 and None into text without a word; reading back shows it,
        # at the speed of C. What differs for a lawful reason (a tuple) goes the slow way.
        if json.loads(text) != value:
            text = _dump(_plain(value))
        data = text.encode()
    except (ValueError, TypeError, RecursionError, UnicodeEncodeError):
        data = _encode_slowly(value)
    _check_depth(data)
    return data


def decode(data: bytes) -> Json:
    """The value that ``data`` encodes; white space is allowed.

    Raises:
        InvalidValueError: no JSON in UTF-8, a key twice in one object, ``NaN``, a number that
            no float holds, a lone surrogate, or nesting deeper than :data:`MAX_DEPTH`.
    """
    _check_depth(data)
    try:
        text = data.decode()
        floats = _finite if _MAYBE_HUGE.search(data) else None
        value: Json = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_float=floats
        )
        if _MAYBE_SURROGATE.search(data):
            _dump(value).encode()
    except UnicodeDecodeError as error:
        raise InvalidValueError(f"byte {error.start} is not UTF-8") from error
    except UnicodeEncodeError as error:
        raise InvalidValueError("a lone surrogate is no text") from error
    except json.JSONDecodeError as error:
        reason = f"{error.msg} in line {error.lineno}, column {error.colno}"
        raise InvalidValueError(f"no JSON: {reason}") from error
    except RecursionError as error:
        raise InvalidValueError(f"nested deeper than {MAX_DEPTH} levels") from error
    except ValueError as error:
        raise InvalidValueError(str(error)) from error
    return value


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _object(pairs: list[tuple[str, Json]]) -> Json:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise InvalidValueError(f"the key {json.dumps(key)} stands twice in one object")
            seen.add(key)
    return result


def _constant(name: str) -> NoReturn:
    raise InvalidValueError(f"{name} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise InvalidValueError(f"{text[:40]} is larger than any float")
    return number


def _check_depth(data: bytes) -> None:
    if data.count(b"[") + data.count(b"{") <= MAX_DEPTH:
        return
    # A pattern that knows escapes takes a hundred bytes of memory for every byte of a string.
    plain = data.replace(rb"\\", b"").replace(rb"\"", b"")
    brackets = _STRING_WITHOUT_ESCAPES.sub(b"", plain).translate(_SQUARE, _ALL_BUT_BRACKETS)
    for _ in range(MAX_DEPTH):
        fewer = brackets.replace(b"[]", b"")
        if len(fewer) == len(brackets):
            return  # empty, or brackets that do not match, which the parser names
        brackets = fewer
    if brackets:
        raise InvalidValueError(f"nested deeper than {MAX_DEPTH} levels")


def _encode_slowly(value: object) -> bytes:
    try:
        return _dump(_plain(value)).encode()
    except RecursionError as error:
        raise InvalidValueError(f"nested deeper than {MAX_DEPTH} levels") from error


def _plain(value: object, pointer: str = "", depth: int = 0) -> Json:
    """A copy in plain JSON types, or the fault with its place."""
    if depth > MAX_DEPTH:
        raise InvalidValueError(f"nested deeper than {MAX_DEPTH} levels (or in a circle)", pointer)
    match value:
        case None | bool():
            return value
        case str():
            return _plain_text(value, pointer)
        case int():
            return _plain_integer(value, pointer)
        case float():
            if not math.isfinite(value):
                raise InvalidValueError(f"{float(value)!r} is no JSON number", pointer)
            return float(value)
        case list() | tuple():
            return [_plain(item, f"{pointer}/{i}", depth + 1) for i, item in enumerate(value)]
        case dict():
            return _plain_object(value, pointer, depth)
        case _:
            raise InvalidValueError(f"a {type(value).__name__} is no JSON value", pointer)


def _plain_object(value: Mapping[object, object], pointer: str, depth: int) -> Json:
    result: dict[str, Json] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            reason = f"an object's keys are text, this one is {type(key).__name__} {key!r:.60}"
            raise InvalidValueError(reason, pointer)
        place = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
        result[_plain_text(key, pointer)] = _plain(item, place, depth + 1)
    return result


def _plain_text(value: str, pointer: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidValueError("a lone surrogate is no text", pointer) from error
    return str.__str__(value)


def _plain_integer(value: int, pointer: str) -> int:
    try:
        int.__repr__(value)
    except ValueError as error:
        raise InvalidValueError("an integer has at most 4300 digits", pointer) from error
    return int(value)


# ------------------------------------------------------------------------------ validation


class Fault(NamedTuple):
    """Why a value is not of a type.

    ``path`` is the way to the fault, ``expected`` the type's JSON form at that place,
    ``got`` a short description of what stands there; ``None`` there means the field is absent.
    """

    path: tuple[str | int, ...]
    expected: Mapping[str, Any]
    got: str | None

    @property
    def pointer(self) -> str:
        """The JSON Pointer to the fault, empty for the value itself."""
        return "".join("/" + str(t).replace("~", "~0").replace("/", "~1") for t in self.path)


Check: TypeAlias = Callable[[Any], Fault | None]


def compile_type(document: Mapping[str, Any]) -> Check:
    """The validator of a type given in its JSON form (reference/noether.md 1.1).

    The check returns ``None`` for a value of the type, else the first fault. It expects what
    :func:`decode` gives. A field may be absent when it is optional or its type admits null.

    Raises:
        ValueError: the document is no type.
    """
    kind = document.get("kind")
    if kind in _PLAIN_KINDS:
        return _check_plain(document, _PLAIN_KINDS[kind])
    compiler = _COMPILERS.get(str(kind))
    if compiler is None:
        raise ValueError(f"{kind} is no kind of type")
    return compiler(document)


_PLAIN_KINDS: dict[object, frozenset[type] | None] = {
    "Any": None,
    "Var": None,
    "Bool": frozenset({bool}),
    "Bytes": frozenset({str}),
    "Null": frozenset({type(None)}),
    "Number": frozenset({int, float}),
    "Text": frozenset({str}),
    "VNode": frozenset({dict}),
}


def describe(value: object) -> str:
    """A value in a few words for a message: its kind and its beginning."""
    match value:
        case None:
            return "Null"
        case bool():
            return f"Bool {str(value).lower()}"
        case int() | float():
            return f"Number {value!r:.40}"
        case str():
            return f"Text {json.dumps(value[:40], ensure_ascii=True)}{'…' * (len(value) > 40)}"
        case list():
            return f"a list of {len(value)}"
        case dict():
            keys = ", ".join(json.dumps(key[:20]) for key in list(value)[:4])
            return f"an object with {keys or 'no keys'}{', …' * (len(value) > 4)}"
        case _:
            return type(value).__name__


def _check_plain(document: Mapping[str, Any], kinds: frozenset[type] | None) -> Check:
    if kinds is None:
        return lambda _value: None

    def check(value: Any) -> Fault | None:
        return None if type(value) in kinds else Fault((), document, describe(value))

    return check


def _accepted(document: Mapping[str, Any]) -> frozenset[type]:
    """The kinds of value of which all are of the type: for them nothing need be called."""
    if document["kind"] == "Union":
        return frozenset().union(*map(_accepted, document["value"]))
    return _PLAIN_KINDS.get(document["kind"]) or frozenset()


def _check_stream(document: Mapping[str, Any]) -> Check:
    """Streams are declared and nothing more: whatever comes is none."""
    return lambda value: Fault((), document, describe(value))


def _check_list(document: Mapping[str, Any]) -> Check:
    check_item = compile_type(document["value"])
    accepted = _accepted(document["value"])

    def check(value: Any) -> Fault | None:
        if type(value) is not list:
            return Fault((), document, describe(value))
        if accepted.issuperset(map(type, value)):
            return None
        for index, item in enumerate(value):
            fault = check_item(item)
            if fault is not None:
                return Fault((index, *fault.path), fault.expected, fault.got)
        return None

    return check


def _check_map(document: Mapping[str, Any]) -> Check:
    check_key = compile_type(document["value"]["key"])
    check_item = compile_type(document["value"]["value"])

    def check(value: Any) -> Fault | None:
        if type(value) is not dict:
            return Fault((), document, describe(value))
        for key, item in value.items():
            fault = check_key(key) or check_item(item)
            if fault is not None:
                return Fault((key, *fault.path), fault.expected, fault.got)
        return None

    return check


def _check_record(document: Mapping[str, Any]) -> Check:
    fields = document["value"] if document["kind"] == "Record" else document["value"]["fields"]
    optional = frozenset(document.get("optional", ()))
    checks = [(n, _accepted(field), compile_type(field)) for n, field in sorted(fields.items())]
    may_lack = {n for n, field in fields.items() if n in optional or admits_null(field)}

    def check(value: Any) -> Fault | None:
        if type(value) is not dict:
            return Fault((), document, describe(value))
        for name, accepted, check_field in checks:
            if name in value:
                item = value[name]
                if type(item) in accepted:
                    continue
                fault = check_field(item)
                if fault is not None:
                    return Fault((name, *fault.path), fault.expected, fault.got)
            elif name not in may_lack:
                return Fault((name,), fields[name], None)
        return None

    return check


def admits_null(document: Mapping[str, Any]) -> bool:
    """Whether a field of this type may be absent (reference/noether.md 1.3, rule 7)."""
    if document["kind"] == "Union":
        return any(admits_null(variant) for variant in document["value"])
    return document["kind"] in ("Null", "Any", "Var")


def _check_union(document: Mapping[str, Any]) -> Check:
    checks = [compile_type(variant) for variant in document["value"]]

    def check(value: Any) -> Fault | None:
        deepest: Fault | None = None
        for check_variant in checks:
            fault = check_variant(value)
            if fault is None:
                return None
            if fault.path and (deepest is None or len(fault.path) > len(deepest.path)):
                deepest = fault
        return deepest or Fault((), document, describe(value))

    return check


def _check_refined(document: Mapping[str, Any]) -> Check:
    base = document["value"]["base"]
    check_base, accepted = compile_type(base), _accepted(base)
    holds = _refinement(document["value"]["refinement"])

    def check(value: Any) -> Fault | None:
        fault = None if type(value) in accepted else check_base(value)
        if fault is None and not holds(value):
            return Fault((), document, describe(value))
        return fault

    return check


def _refinement(refinement: Mapping[str, Any]) -> Callable[[Any], bool]:
    match refinement:
        case {"kind": "Range"}:
            low, high = refinement.get("min", -math.inf), refinement.get("max", math.inf)
            return lambda value: type(value) in (int, float) and low <= value <= high
        case {"kind": "Integer"}:
            return lambda value: type(value) is int or (type(value) is float and value % 1 == 0)
        case {"kind": "OneOf", "options": options}:
            return _one_of(options)
        case {"kind": "NonEmpty"}:
            return lambda value: type(value) in _MEASURABLE and len(value) > 0
        case {"kind": "MinLength", "length": least}:
            return lambda value: type(value) in _MEASURABLE and len(value) >= least
        case {"kind": "MaxLength", "length": most}:
            return lambda value: type(value) in _MEASURABLE and len(value) <= most
        case {"kind": "Pattern", "pattern": pattern}:
            matches = compile_pattern(pattern)
            return lambda value: type(value) is str and matches(value)
        case _:
            raise ValueError(f"unknown refinement {refinement.get('kind')}")


# A text's length counts code points, a list's items, an object's keys.
_MEASURABLE = frozenset({str, list, dict})


def _one_of(options: list[Any]) -> Callable[[Any], bool]:
    texts = frozenset(option for option in options if type(option) is str)
    others = frozenset(_same(option) for option in options if type(option) is not str)
    return lambda value: value in texts if type(value) is str else _same(value) in others


def _same(value: object) -> str:
    """A text that is equal for values that JSON calls equal: 1 and 1.0, keys in any order."""
    match value:
        case float() if value.is_integer():
            return str(int(value))
        case list():
            return "[" + ",".join(map(_same, value)) + "]"
        case dict():
            return "{" + ",".join(f"{json.dumps(k)}:{_same(value[k])}" for k in sorted(value)) + "}"
        case _:
            return json.dumps(value)


_COMPILERS: dict[str, Callable[[Mapping[str, Any]], Check]] = {
    "List": _check_list,
    "Map": _check_map,
    "Record": _check_record,
    "RecordWith": _check_record,
    "Stream": _check_stream,
    "Union": _check_union,
    "Refined": _check_refined,
}


# ------------------------------------------------------------------------------ patterns

# A pattern says what a whole text is. Its syntax is that part of ECMAScript's (with the flag u,
# as JSON Schema has it) that an automaton without memory can decide, so a text of n characters
# takes n steps, whoever wrote pattern and text. Getting ready is bounded by a count of steps and
# not by time: every machine refuses the same patterns.
_MOST_STEPS = 200_000
_MOST_REPEATS = 1000
_MOST_PATTERN_CHARACTERS = 1000
_MOST_GROUPS = 32

_Ranges: TypeAlias = tuple[tuple[int, int], ...]

_SYNTAX_CHARACTERS = frozenset("^$\\.*+?()[]{}|/")
_REPEATS = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_COUNTED = re.compile(r"\{([0-9]{1,4})(?:(,)([0-9]{1,4})?)?\}")
_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")
_CONTROLS = {"f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_CLASSES: dict[str, _Ranges] = {
    "d": ((48, 57),),
    "w": ((48, 57), (65, 90), (95, 95), (97, 122)),
    "s": (
        (9, 13), (32, 32), (160, 160), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029),
        (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF),
    ),
    ".": ((10, 10), (13, 13), (0x2028, 0x2029)),
}  # fmt: skip


class InvalidPatternError(ValueError):
    """A text is no pattern; ``position`` counts its characters up to the fault."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(reason)
        self.position = position


def _all_but(ranges: _Ranges) -> _Ranges:
    found, after = [], 0
    for low, high in ranges:
        if low > after:
            found.append((after, low - 1))
        after = high + 1
    return (*found, (after, sys.maxunicode)) if after <= sys.maxunicode else tuple(found)


def _joined(ranges: list[tuple[int, int]]) -> _Ranges:
    found: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return tuple(found)


class _PatternReader:
    """Reads a pattern into a tree of ``set``, ``all``, ``any`` and ``repeat``."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.groups = 0

    def whole(self) -> tuple[Any, ...]:
        if len(self.text) > _MOST_PATTERN_CHARACTERS:
            self.refuse(f"a pattern has at most {_MOST_PATTERN_CHARACTERS} characters")
        found = self.either()
        if self.at < len(self.text):
            self.refuse("no group is open that ) could close")
        return found

    def either(self) -> tuple[Any, ...]:
        branches = [self.sequence()]
        while self.text[self.at : self.at + 1] == "|":
            self.at += 1
            branches.append(self.sequence())
        return branches[0] if len(branches) == 1 else ("any", branches)

    def sequence(self) -> tuple[Any, ...]:
        parts = []
        while self.text[self.at : self.at + 1] not in ("", "|", ")"):
            parts.append(self.repeated(self.atom()))
        return ("all", parts)

    def repeated(self, node: tuple[Any, ...]) -> tuple[Any, ...]:
        mark = self.text[self.at : self.at + 1]
        if mark in _REPEATS and mark:
            self.at += 1
            low, high = _REPEATS[mark]
        elif mark == "{":
            low, high = self.count()
        else:
            return node
        if self.text[self.at : self.at + 1] in ("*", "+", "?", "{"):
            self.refuse("one repetition follows another; the whole text is matched, greedy or not")
        return ("repeat", node, low, high)

    def count(self) -> tuple[int, int | None]:
        found = _COUNTED.match(self.text, self.at)
        if found is None:
            self.refuse("a count is {3}, {3,} or {3,5}; a brace itself is \\{")
        low = int(found[1])
        high = int(found[3]) if found[3] else None if found[2] else low
        if (high is not None and high < low) or max(low, high or 0) > _MOST_REPEATS:
            self.refuse(f"a count goes up, to at most {_MOST_REPEATS}")
        self.at = found.end()
        return low, high

    def atom(self) -> tuple[Any, ...]:
        character = self.text[self.at]
        if character == "(":
            return self.group()
        if character == "[":
            return ("set", self.some_of())
        if character == ".":
            self.at += 1
            return ("set", _all_but(_CLASSES["."]))
        if character == "\\":
            return ("set", self.escape())
        if character in ("^", "$"):
            self.refuse(f"a pattern is about the whole text, so {character} is left out")
        if character in _SYNTAX_CHARACTERS - {"/"}:
            self.refuse(
                f"{character} repeats nothing or closes nothing; itself it is \\{character}"
            )
        self.at += 1
        return ("set", ((ord(character), ord(character)),))

    def group(self) -> tuple[Any, ...]:
        begin = self.at
        self.groups += 1
        if self.groups > _MOST_GROUPS:
            self.refuse(f"groups are in each other at most {_MOST_GROUPS} deep")
        self.at += 3 if self.text.startswith("(?:", begin) else 1
        if self.text[self.at : self.at + 1] == "?":
            self.refuse("a group begins with ( or (?: and nothing else")
        found = self.either()
        if self.text[self.at : self.at + 1] != ")":
            self.at = begin
            self.refuse("the group is not closed")
        self.at += 1
        self.groups -= 1
        return found

    def escape(self, more: str = "") -> _Ranges:
        name = self.text[self.at + 1 : self.at + 2]
        if name.lower() in ("d", "s", "w"):
            self.at += 2
            found = _CLASSES[name.lower()]
            return found if name.islower() else _all_but(found)
        if name in _CONTROLS:
            code = _CONTROLS[name]
        elif name and name in "ux":
            code = self.hexadecimal(4 if name == "u" else 2)
        elif name and (name in _SYNTAX_CHARACTERS or name in more):
            code = ord(name)
        else:
            self.refuse(f"\\{name} means nothing here")
        self.at += 2
        return ((code, code),)

    def hexadecimal(self, digits: int) -> int:
        text = self.text[self.at + 2 : self.at + 2 + digits]
        if len(text) < digits or not _HEXADECIMAL.issuperset(text):
            self.refuse(f"{digits} hexadecimal digits are expected")
        code = int(text, 16)
        if 0xD800 <= code <= 0xDFFF:
            self.refuse("a surrogate is no character; write the character itself")
        self.at += digits
        return code

    def some_of(self) -> _Ranges:
        begin = self.at
        self.at += 1
        negated = self.text[self.at : self.at + 1] == "^"
        self.at += negated
        found: list[tuple[int, int]] = []
        while self.text[self.at : self.at + 1] != "]" or not found:
            if self.at >= len(self.text) or self.text[self.at] == "]":
                self.at = begin
                self.refuse("the set [ is empty or not closed")
            found += self.member(first=not found)
        self.at += 1
        ranges = _joined(found)
        return _all_but(ranges) if negated else ranges

    def member(self, *, first: bool) -> _Ranges:
        """One character of a set, or a range of them, or a class."""
        low = self.one_of_set(first=first)
        last = self.text[self.at + 1 : self.at + 2] in ("", "]")
        if self.text[self.at : self.at + 1] != "-" or last:
            return low
        self.at += 1
        high = self.one_of_set(first=True)
        if len(low) > 1 or len(high) > 1 or low[0][0] != low[0][1] or low[0][0] > high[0][1]:
            self.refuse("a range goes from one character up to another")
        return ((low[0][0], high[0][1]),)

    def one_of_set(self, *, first: bool) -> _Ranges:
        character = self.text[self.at : self.at + 1]
        if character == "\\":
            return self.escape("-")
        alone = first or self.text[self.at + 1 : self.at + 2] == "]"
        if character in ("", "[", "]") or (character == "-" and not alone):
            self.refuse(f"in a set, {character or 'the end'} is written \\{character}")
        self.at += 1
        return ((ord(character), ord(character)),)

    def refuse(self, reason: str) -> NoReturn:
        raise InvalidPatternError(reason, self.at)


class _PatternState:
    """Where a text has got to: ``known`` leads on by character, ``bounds`` by code point."""

    __slots__ = ("accepts", "bounds", "known", "targets")

    def __init__(self) -> None:
        self.accepts = False
        self.known: dict[str, _PatternState | None] = {}
        self.bounds: list[int] = []
        self.targets: list[_PatternState | None] = []

    def after(self, character: str) -> "_PatternState | None":
        found = self.targets[bisect.bisect_right(self.bounds, ord(character)) - 1]
        if character < "\x80":
            self.known[character] = found
        return found


class _Automaton:
    """The automaton of a pattern, first with many ways at once, then with one."""

    def __init__(self, tree: tuple[Any, ...]) -> None:
        # Each state is what it reads and where that leads, or nothing and several states.
        self.states: list[tuple[_Ranges | None, list[int]]] = [(None, [])]
        self.steps = 0
        self.begin = self.build(tree, 0)

    def spend(self, steps: int) -> None:
        self.steps += steps
        if self.steps > _MOST_STEPS:
            raise InvalidPatternError("the pattern is too much to get ready: make it simpler", 0)

    def state(self, ranges: _Ranges | None, targets: list[int]) -> int:
        self.spend(8)
        self.states.append((ranges, targets))
        return len(self.states) - 1

    def build(self, node: tuple[Any, ...], after: int) -> int:
        """Add the states that read ``node`` and go on with ``after``; returns the first."""
        match node:
            case ("set", ranges):
                return self.state(ranges, [after])
            case ("any", branches):
                return self.state(None, [self.build(branch, after) for branch in branches])
            case ("all", parts):
                for part in reversed(parts):
                    after = self.build(part, after)
                return after
            case _:
                _, inner, low, high = node
                return self.build_repeat(inner, low, high, after)

    def build_repeat(self, inner: tuple[Any, ...], low: int, high: int | None, after: int) -> int:
        begin = after
        if high is None:
            begin = self.state(None, [after])
            self.states[begin][1].append(self.build(inner, begin))
        for _ in range(0 if high is None else high - low):
            begin = self.state(None, [after, self.build(inner, begin)])
        for _ in range(low):
            self.spend(1)  # what is inside may be nothing
            begin = self.build(inner, begin)
        return begin

    def reach(self, states: list[int]) -> frozenset[int]:
        """The states that read something, or end, that are reached without reading."""
        seen: set[int] = set()
        pending = list(states)
        while pending:
            state = pending.pop()
            if state not in seen:
                seen.add(state)
                ranges, targets = self.states[state]
                if ranges is None:
                    pending += targets
        self.spend(len(seen))
        return frozenset(s for s in seen if s == 0 or self.states[s][0] is not None)

    def determined(self) -> _PatternState:
        begin = self.reach([self.begin])
        found = {begin: _PatternState()}
        pending = [begin]
        while pending:
            members = pending.pop()
            state = found[members]
            state.accepts = 0 in members
            for bound, targets in self.leaving(members):
                state.bounds.append(bound)
                following = self.reach(targets) if targets else None
                if following is not None and following not in found:
                    found[following] = _PatternState()
                    pending.append(following)
                state.targets.append(None if following is None else found[following])
        return found[begin]

    def leaving(self, members: frozenset[int]) -> list[tuple[int, list[int]]]:
        """Where reading leads: from each code point up to the next, so many states at once."""
        changes: dict[int, list[tuple[int, int]]] = {0: []}
        for member in members:
            for low, high in self.states[member][0] or ():
                self.spend(2)
                target = self.states[member][1][0]
                changes.setdefault(low, []).append((target, 1))
                changes.setdefault(high + 1, []).append((target, -1))
        counts: dict[int, int] = {}
        found = []
        for bound in sorted(changes):
            for target, change in changes[bound]:
                counts[target] = counts.get(target, 0) + change
            self.spend(len(counts))
            found.append((bound, [target for target, count in counts.items() if count]))
        return found


@functools.lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """The test whether a whole text is as ``pattern`` says, in as many steps as it is long.

    Raises:
        InvalidPatternError: it is no pattern, or too much to get ready.
    """
    begin = _Automaton(_PatternReader(pattern).whole()).determined()

    def matches(text: str) -> bool:
        state = begin
        for character in text:
            known = state.known
            following = known[character] if character in known else state.after(character)
            if following is None:
                return False
            state = following
        return state.accepts

    return matches


# ------------------------------------------------------------------------------ the process


@dataclasses.dataclass(frozen=True)
class Limits:
    """What a stage's code can observe of its bounds; part of every key (design 11.4)."""

    memory_bytes: int
    stack_bytes: int
    processes: int
    open_files: int
    scratch_bytes: int


# All a stage finds in its environment. PYTHONHASHSEED works only where the interpreter starts,
# so the derivation sets it too.
ENVIRONMENT = {
    "HOME": "/homeless-shelter",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PATH": "/path-not-set",
    "PYTHONHASHSEED": "0",
    "TMPDIR": "/tmp",  # noqa: S108 - the sandbox's own, empty and gone after the call
    "TZ": "UTC",
    "USER": "nixbld",
}

STAGE_FILE = "stage.py"

# The wall limit ends a call long before; but what stands here, code can see.
CPU_SECONDS = 24 * 3600


# An exception at the memory limit needs some memory to be told about.
_LAST_WORDS_BYTES = 4 << 20


# The names of the modules that every stage finds loaded.
_FOUND: set[str] = set()


def preload() -> None:
    """Load what every stage finds loaded.

    To be called before anything else is imported: :func:`settle` makes a stage forget what
    came later, so that it cannot see whether it is fused, nor with which scheduler.
    """
    if not _FOUND:
        for name in PRELOADED:
            importlib.import_module(name)
        _FOUND.update(name for name in sys.modules if not name.startswith("noether_nix"))


def settle() -> None:
    """Make this process the one that stages are promised, but for its bounds.

    Descriptors 0, 1 and 2 are what a stage will find there, or will be replaced by it.
    Cannot be undone.
    """
    preload()
    for name in sys.modules.keys() - _FOUND:
        del sys.modules[name]
    os.environ.clear()
    _forget_start()
    os.environ.update(ENVIRONMENT, **_found_in_toolchain())
    # The interpreter started before the C library knew where its locales are.
    locale.setlocale(locale.LC_CTYPE, "")
    time.tzset()
    os.umask(0o022)
    _put_up_guards()
    sys.modules["__main__"] = types.ModuleType("__main__")
    sys.argv = [STAGE_FILE]
    sys.orig_argv = list(sys.argv)
    sys.path[:] = [path for path in sys.path if path.startswith(sys.prefix)]
    for name in [name for name in sys.path_importer_cache if not name.startswith(sys.prefix)]:
        del sys.path_importer_cache[name]
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    log = open(  # noqa: SIM115
        1, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False
    )
    log.isatty = lambda: False  # type: ignore[method-assign]
    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = log  # type: ignore[misc]
    sys.addaudithook(_deny_effects)
    gc.collect()
    gc.freeze()


def _found_in_toolchain() -> dict[str, str]:
    """Where the interpreter and its C library find their own data."""
    zones = f"{sys.prefix}/share/zoneinfo"
    return {"LOCPATH": f"{sys.prefix}/lib/locale", "PYTHONTZPATH": zones, "TZDIR": zones}


def _forget_start() -> None:
    """Wipe the variables this process was started with: the kernel shows them for ever.

    The builder's variables name files that are not the stage's business, and a random number.
    """
    import ctypes

    with open("/proc/self/stat", encoding="ascii", errors="replace") as file:  # noqa: PTH123
        fields = file.read().rpartition(")")[2].split()
    start, end = int(fields[47]), int(fields[48])  # env_start, env_end: proc(5), 50 and 51
    if 0 < start < end:
        ctypes.memset(start, 0, end - start)


def bound(limits: Limits) -> None:
    """Put ``limits`` on this process. Cannot be undone."""
    bounds = (
        (resource.RLIMIT_CORE, 0),
        # The address space is wider than the memory because interpreters and allocators
        # reserve more than they use.
        (resource.RLIMIT_AS, 4 * limits.memory_bytes + (8 << 30)),
        (resource.RLIMIT_STACK, limits.stack_bytes),
        (resource.RLIMIT_NPROC, limits.processes),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_FSIZE, limits.scratch_bytes),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_CPU, CPU_SECONDS),
    )
    for kind, wanted in bounds:
        hard = resource.getrlimit(kind)[1]
        least = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(kind, (least, least))
    # What the process really asks for.
    memory = limits.memory_bytes
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory + _LAST_WORDS_BYTES))
    gc.enable()


def _last_words() -> None:
    most = resource.getrlimit(resource.RLIMIT_DATA)[1]
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


# ------------------------------------------------------------------------------ effects

# Audit events of CPython (its documentation, "Audit events table") that begin something a pure
# stage may not do. The kernel refuses it all the same; this puts a name and a line to it.
_DENIED_EVENTS = {
    "os.exec": "Process",
    "os.fork": "Process",
    "os.forkpty": "Process",
    "os.posix_spawn": "Process",
    "os.spawn": "Process",
    "os.system": "Process",
    "pty.spawn": "Process",
    "socket.bind": "Network",
    "socket.connect": "Network",
    "socket.getaddrinfo": "Network",
    "socket.gethostbyaddr": "Network",
    "socket.gethostbyname": "Network",
    "socket.getnameinfo": "Network",
    "subprocess.Popen": "Process",
}
_AF_UNIX = 1
_RANDOM_DEVICES = ("/dev/random", "/dev/urandom", b"/dev/random", b"/dev/urandom")


# Clock and Random are nothing that a stage could declare, so nobody is told to.
_WHY_DENIED = {
    "Clock": "a pure stage has no clock",
    "Network": "a pure stage has no network",
    "Process": "a pure stage starts no programs",
    "Random": "a pure stage draws nothing that it has not seeded",
}


class EffectDeniedError(PermissionError):
    """The stage began something that it did not declare."""

    __module__ = "builtins"  # ours has another name when it is alone

    def __init__(self, effect: str, event: str) -> None:
        super().__init__(f"{event}: {_WHY_DENIED[effect]}")
        self.effect = effect
        self.event = event


def _deny_effects(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook that raises :class:`EffectDeniedError` for what the table above names."""
    effect = _DENIED_EVENTS.get(event)
    if effect is None and event == "socket.__new__" and arguments[1] not in (_AF_UNIX, -1):
        effect = "Network"  # a pair of AF_UNIX sockets is how asyncio wakes itself
    if event == "open" and arguments[0] in _RANDOM_DEVICES and arguments[2] & 3 != os.O_WRONLY:
        effect, event = "Random", f"open {os.fsdecode(arguments[0])}"
    if effect is not None:
        raise EffectDeniedError(effect, event)


# ------------------------------------------------------------------------------ clock and random

# No kernel takes these away, so the functions that reach them say no, or say the same every
# time (docs/pure.md is the whole table). This teaches; it is no fence against code that looks
# for a way round it.

# 1 January 1980, the first moment that a zip file can hold; nixpkgs builds archives with it too.
LIBRARY_MOMENT = 315_532_800

# Modules that ask for themselves and get this moment instead of an error, or zeros for random
# bytes: what they make is then the same every time. So do all of the library while they are
# imported.
TOLD_A_FIXED_VALUE = frozenset(
    {
        "email.generator", "gzip", "logging", "logging.handlers", "mailbox", "tarfile",
        "tempfile", "urllib.robotparser", "zipfile",
    }
)  # fmt: skip

# Functions that read, and ask for the time only to throw it away: what they give is the same
# whatever they are told. Beside them what has to be true for that, the name of an argument.
_ASKING_IN_VAIN = {
    ("xmlrpc.client", "end_dateTime"): "",
    ("http.cookiejar", "_really_load"): "ignore_expires",
}

# Clocks that only move: MONOTONIC, PROCESS_CPUTIME_ID, THREAD_CPUTIME_ID, MONOTONIC_RAW,
# MONOTONIC_COARSE, BOOTTIME. Timeouts are made of them. Below zero are those of single threads.
_CLOCKS_OF_DURATIONS = frozenset({1, 2, 3, 4, 6, 7})

# A file that is younger was made by the stage, whatever the clock was set to meanwhile.
_DAY_NS = 86_400 * 10**9


class _Guard:
    """Stands in the place of a function of the standard library.

    No function object: they become methods where a class keeps one, as
    ``logging.Formatter`` keeps ``time.localtime``.
    """

    def __init__(self, original: Any, answer: Callable[..., Any]) -> None:
        self.__name__ = self.__qualname__ = original.__name__
        self.__module__ = getattr(original, "__module__", None) or "builtins"
        self.__doc__ = original.__doc__
        self._answer = answer

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._answer(*arguments, **named)

    def __repr__(self) -> str:
        return f"<guarded function {self.__module__}.{self.__qualname__}>"

    def __reduce__(self) -> str:
        return str(self.__qualname__)


def _put_up_guards() -> None:
    for name, guard in _GUARDS.items():
        if name in sys.modules:
            guard(sys.modules[name])
    sys.meta_path.insert(0, _Guards())


class _Guards:
    """A finder that has a module guarded when it is imported later."""

    def find_spec(
        self, name: str, path: Any = None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name not in _GUARDS:
            return None
        others = (finder for finder in sys.meta_path if not isinstance(finder, _Guards))
        found = (finder.find_spec(name, path, target) for finder in others)
        spec = next(filter(None, found), None)
        if spec is not None and spec.loader is not None:
            spec.loader = _GuardingLoader(spec.loader)  # type: ignore[assignment]
        return spec


class _GuardingLoader:
    """Loads as another loader does, then guards."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType | None:
        module: types.ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        spec = module.__spec__
        if spec is not None:
            spec.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        _GUARDS[module.__name__](module)


def _asks_for_itself() -> bool:
    """Whether the one who asked is told a fixed value.

    A stage that takes the name of such a module gets the fixed value too, which does no harm.
    """
    frame: types.FrameType | None = sys._getframe(1)  # noqa: SLF001 - inspect is a large import
    asker = None
    while frame is not None:
        name, code = frame.f_globals.get("__name__"), frame.f_code
        if asker is None and code.co_filename != __file__ and name != "random":
            asker = name
        # The generator that ``random`` makes as it is imported is everybody's: it has no seed.
        if code.co_name == "<module>" and code.co_filename.startswith(sys.prefix):
            return name != "random"
        if type(name) is str and (name, code.co_name) in _ASKING_IN_VAIN:
            condition = _ASKING_IN_VAIN[name, code.co_name]
            return not condition or bool(frame.f_locals.get(condition))
        frame = frame.f_back
    return type(asker) is str and asker in TOLD_A_FIXED_VALUE


def _denied(effect: str, event: str, told: Callable[..., Any] | None = None) -> Any:
    """An answer that raises, but to a library that gets what ``told`` makes of the arguments."""

    def answer(*arguments: Any, **named: Any) -> Any:
        if told is not None and _asks_for_itself():
            return told(*arguments, **named)
        raise EffectDeniedError(effect, event)

    return answer


def _guard_functions(
    modules: tuple[types.ModuleType, ...], answers: Mapping[str, Callable[..., Any]]
) -> None:
    for name, answer in answers.items():
        if (original := getattr(modules[0], name, None)) is not None:
            guard = _Guard(original, answer)
            for module in modules:
                setattr(module, name, guard)


def _guard_methods(kind: type, answers: Mapping[str, Any]) -> None:
    """Put ``answers`` among the methods of a type that is written in C."""
    import ctypes

    (methods,) = gc.get_referents(kind.__dict__)
    methods.update(answers)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))


def _guard_time(module: Any) -> None:
    def unless_given(name: str, place: int, now: Callable[..., Any] | None) -> Callable[..., Any]:
        """The moment is the argument at ``place``; without it, it would be now."""
        original = getattr(module, name)
        denied = _denied("Clock", f"time.{name}", now)

        def answer(*arguments: Any) -> Any:
            if len(arguments) <= place or arguments[place] is None:
                return denied(original)
            return original(*arguments)

        return answer

    def of_a_duration(name: str) -> Callable[..., Any]:
        original = getattr(module, name)
        denied = _denied("Clock", f"time.{name}")

        def answer(clock: Any) -> Any:
            if type(clock) is int and clock >= 0 and clock not in _CLOCKS_OF_DURATIONS:
                return denied()
            return original(clock)

        return answer

    def fixed(original: Callable[..., Any]) -> Any:
        return original(LIBRARY_MOMENT)

    answers = {
        "asctime": unless_given("asctime", 0, None),
        "strftime": unless_given("strftime", 1, None),
        "time": _denied("Clock", "time.time", lambda: float(LIBRARY_MOMENT)),
        "time_ns": _denied("Clock", "time.time_ns", lambda: LIBRARY_MOMENT * 10**9),
    }
    answers |= {name: unless_given(name, 0, fixed) for name in ("ctime", "gmtime", "localtime")}
    answers |= {name: of_a_duration(name) for name in ("clock_gettime", "clock_gettime_ns")}
    _guard_functions((module,), answers)


def _guard_datetime(module: Any) -> None:
    for kind, names in ((module.date, ["today"]), (module.datetime, ["now", "today", "utcnow"])):
        _guard_methods(
            kind,
            {
                name: classmethod(
                    _Guard(
                        getattr(kind, name), _denied("Clock", f"datetime.{kind.__name__}.{name}")
                    )
                )
                for name in names
            },
        )


def _guard_posix(module: Any) -> None:
    """Answer with the call's own bounds where the kernel would tell of the machine."""
    affinity, sysconf, terminal = module.sched_getaffinity, module.sysconf, module.isatty
    pages = [module.sysconf_names.get(name) for name in ("SC_PHYS_PAGES", "SC_AVPHYS_PAGES")]
    processors = [
        module.sysconf_names.get(name) for name in ("SC_NPROCESSORS_CONF", "SC_NPROCESSORS_ONLN")
    ]

    def no_terminal(descriptor: int = 1, /) -> NoReturn:
        module.fstat(descriptor)
        raise OSError(errno.ENOTTY, os.strerror(errno.ENOTTY))

    def ask_system(name: Any) -> Any:
        number = module.sysconf_names.get(name) if isinstance(name, str) else name
        if number in processors:
            return 1
        if number in pages:
            return resource.getrlimit(resource.RLIMIT_DATA)[0] // resource.getpagesize()
        return sysconf(name)

    _guard_functions(
        (module, os),
        {
            "cpu_count": lambda: 1,
            "getloadavg": lambda: (0.0, 0.0, 0.0),
            "getrandom": _denied("Random", "os.getrandom"),
            # Alone, the log is a terminal of Nix's.
            "get_terminal_size": no_terminal,
            "isatty": lambda descriptor: terminal(descriptor) and False,
            "ttyname": no_terminal,
            "sched_getaffinity": lambda process: affinity(process) and {0},
            "sysconf": ask_system,
            "urandom": _denied("Random", "os.urandom", bytes),
        },
    )
    _guard_files(module)


def _guard_files(module: Any) -> None:
    """Let the stage's own files be made at a fixed moment, as it shows in archives of them."""
    began = time.clock_gettime_ns(time.CLOCK_REALTIME) - _DAY_NS

    def without_clock(found: Any) -> Any:
        kind, (items, named) = found.__reduce__()
        numbers = list(items)
        in_store = named["st_mtime"] == 1
        for place, name in ((7, "st_atime"), (8, "st_mtime"), (9, "st_ctime")):
            if named[f"{name}_ns"] < began and not (in_store or name == "st_ctime"):
                continue
            moment = 1 if in_store else LIBRARY_MOMENT
            numbers[place] = moment
            named |= {name: float(moment), f"{name}_ns": moment * 10**9}
        return kind(numbers, named)

    def guard(original: Any) -> _Guard:
        guarded = _Guard(original, lambda *given, **named: without_clock(original(*given, **named)))
        guarded.__module__ = "os"  # where pickle finds it again
        return guarded

    # Not those of ``posix``: the import system looks there whether a folder has changed.
    for name in ("fstat", "lstat", "stat"):
        original = getattr(os, name)
        setattr(os, name, guard(original))
        for able in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks):
            if original in able:
                able.add(getattr(os, name))
    ask_entry = module.DirEntry.stat

    def stat(self: Any, *, follow_symlinks: bool = True) -> Any:
        return without_clock(ask_entry(self, follow_symlinks=follow_symlinks))

    _guard_methods(module.DirEntry, {"stat": stat})


UNSEEDED = "random without a seed"
_DRAWING = ("getrandbits", "random")


class _Unseeded:
    """Stands in the place of a method of a generator of random numbers that has no seed yet."""

    def __init__(self, generator: Any, name: str) -> None:
        self._generator = generator
        self._name = name

    def __call__(self, *arguments: Any) -> Any:
        if vars(self._generator).get(self._name) is not self:
            # It was seeded since somebody took this method from it.
            return getattr(self._generator, self._name)(*arguments)
        if _asks_for_itself():
            return 0
        raise EffectDeniedError("Random", UNSEEDED)


class _NeedsSeed:
    """What a generator in C becomes: it gives numbers once it has a seed or a state."""

    def __new__(cls, *arguments: Any, **named: Any) -> Any:
        self = super().__new__(cls, *arguments, **named)
        if not arguments or arguments[0] is None:
            _hide_drawing(self)
        return self

    def seed(self, seed: object = None, /) -> None:
        if seed is not None or _asks_for_itself():
            super().seed(0 if seed is None else seed)  # type: ignore[misc]
            _show_drawing(self)
        elif not _is_unseeded(self) and any(_drawn_in_c(self)):
            raise EffectDeniedError("Random", UNSEEDED)

    def getstate(self) -> Any:
        if _is_unseeded(self):
            raise EffectDeniedError("Random", UNSEEDED)
        return super().getstate()  # type: ignore[misc]

    def setstate(self, state: Any, /) -> None:
        super().setstate(state)  # type: ignore[misc]
        _show_drawing(self)


def _drawn_in_c(generator: Any) -> list[str]:
    """The methods that draw; those of a subclass with a source of its own are its own affair."""
    kind = type(generator)
    return [n for n in _DRAWING if isinstance(getattr(kind, n), types.MethodDescriptorType)]


def _is_unseeded(generator: Any) -> bool:
    return any(type(vars(generator).get(name)) is _Unseeded for name in _DRAWING)


def _hide_drawing(generator: Any) -> None:
    for name in _drawn_in_c(generator):
        vars(generator)[name] = _Unseeded(generator, name)


def _show_drawing(generator: Any) -> None:
    functions = vars(sys.modules["random"]) if "random" in sys.modules else {}
    for name in _DRAWING:
        hidden = vars(generator).pop(name, None)
        if hidden is not None and functions.get(name) is hidden:
            functions[name] = getattr(generator, name)


def _guard_random(module: Any) -> None:
    """Put the guard in the class that ``random.Random`` is made from, so drawing costs nothing."""
    names = {"__module__": module.Random.__module__, "__doc__": module.Random.__doc__}
    module.Random = type("Random", (_NeedsSeed, module.Random), names)


def _guard_ssl(module: Any) -> None:
    names = ("RAND_bytes", "RAND_pseudo_bytes")
    _guard_functions((module,), {name: _denied("Random", f"ssl.{name}") for name in names})


def _guard_libuuid(module: Any) -> None:
    """Without libuuid, which reads clock and network card itself, Python asks as all others do."""
    vars(module).pop("generate_time_safe", None)


def _guard_uuid(module: Any) -> None:
    # It looks for a network card in many ways and takes every error for "not so".
    _guard_functions((module,), {"getnode": _denied("Random", "uuid.getnode")})


_GUARDS: dict[str, Callable[[Any], None]] = {
    "_datetime": _guard_datetime,
    "_random": _guard_random,
    "_ssl": _guard_ssl,
    "_uuid": _guard_libuuid,
    "posix": _guard_posix,
    "time": _guard_time,
    "uuid": _guard_uuid,
}


# ------------------------------------------------------------------------------ the call

_TEXT_LIMIT = 16 << 10
# Of a traceback: as deep as Python goes unless it is told to go deeper.
_MOST_FRAMES = 1000


class _Helpers:
    """Finds the stage's declared helper files among its imports."""

    def __init__(self, sources: Mapping[str, bytes]) -> None:
        self._sources = sources

    def find_spec(
        self, name: str, _path: object = None, _target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if f"{name}.py" not in self._sources:
            return None
        return importlib.machinery.ModuleSpec(name, self, origin=f"{name}.py")  # type: ignore[arg-type]

    def create_module(self, _spec: object) -> None:
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        file = f"{module.__name__}.py"
        module.__file__ = file
        _run_source(self._sources[file], file, module)


def _run_source(source: bytes, file: str, module: types.ModuleType) -> None:
    lines = source.decode("utf-8", "replace").splitlines(keepends=True)
    linecache.cache[file] = (len(source), None, lines, file)
    exec(compile(source, file, "exec", dont_inherit=True), module.__dict__)


def answer(source: bytes, helpers: Mapping[str, bytes], value: bytes) -> bytes:
    """Load a stage from its bytes and call it.

    Returns:
        ``S`` and the encoded result, or ``E`` and a JSON object that says how the stage ended:
        ``outcome`` is ``stage-raised``, ``effect-denied``, ``import-missing`` or
        ``output-invalid``.
    """
    try:
        if helpers:
            sys.meta_path.insert(0, _Helpers(helpers))
        missing_frames = _FRAMES_BELOW - _depth()
        # When objects are collected shows itself through finalizers: begin at the same count.
        gc.collect()
        result = _call_at(missing_frames, source, value)
    except BaseException as error:  # noqa: BLE001 - whatever user code raises is its outcome
        return _failure(error, {STAGE_FILE, *helpers})
    try:
        return b"S" + encode(result)
    except InvalidValueError as error:
        ending = {"outcome": "output-invalid", "message": error.reason, "pointer": error.pointer}
        return b"E" + json.dumps(ending).encode()
    except BaseException as error:  # noqa: BLE001 - a subclass of dict can raise anything
        return _failure(error, {STAGE_FILE, *helpers})


# How far a stage can recurse is something it sees: so many frames are below its own, whoever
# started it.
_FRAMES_BELOW = 24


def _depth() -> int:
    frame, depth = sys._getframe().f_back, 0  # noqa: SLF001 - inspect is a large import
    while frame is not None:
        frame, depth = frame.f_back, depth + 1
    return depth


def _call_at(missing_frames: int, source: bytes, value: bytes) -> object:
    if missing_frames > 0:
        return _call_at(missing_frames - 1, source, value)
    module = types.ModuleType("stage")
    module.__file__ = STAGE_FILE
    sys.modules["stage"] = module
    _run_source(source, STAGE_FILE, module)
    return module.execute(json.loads(value))


def _failure(error: BaseException, files: set[str]) -> bytes:
    try:
        _last_words()
        return b"E" + json.dumps(_ending(error, files)).encode()
    except BaseException:  # noqa: BLE001 - no memory is left, or its attributes are traps
        if issubclass(type(error), MemoryError):
            return b'E{"outcome":"stage-raised","type":"MemoryError","message":""}'
        return b'E{"outcome":"stage-raised","type":"Exception","message":"(it cannot be shown)"}'


def _ending(error: BaseException, files: set[str]) -> dict[str, object]:
    ending: dict[str, object] = {"outcome": "stage-raised", "type": type(error).__qualname__}
    denied = None
    try:
        frames = error.__traceback__
        while frames is not None and frames.tb_frame.f_code.co_filename == __file__:
            frames = frames.tb_next
        denied = _denial(error)
        if denied is not None:
            _forget_own_frames(denied)
        ending["message"] = _cut(str(error))
        ending["traceback"] = _cut(
            "".join(
                traceback.TracebackException(
                    type(error), error, frames, limit=-_MOST_FRAMES
                ).format()
            )
        )
        for frame, line in traceback.walk_tb(frames):
            if frame.f_code.co_filename in files:
                ending["file"], ending["line"] = frame.f_code.co_filename, line
    except BaseException as second:  # noqa: BLE001 - an exception whose own text raises
        ending.setdefault("message", f"(its message cannot be shown: {type(second).__qualname__})")
    if denied is not None:
        ending.update(outcome="effect-denied", effect=denied.effect, event=denied.event)
    elif isinstance(error, ModuleNotFoundError) and error.name:
        ending.update(outcome="import-missing", module=str(error.name)[:200])
    return ending


def _denial(error: BaseException | None) -> EffectDeniedError | None:
    """The denied effect that ``error`` came of, also where a library put another round it."""
    for _ in range(100):  # they can be in a circle
        if error is None or isinstance(error, EffectDeniedError):
            return error
        error = error.__context__ if error.__cause__ is None else error.__cause__
    return None


def _forget_own_frames(denied: EffectDeniedError) -> None:
    """Let the traceback end where the stage, or a library for it, asked."""
    last, frames = None, denied.__traceback__
    while frames is not None:
        last = last if frames.tb_frame.f_code.co_filename == __file__ else frames
        frames = frames.tb_next
    if last is not None:
        last.tb_next = None


def _cut(text: str) -> str:
    clean = text.encode("utf-8", "backslashreplace").decode()
    if len(clean) <= _TEXT_LIMIT:
        return clean
    half = _TEXT_LIMIT // 2
    return f"{clean[:half]}\n… {len(clean) - 2 * half} characters left out …\n{clean[-half:]}"


# ------------------------------------------------------------------------------ alone


def main() -> int:
    """One call as its own derivation: Nix's variables in, exactly the value's bytes out."""

    def read(path: str) -> bytes:
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read()

    variables = dict(os.environ)
    source, value = read(variables["stage"]), read(variables["input"])
    contract = json.loads(read(variables["contract"]))
    paths = variables["helpers"].split()
    helpers = {name: read(path) for name, path in zip(contract["helpers"], paths, strict=True)}
    os.dup2(0, 4)  # where a fused call has its outcome: the stage's own files get equal numbers
    settle()
    bound(Limits(**contract["limits"]))
    reply = answer(source, helpers, value)
    if reply[:1] != b"S":
        sys.stdout.write(f"{reply[1:].decode()}\n")
        return 1
    result = encode(decode(reply[1:]))
    fault = compile_type(contract["output"])(json.loads(result))
    if fault is not None:
        sys.stdout.write(f"output-invalid at {fault.pointer!r}: {fault.got}\n")
        return 1
    os.umask(0o022)  # the stage may have another, and Nix takes no file that others can write to
    with open(variables["out"], "xb") as file:  # noqa: PTH123
        file.write(result)
    return 0


if __name__ == "__main__":
    code = 1
    try:
        code = main()
    finally:
        os._exit(code)  # a thread that the stage left running is not waited for
