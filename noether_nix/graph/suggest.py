"""The Project that makes what is given fit what is taken, ready to be pasted into a graph."""

import json
from collections.abc import Mapping

from noether_nix.errors import TypeUnsupportedError
from noether_nix.frozen import dataclass
from noether_nix.graph.picking import known_fields
from noether_nix.graph.produced import Literal, Produced, Typed, difference, unrefined
from noether_nix.graph.projection import ConstRule, FieldRule, PickRule, write_fields
from noether_nix.inside.contract import Json
from noether_nix.stage.problems import nearest
from noether_nix.types.fits import fits
from noether_nix.types.model import (
    AnyType,
    BoolType,
    BytesType,
    Field,
    ListType,
    MapType,
    NumberType,
    OpenRecordType,
    RecordType,
    TextType,
    Type,
    UnionType,
    VarType,
)
from noether_nix.types.validate import validator

_MAX_CHARS = 600
_MAX_ITEMS = 100


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A Project node as JSON text; it ``invents`` when values stand in it that nothing gives."""

    project: str
    invents: bool = False


def suggest_project(produced: Produced, expected: Type) -> Suggestion | None:
    """A Project that would do, or None where none would or it would be too long.

    Fields that nothing gives stand in it as constants, to be filled in.
    """
    whole = unrefined(expected)
    given = known_fields(produced)
    if not isinstance(whole, RecordType | OpenRecordType):
        return _suggest_part(given or {}, expected)
    free = {} if given is None else {k: v for k, v in given.items() if whole.field(k) is None}
    rules: dict[str, FieldRule] = {}
    alone = len(missing_fields(produced, expected)) == 1
    for field in whole.fields:
        rule = _rule_for(field, produced, given, free, alone=alone)
        if rule is None and not field.may_be_absent:
            return None
        if rule is not None:
            rules[field.name] = rule
    text = json.dumps({"op": "Project", "fields": write_fields(rules)}, ensure_ascii=False)
    if not rules or len(text) > _MAX_CHARS or not text.isprintable():
        return None
    return Suggestion(text, any(map(_invents, rules.values())))


def _invents(rule: FieldRule) -> bool:
    return isinstance(rule, ConstRule) or (isinstance(rule, PickRule) and bool(rule.default))


def _suggest_part(given: Mapping[str, Produced], expected: Type) -> Suggestion | None:
    """The Project that takes the one field that fits, if there is just one."""
    fitting = [name for name, one in given.items() if difference(one, expected) is None]
    if len(fitting) != 1:
        return None
    text = json.dumps({"op": "Project", "from": fitting[0]}, ensure_ascii=False)
    return Suggestion(text) if text.isprintable() else None


def items_fit(produced: Produced, expected: Type) -> bool:
    """Whether what is taken is not what is given, but every item of it."""
    if isinstance(produced, Literal):
        items = produced.value if isinstance(produced.value, list) else []
        return bool(items) and all(
            difference(Literal(item, ""), expected) is None for item in items[:_MAX_ITEMS]
        )
    whole = unrefined(produced.type) if isinstance(produced, Typed) else None
    match whole:
        case ListType(item) | MapType(_, item) if not isinstance(item, AnyType | VarType):
            return fits(item, expected) is None
        case _:
            return False


def missing_fields(produced: Produced, expected: Type) -> list[str]:
    """The fields that have to be there and are not given."""
    whole, given = unrefined(expected), known_fields(produced)
    if not isinstance(whole, RecordType | OpenRecordType) or given is None:
        return []
    needed = (field.name for field in whole.fields if not field.may_be_absent)
    return [name for name in needed if name not in given]


def _rule_for(
    field: Field,
    produced: Produced,
    given: Mapping[str, Produced] | None,
    free: Mapping[str, Produced],
    *,
    alone: bool,
) -> FieldRule | None:
    if given is None:
        fits_whole = difference(produced, field.type) is None
        return PickRule(()) if fits_whole else _sample(field.type)
    if field.name in given:
        is_fitting = difference(given[field.name], field.type) is None
        return PickRule((field.name,)) if is_fitting else _sample(field.type)
    absent = _absent_field(field.name, produced)
    if absent is not None and fits(absent, field.type) is None:
        filled = _sample(field.type)
        return None if filled is None else PickRule((field.name,), (filled.value,))
    fitting = [name for name, one in free.items() if difference(one, field.type) is None]
    near = nearest(field.name, fitting)
    if near is not None:
        return PickRule((near,))
    if field.may_be_absent:
        return None
    # One field is wanted and one is left that fits: most probably they are the same.
    return PickRule((fitting[0],)) if alone and len(fitting) == 1 else _sample(field.type)


def _absent_field(name: str, produced: Produced) -> Type | None:
    """The type of a field that may be absent."""
    whole = unrefined(produced.type) if isinstance(produced, Typed) else None
    if isinstance(whole, RecordType | OpenRecordType):
        field = whole.field(name)
        return None if field is None else field.type
    return None


def _sample(whole: Type) -> ConstRule | None:
    try:
        check = validator(whole)
    except TypeUnsupportedError:
        return None  # there is a Stream in it
    return next((ConstRule(value) for value in _samples(whole) if check(value) is None), None)


def _samples(whole: Type) -> tuple[Json, ...]:
    """Values to be tried, the plainest first; a refinement may refuse them all."""
    match unrefined(whole):
        case TextType() | BytesType():
            return ("", "…")
        case NumberType():
            return (0, 1)
        case BoolType():
            return (False,)
        case ListType():
            return ([],)
        case MapType():
            return ({},)
        case UnionType(variants):
            return (None, *(value for one in variants for value in _samples(one)))
        case RecordType(fields):
            needed = (one for one in fields if not one.may_be_absent)
            filled = {one.name: _sample(one.type) for one in needed}
            return ({name: rule.value for name, rule in filled.items() if rule is not None},)
        case _:
            return (None,)
