"""A small value of a type, for a message: what one would type to try something."""

import json
import math
from collections.abc import Iterator, Mapping

from noether_nix.errors import TypeUnsupportedError
from noether_nix.inside.contract import Json
from noether_nix.types.model import (
    BoolType,
    BytesType,
    ListType,
    MapType,
    NullType,
    NumberType,
    OpenRecordType,
    RecordType,
    RefinedType,
    TextType,
    Type,
    UnionType,
    VNodeType,
)
from noether_nix.types.refinement import MinLength, NonEmpty, OneOf, Range, Refinement
from noether_nix.types.validate import validator

_LONGEST = 20
_TEXTS = ("words", "", "a", "A", "1", "a.txt", "2000-01-31", "ada@example.org")
_NUMBERS = (1, 0, 0.5, -1)

_PLAIN: Mapping[type[Type], Json] = {
    BoolType: True,
    BytesType: "d29yZHM=",
    NullType: None,
    NumberType: 1,
    TextType: "words",
    VNodeType: {},
}


def example_text(whole: Type) -> str | None:
    """A value of the type as JSON; None where none was found, as for most patterns.

    Of a record it has the fields that must be there.
    """
    try:
        value = _example(whole)
        fits = validator(whole)(value) is None
    except TypeUnsupportedError:  # no value is a Stream
        return None
    return json.dumps(value, ensure_ascii=False) if fits else None


def _example(whole: Type) -> Json:
    """A value that most likely has the type."""
    match whole:
        case ListType(item):
            return [_example(item)]
        case MapType(key, value):
            name = _example(key)
            return {name if isinstance(name, str) else "key": _example(value)}
        case RecordType(fields) | OpenRecordType(fields, _):
            return {one.name: _example(one.type) for one in fields if not one.may_be_absent}
        case UnionType(variants):
            return _first(whole, map(_example, sorted(variants, key=_is_null)))
        case RefinedType(base, refinement):
            return _first(whole, _candidates(base, refinement))
        case plain:
            return _PLAIN.get(type(plain))


def _is_null(whole: Type) -> bool:
    return isinstance(whole, NullType)


def _first(whole: Type, candidates: Iterator[Json]) -> Json:
    """The first candidate that has the type, else null."""
    check = validator(whole)
    return next((value for value in candidates if check(value) is None), None)


def _candidates(base: Type, *refinements: Refinement) -> Iterator[Json]:
    """Values that the refinements hint at, then those that are tried of any."""
    while isinstance(base, RefinedType):
        refinements, base = (*refinements, base.refinement), base.base
    plain = _example(base)
    yield plain
    for one in refinements:
        match one:
            case OneOf():
                yield from one.values
            case Range(low, high):
                yield from _between(low, high)
            case NonEmpty():
                yield from _of_length(plain, 1)
            case MinLength(length) if length <= _LONGEST:
                yield from _of_length(plain, length)
            case _:
                pass
    yield from _TEXTS
    yield from _NUMBERS
    yield from ([], {})


def _between(low: float | None, high: float | None) -> Iterator[Json]:
    bounds = [bound for bound in (low, high) if bound is not None]
    yield from (math.ceil(bound) for bound in bounds)
    yield from (math.floor(bound) for bound in bounds)
    yield from bounds


def _of_length(plain: Json, length: int) -> Iterator[Json]:
    match plain:
        case str():
            yield (plain * length)[:length]
        case list():
            yield plain * length
        case dict():
            item = next(iter(plain.values()), "words")
            yield plain | {f"key{number}": item for number in range(length - len(plain))}
        case _:
            pass
