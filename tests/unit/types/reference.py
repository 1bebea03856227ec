"""What it means that a value is of a type: written to be read, not to be fast."""

import re

from noether_nix.inside.contract import Json
from noether_nix.types.model import (
    AnyType,
    BoolType,
    BytesType,
    Field,
    ListType,
    MapType,
    NullType,
    NumberType,
    OpenRecordType,
    RecordType,
    RefinedType,
    StreamType,
    TextType,
    Type,
    UnionType,
    VarType,
    VNodeType,
)
from noether_nix.types.refinement import (
    Integer,
    MaxLength,
    MinLength,
    NonEmpty,
    OneOf,
    Pattern,
    Range,
    Refinement,
)


def is_of(value: Json, whole: Type) -> bool:  # noqa: C901 - one line a kind
    """Whether ``value`` is of the type ``whole``."""
    match whole:
        case AnyType() | VarType():
            return True
        case BoolType():
            return isinstance(value, bool)
        case BytesType() | TextType():
            return isinstance(value, str)
        case NullType():
            return value is None
        case NumberType():
            return is_number(value)
        case VNodeType():
            return isinstance(value, dict)
        case ListType(item):
            return isinstance(value, list) and all(is_of(one, item) for one in value)
        case MapType(key, inner):
            return isinstance(value, dict) and all(
                is_of(name, key) and is_of(one, inner) for name, one in value.items()
            )
        case RecordType(fields) | OpenRecordType(fields, _):
            return isinstance(value, dict) and all(has_field(value, field) for field in fields)
        case UnionType(variants):
            return any(is_of(value, variant) for variant in variants)
        case RefinedType(base, refinement):
            return is_of(value, base) and holds(refinement, value)
        case StreamType():
            return False


def has_field(value: dict[str, Json], field: Field) -> bool:
    if field.name in value:
        return is_of(value[field.name], field.type)
    return field.optional or may_be_null(field.type)


def may_be_null(whole: Type) -> bool:
    if isinstance(whole, UnionType):
        return any(may_be_null(variant) for variant in whole.variants)
    return isinstance(whole, NullType | AnyType | VarType)


def is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def holds(refinement: Refinement, value: Json) -> bool:
    match refinement:
        case Range(low, high):
            if isinstance(value, bool) or not isinstance(value, int | float):
                return False
            return (low is None or low <= value) and (high is None or value <= high)
        case Integer():
            return is_number(value) and value == int(value)  # type: ignore[arg-type]
        case OneOf():
            return any(same(value, option) for option in refinement.values)
        case NonEmpty():
            return isinstance(value, str | list | dict) and bool(value)
        case MinLength(length):
            return isinstance(value, str | list | dict) and len(value) >= length
        case MaxLength(length):
            return isinstance(value, str | list | dict) and len(value) <= length
        case Pattern(pattern):
            return isinstance(value, str) and re.fullmatch(pattern, value) is not None


def same(value: Json, other: Json) -> bool:
    """Whether JSON calls two values equal: 1 and 1.0, but not 1 and true."""
    if isinstance(value, list) and isinstance(other, list):
        return len(value) == len(other) and all(map(same, value, other))
    if isinstance(value, dict) and isinstance(other, dict):
        return value.keys() == other.keys() and all(same(value[k], other[k]) for k in value)
    return isinstance(value, bool) == isinstance(other, bool) and value == other
