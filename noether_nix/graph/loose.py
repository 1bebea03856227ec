"""Edges of which types say nothing, because Any is given where something is expected."""

from collections.abc import Iterable, Iterator, Mapping

from noether_nix.graph.port import Port
from noether_nix.graph.problems import Finding, shown
from noether_nix.graph.produced import (
    Gathered,
    Literal,
    Produced,
    Typed,
    is_object,
    unrefined,
    variants,
)
from noether_nix.graph.wants import field_of
from noether_nix.types.display import render_type_short
from noether_nix.types.fits import path_text
from noether_nix.types.model import MapType, OpenRecordType, RecordType, Type, nullable
from noether_nix.types.vacuous import unchecked

_MOST_PLACES = 3

_HINT = "declare what is given there, and it is checked before a run"


def loose_edges(produced: Produced, port: Port, pointer: str, title: str) -> Iterator[Finding]:
    """What stays open when ``produced`` is given to a stage, ``title``, that it fits."""
    for one in variants(produced) if port.is_configured else (produced,):
        if is_object(one) or not port.is_configured:
            # Null will do where nothing need be given; that is not open.
            expected = nullable(port.input) if port.may_be_nothing else port.input
        elif port.single is not None:
            expected = port.single.type
        else:
            continue
        places = list(_loose(one, expected))
        if places:
            yield Finding("unchecked", _message(one, expected, places, title), pointer, _HINT)


def _loose(produced: Produced, expected: Type) -> Iterator[tuple[str, ...]]:
    match produced:
        case Literal():
            return
        case Typed(whole, _):
            yield from unchecked(whole, expected)
        case Gathered(fields):
            # Of many fields few may be expected: a body sees all that the Lets around it bind.
            for name in _expected_of(fields, expected):
                inner = _loose(fields[name], field_of(expected, name))
                yield from ((name, *path) for path in inner)
            if produced.is_unknown and isinstance(expected, RecordType | OpenRecordType):
                missing = (one for one in expected.fields if one.name not in fields)
                yield from ((one.name,) for one in missing if not one.may_be_absent)


def _expected_of(fields: Mapping[str, Produced], expected: Type) -> Iterable[str]:
    """Those of ``fields`` of which something is expected, in their order if that is not known."""
    match unrefined(expected):
        case RecordType(wanted) | OpenRecordType(wanted, _):
            return [one.name for one in wanted if one.name in fields]
        case MapType():
            return fields
        case _:
            return ()


def _message(produced: Produced, expected: Type, places: list[tuple[str, ...]], title: str) -> str:
    named = [path_text(path) for path in places[:_MOST_PLACES]]
    at = "" if not any(named) else f" at {', '.join(named)}"
    more = "" if len(places) <= _MOST_PLACES else f" and {len(places) - _MOST_PLACES} more places"
    takes = shown(render_type_short(expected), most=80)[1:-1]
    return (
        f"{produced.giver} gives Any{at}{more}, and {title} takes {takes}: "
        "whether it fits shows only when it runs"
    )
