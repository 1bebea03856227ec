"""Where Any makes a check say nothing, because everything fits it and it fits everything."""

from collections.abc import Iterator

from noether_nix.types.fits import Within
from noether_nix.types.model import (
    AnyType,
    ListType,
    MapType,
    OpenRecordType,
    RecordType,
    RefinedType,
    StreamType,
    Type,
    UnionType,
    VarType,
)

Path = tuple[str, ...]

_MOST_PLACES = 20


def places_of_any(whole: Type) -> tuple[Path, ...]:
    """The ways to every Any in a type, at most twenty."""
    return _some(_any_in(whole))


def unchecked(produced: Type, expected: Type) -> tuple[Path, ...]:
    """The places, at most twenty, where something is expected of what Any is known to be.

    There ``fits`` has nothing to say: that the value is as expected shows when it is there.
    """
    return _some(_unchecked(produced, expected))


def _some(found: Iterator[Path]) -> tuple[Path, ...]:
    places: dict[Path, None] = {}
    for path in found:
        places[path] = None
        if len(places) == _MOST_PLACES:
            break
    return tuple(places)


def _any_in(whole: Type) -> Iterator[Path]:
    match whole:
        case AnyType():
            yield ()
        case ListType(item) | StreamType(item):
            yield from _below(Within.ITEM, _any_in(item))
        case MapType(key, value):
            yield from _below(Within.KEY, _any_in(key))
            yield from _below(Within.VALUE, _any_in(value))
        case RecordType(fields) | OpenRecordType(fields, _):
            for field in fields:
                yield from _below(field.name, _any_in(field.type))
        case UnionType(variants):
            for variant in variants:
                yield from _any_in(variant)
        case RefinedType(base, _):
            yield from _any_in(base)
        case _:
            pass


def _unchecked(produced: Type, expected: Type) -> Iterator[Path]:
    match produced, expected:
        case _, (AnyType() | VarType()):
            return
        case AnyType(), _:
            yield ()
        case UnionType(variants), _:
            for variant in variants:
                yield from _unchecked(variant, expected)
        case _, UnionType(variants):
            # Of several variants, one for which nothing is left open is enough.
            alike = [tuple(_unchecked(produced, to)) for to in variants if _alike(produced, to)]
            yield from min(alike, key=len, default=())
        case RefinedType(base, _), _:
            yield from _unchecked(base, expected)
        case _, RefinedType(base, _):
            yield from _unchecked(produced, base)
        case _:
            yield from _unchecked_parts(produced, expected)


def _unchecked_parts(produced: Type, expected: Type) -> Iterator[Path]:
    match produced, expected:
        case (ListType(made), ListType(wanted)) | (StreamType(made), StreamType(wanted)):
            yield from _below(Within.ITEM, _unchecked(made, wanted))
        case MapType(_, value), MapType(_, wanted):
            yield from _below(Within.VALUE, _unchecked(value, wanted))
        case ((RecordType() | OpenRecordType()), (RecordType() | OpenRecordType())):
            for field in expected.fields:
                own = produced.field(field.name)
                if own is not None:
                    yield from _below(field.name, _unchecked(own.type, field.type))
        case _:
            pass


def _alike(produced: Type, expected: Type) -> bool:
    while isinstance(expected, RefinedType):
        expected = expected.base
    records = (RecordType, OpenRecordType)
    return type(produced) is type(expected) or (
        isinstance(produced, records) and isinstance(expected, records)
    )


def _below(step: str, paths: Iterator[Path]) -> Iterator[Path]:
    return ((step, *path) for path in paths)
