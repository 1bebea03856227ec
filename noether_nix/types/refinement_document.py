"""Refinements as JSON: the exact form that ids are made from, and the shorthand of specs."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from noether_nix.errors import TypeSyntaxError
from noether_nix.inside.contract import Json, describe
from noether_nix.types.faults import below, check_keys, fault, kind_of, unknown
from noether_nix.types.refinement import (
    Integer,
    MaxLength,
    MinLength,
    NonEmpty,
    OneOf,
    Pattern,
    Range,
    Refinement,
    one_of,
)

_PLAIN: Mapping[str, Refinement] = {"Integer": Integer(), "NonEmpty": NonEmpty()}

REFINEMENT_KINDS = ("Integer", "MaxLength", "MinLength", "NonEmpty", "OneOf", "Pattern", "Range")


def refinement_to_document(refinement: Refinement) -> dict[str, Json]:
    """The JSON form of a refinement."""
    match refinement:
        case Range(low, high):
            bounds = {"min": low, "max": high}
            return {"kind": "Range", **{k: v for k, v in bounds.items() if v is not None}}
        case OneOf():
            return {"kind": "OneOf", "options": list(refinement.values)}
        case MinLength(length) | MaxLength(length):
            return {"kind": type(refinement).__name__, "length": length}
        case Pattern(pattern):
            return {"kind": "Pattern", "pattern": pattern}
        case NonEmpty() | Integer():
            return {"kind": type(refinement).__name__}


def refinement_from_document(document: object, place: str) -> Refinement:
    """Read a refinement from its JSON form or from the shorthand.

    Raises:
        TypeSyntaxError: it is none, with the JSON Pointer to the fault below ``place``.
    """
    if isinstance(document, str):
        if document not in _PLAIN:
            raise unknown(place, document, REFINEMENT_KINDS, "refinement")
        return _PLAIN[document]
    if isinstance(document, dict) and "kind" in document:
        return _read_canonical(document, kind_of(document, place), place)
    if isinstance(document, dict) and len(document) == 1:
        return _read_shorthand(document, place)
    raise fault(place, f"a refinement is an object with a kind, not {describe(document)}")


_Maker: TypeAlias = Callable[[object, str], Refinement]


def _read_canonical(document: Mapping[str, object], kind: str, place: str) -> Refinement:
    if kind in _PLAIN:
        check_keys(document, {"kind"}, place)
        return _PLAIN[kind]
    if kind == "Range":
        check_keys(document, {"kind"}, place, {"min", "max"})
        return _range(document.get("min"), document.get("max"), place)
    if kind not in _MAKERS:
        raise unknown(f"{place}/kind", kind, REFINEMENT_KINDS, "kind of refinement")
    key, make = _MAKERS[kind]
    check_keys(document, {"kind", key}, place)
    return make(document[key], f"{place}/{key}")


def _read_shorthand(document: Mapping[str, object], place: str) -> Refinement:
    ((kind, value),) = document.items()
    if kind not in _MAKERS and kind != "Range":
        raise unknown(below(place, kind), kind, REFINEMENT_KINDS, "refinement")
    return make_refinement(kind, value, below(place, kind))


def make_refinement(kind: str, demand: object, place: str) -> Refinement:
    """The refinement of a kind that demands something; of a Range, a list of two bounds.

    Raises:
        TypeSyntaxError: it cannot demand that; ``place`` is where it stands.
    """
    if kind in _MAKERS:
        return _MAKERS[kind][1](demand, place)
    match demand:
        case [low, high]:
            return _range(low, high, place)
        case _:
            reason = f"a Range has a list of two bounds, not {describe(demand)}"
            raise fault(place, reason, "null stands for no bound")


def _range(low: object, high: object, place: str) -> Refinement:
    return _made(place, lambda: Range(low, high))  # type: ignore[arg-type]


def _made(place: str, make: Callable[[], Refinement]) -> Refinement:
    try:
        return make()
    except TypeSyntaxError as error:
        raise fault(place, error.message) from error


def _make_one_of(value: object, place: str) -> Refinement:
    if not isinstance(value, list):
        raise fault(place, "the options of OneOf are a list")
    return _made(place, lambda: one_of(value))


# Kinds with one demand: its key in JSON, and what makes the refinement from it.
_MAKERS: Mapping[str, tuple[str, _Maker]] = {
    "MaxLength": ("length", lambda value, place: _made(place, lambda: MaxLength(value))),  # type: ignore[arg-type]
    "MinLength": ("length", lambda value, place: _made(place, lambda: MinLength(value))),  # type: ignore[arg-type]
    "OneOf": ("options", _make_one_of),
    "Pattern": ("pattern", lambda value, place: _made(place, lambda: Pattern(value))),  # type: ignore[arg-type]
}
