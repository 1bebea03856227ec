"""Which part of what is produced goes where: the rules of Parallel and Let (design 11.8).

These are the rules of ``inside.dataflow`` before a run, when only types may be known. So each
answers with everything that may come, and all of it has to fit.
"""

from collections.abc import Iterator, Mapping

from noether_nix.graph.items import of_field
from noether_nix.graph.picking import step_into
from noether_nix.graph.port import Port
from noether_nix.graph.problems import shown
from noether_nix.graph.produced import (
    Gathered,
    Literal,
    Produced,
    Typed,
    is_object,
    unrefined,
    variants,
)
from noether_nix.inside.contract import Json
from noether_nix.types.model import ANY, AnyType, OpenRecordType, RecordType, VarType


def take(name: str, produced: Produced) -> tuple[Produced, ...]:
    """What the branch ``name`` of a Parallel may get: the field of that name, else the whole.

    Two answers where the field is optional, several where the type is a union.
    """
    match produced:
        case Literal(dict() as value, giver) if name in value:
            return (Literal(value[name], of_field(name, giver)),)
        case Gathered() if name in produced.fields:
            part = produced.fields[name]
            if name not in produced.optional:
                return (part,)
            rest = {other: one for other, one in produced.fields.items() if other != name}
            whole = Gathered(rest, produced.giver, produced.optional, produced.is_closed)
            return (part, whole)
        case Gathered(_, giver) if produced.is_unknown:
            return (Typed(ANY, giver),)
        case Typed():
            parts = variants(produced)
            taken = [_take_typed(name, part) for part in parts]
            if all(one == (part,) for one, part in zip(taken, parts, strict=True)):
                return (produced,)
            return tuple(one for several in taken for one in several)
        case _:
            return (produced,)


def _take_typed(name: str, produced: Typed) -> tuple[Produced, ...]:
    whole, giver = unrefined(produced.type), produced.giver
    own = whole.field(name) if isinstance(whole, RecordType | OpenRecordType) else None
    if not isinstance(whole, RecordType | OpenRecordType) or own is None:
        return (produced,)
    part = Typed(own.type, of_field(name, giver))
    if not own.optional:
        return (part,)
    without = tuple(other for other in whole.fields if other.name != name)
    return (part, Typed(RecordType(without), f"{giver} without {shown(name)}"))


def part_of(name: str, produced: Produced) -> tuple[Produced, ...]:
    """What the source ``name`` of a Merge gets: the field, null if there is none, or the whole."""
    found: list[Produced] = []
    for one in variants(produced):
        step = step_into(name, one)
        if step is None:
            found.append(one)
            continue
        if step.part is not None:
            found.append(step.part)
        if step.part is None or step.may_be_absent:
            found.append(Literal(None, of_field(name, one.giver)))
    return tuple(found)


def configured(produced: Produced, port: Port, config: Mapping[str, Json]) -> Iterator[Produced]:
    """What a stage may get with the fields of its node's config."""
    given = {name: Literal(value, "config") for name, value in config.items()}
    for one in variants(produced):
        if not config:
            yield one
        elif is_object(one):
            yield from overlay(one, given, one.giver)
        else:
            single = {} if port.single is None else {port.single.name: one}
            yield Gathered({**single, **given}, one.giver)


def overlay(under: Produced, over: Mapping[str, Produced], giver: str) -> tuple[Produced, ...]:
    """What the body of a Let may get: the fields of ``under``, if an object, below ``over``.

    Several answers where the type is a union.
    """
    return tuple(_overlay(part, over, giver) for part in variants(under))


def _overlay(under: Produced, over: Mapping[str, Produced], giver: str) -> Gathered:
    if isinstance(under, Typed):
        under = Typed(unrefined(under.type), under.giver)
    match under:
        case Gathered():
            optional = under.optional - over.keys()
            fields = {**under.fields, **over}
            return Gathered(fields, giver, optional, under.is_closed, under.is_unknown)
        case Literal(dict() as value, source):
            parts = {name: Literal(item, of_field(name, source)) for name, item in value.items()}
            return Gathered({**parts, **over}, giver)
        case Typed(RecordType() | OpenRecordType() as whole, source):
            named = {one.name: Typed(one.type, of_field(one.name, source)) for one in whole.fields}
            optional = frozenset(one.name for one in whole.fields if one.optional) - over.keys()
            return Gathered({**named, **over}, giver, optional, is_closed=False)
        case Typed(AnyType() | VarType(), _):
            return Gathered(over, giver, is_closed=False, is_unknown=True)
        case _:
            return Gathered(over, giver, is_closed=not is_object(under))
