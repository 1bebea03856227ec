"""The widest type that satisfies two demands at once."""

import itertools

from noether_nix.types.implication import implies
from noether_nix.types.model import (
    AnyType,
    Field,
    ListType,
    MapType,
    OpenRecordType,
    RecordType,
    RefinedType,
    StreamType,
    Type,
    UnionType,
    VarType,
    admits_null,
    union,
)
from noether_nix.types.refinement import Refinement


def meet(first: Type, second: Type) -> Type | None:
    """The greatest type that fits both, or ``None`` when there is none.

    A record has the fields of both. Lists whose items have nothing in common have no meet,
    though the empty list is of either type: nobody who wires them together means that. Any and
    a variable demand nothing.
    """
    match first, second:
        case _ if first == second:
            return first
        case ((AnyType() | VarType()), _):
            return second
        case _, (AnyType() | VarType()):
            return first
        case (UnionType(), _) | (_, UnionType()):
            return _meet_variants(first, second)
        case RefinedType(base, refinement), _:
            return _refined(meet(base, second), refinement)
        case _, RefinedType(base, refinement):
            return _refined(meet(first, base), refinement)
        case _:
            return _meet_plain(first, second)


def _meet_plain(first: Type, second: Type) -> Type | None:
    match first, second:
        case ((RecordType() | OpenRecordType()), (RecordType() | OpenRecordType())):
            return _meet_records(first, second)
        case MapType(key, value), MapType(other_key, other_value):
            keys, values = meet(key, other_key), meet(value, other_value)
            return None if keys is None or values is None else MapType(keys, values)
        case ListType(item), ListType(other):
            inner = meet(item, other)
            return None if inner is None else ListType(inner)
        case StreamType(item), StreamType(other):
            inner = meet(item, other)
            return None if inner is None else StreamType(inner)
        case _:
            return None


def _meet_variants(first: Type, second: Type) -> Type | None:
    pairs = itertools.product(_variants(first), _variants(second))
    found = [inner for one, other in pairs if (inner := meet(one, other)) is not None]
    return union(*found) if found else None


def _variants(whole: Type) -> tuple[Type, ...]:
    return whole.variants if isinstance(whole, UnionType) else (whole,)


def _refined(inner: Type | None, refinement: Refinement) -> Type | None:
    if inner is None or implies(inner, refinement):
        return inner
    return RefinedType(inner, refinement)


def _meet_records(
    first: RecordType | OpenRecordType, second: RecordType | OpenRecordType
) -> Type | None:
    found = {field.name: field for field in first.fields}
    for field in second.fields:
        own = found.get(field.name)
        if own is None:
            found[field.name] = field
            continue
        inner = meet(own.type, field.type)
        absent = own.may_be_absent and field.may_be_absent
        if inner is not None:
            # What admits null may be absent anyway: one way to say so is enough.
            both_optional = own.optional and field.optional
            optional = absent and (both_optional or not admits_null(inner))
            found[field.name] = Field(field.name, inner, optional=optional)
        elif absent:
            del found[field.name]
        else:
            return None
    fields = tuple(found[name] for name in sorted(found))
    for whole in (first, second):
        if isinstance(whole, OpenRecordType):
            return OpenRecordType(fields, whole.rest)
    return RecordType(fields)
