"""The kinds of type that an input or output can have, as values.

A type in hand is always in normal form: unions flat, sorted and without doubles, fields
sorted by name. So equal types are equal values, print and hash the same. Nothing here knows
how a type is written down (``text``, ``document``) or when one fits another (``fits``).
"""

import itertools
from bisect import bisect_left
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeAlias

from noether_nix.errors import InternalError
from noether_nix.frozen import dataclass
from noether_nix.inside.contract import MAX_DEPTH
from noether_nix.types.refinement import Refinement, refinement_key

# An open record is three levels of JSON, so a type of this depth can still be written down as
# a value inside another document, and no reader of types runs out of stack.
MAX_TYPE_DEPTH = MAX_DEPTH // 4


@dataclass(frozen=True, slots=True)
class AnyType:
    """Every value; fits everything and everything fits it."""


@dataclass(frozen=True, slots=True)
class BoolType:
    """``true`` or ``false``."""


@dataclass(frozen=True, slots=True)
class BytesType:
    """Bytes, carried as text (base-64 by custom)."""


@dataclass(frozen=True, slots=True)
class ListType:
    """A list whose items are all of one type."""

    item: "Type"


@dataclass(frozen=True, slots=True)
class MapType:
    """An object with any keys, whose values are all of one type."""

    key: "Type"
    value: "Type"


@dataclass(frozen=True, slots=True)
class NullType:
    """Only ``null``."""


@dataclass(frozen=True, slots=True)
class NumberType:
    """A number, whole or not."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record; an ``optional`` one may be absent and is of ``type`` when present."""

    name: str
    type: "Type"
    optional: bool = False

    @property
    def may_be_absent(self) -> bool:
        """Whether a value may lack the field: it is optional or its type admits null."""
        return self.optional or admits_null(self.type)


@dataclass(frozen=True, slots=True)
class RecordType:
    """An object with at least these fields; make one with :func:`record`."""

    fields: tuple[Field, ...]

    def __post_init__(self) -> None:
        _check_fields(self.fields)

    def field(self, name: str) -> Field | None:
        """The field of that name, if the record has one."""
        return _find_field(self.fields, name)


@dataclass(frozen=True, slots=True)
class StreamType:
    """Items that arrive one after the other; only declared, no value has this type."""

    item: "Type"


@dataclass(frozen=True, slots=True)
class TextType:
    """A text."""


@dataclass(frozen=True, slots=True)
class UnionType:
    """One of at least two types; make one with :func:`union`."""

    variants: "tuple[Type, ...]"

    def __post_init__(self) -> None:
        keys = [*map(_sort_key(self.variants), self.variants)]
        nested = any(isinstance(variant, UnionType) for variant in self.variants)
        if len(keys) < 2 or nested or any(a >= b for a, b in itertools.pairwise(keys)):
            raise InternalError("a union was made without union(): it is not in normal form")


@dataclass(frozen=True, slots=True)
class VNodeType:
    """An opaque node of a user interface."""


@dataclass(frozen=True, slots=True)
class VarType:
    """A type variable."""

    name: str


@dataclass(frozen=True, slots=True)
class OpenRecordType:
    """A record whose other fields are named by the variable ``rest``."""

    fields: tuple[Field, ...]
    rest: str

    def __post_init__(self) -> None:
        _check_fields(self.fields)

    def field(self, name: str) -> Field | None:
        """The field of that name, if the record names one."""
        return _find_field(self.fields, name)


@dataclass(frozen=True, slots=True)
class RefinedType:
    """Those values of ``base`` for which ``refinement`` holds."""

    base: "Type"
    refinement: Refinement


Type: TypeAlias = (
    AnyType
    | BoolType
    | BytesType
    | ListType
    | MapType
    | NullType
    | NumberType
    | RecordType
    | StreamType
    | TextType
    | UnionType
    | VNodeType
    | VarType
    | OpenRecordType
    | RefinedType
)

ANY = AnyType()
BOOL = BoolType()
BYTES = BytesType()
NULL = NullType()
NUMBER = NumberType()
TEXT = TextType()
VNODE = VNodeType()

list_of, map_of = ListType, MapType

# The words of types that are a word and nothing else, in text and in JSON.
PLAIN_TYPES: Mapping[str, Type] = {
    "Any": ANY,
    "Bool": BOOL,
    "Bytes": BYTES,
    "Null": NULL,
    "Number": NUMBER,
    "Text": TEXT,
    "VNode": VNODE,
}
PLAIN_NAMES: Mapping[Type, str] = {plain: name for name, plain in PLAIN_TYPES.items()}


def union(*variants: Type) -> Type:
    """The type of what is of one of ``variants``: flat, sorted, without doubles.

    No variant at all gives Null, one gives itself.
    """
    flat: dict[Type, None] = {}
    for variant in variants:
        inner = variant.variants if isinstance(variant, UnionType) else (variant,)
        flat.update(dict.fromkeys(inner))
    several = tuple(sorted(flat, key=_sort_key(flat)))
    if len(several) < 2:
        return several[0] if several else NULL
    return UnionType(several)


def nullable(inner: Type) -> Type:
    """``inner`` or Null."""
    return union(inner, NULL)


def record(
    required: Mapping[str, Type] | None = None, *, optional: Mapping[str, Type] | None = None
) -> RecordType:
    """A record with these fields, in whatever order they are given."""
    return RecordType(_fields(required or {}, optional or {}))


def open_record(
    required: Mapping[str, Type], rest: str, *, optional: Mapping[str, Type] | None = None
) -> OpenRecordType:
    """A record with these fields and others named by the variable ``rest``."""
    return OpenRecordType(_fields(required, optional or {}), rest)


def admits_null(inner: Type) -> bool:
    """Whether a field of this type may be absent (reference/noether.md 1.3, rule 7)."""
    match inner:
        case NullType() | AnyType() | VarType():
            return True
        case UnionType(variants):
            return any(admits_null(variant) for variant in variants)
        case _:
            return False


def parts(whole: Type) -> tuple[Type, ...]:
    """The types that ``whole`` is directly made of."""
    match whole:
        case ListType(item) | StreamType(item):
            return (item,)
        case MapType(key, value):
            return (key, value)
        case RecordType(fields) | OpenRecordType(fields, _):
            return tuple(field.type for field in fields)
        case UnionType(variants):
            return variants
        case RefinedType(base, _):
            return (base,)
        case _:
            return ()


def _sort_key(variants: Collection[Type]) -> Callable[[Type], Any]:
    """What sorts as :func:`order_key`; of different kinds, that can be large, the kind alone."""
    ranks = {_RANKS[type(one)] for one in variants}
    return order_key if len(ranks) < len(variants) else lambda one: _RANKS[type(one)]


def order_key(inner: Type) -> tuple[object, ...]:
    """What unions are sorted by: the kind, then the content (reference/noether.md 1.1)."""
    rank = _RANKS[type(inner)]
    match inner:
        case RecordType(fields):
            return (rank, *_fields_key(fields))
        case OpenRecordType(fields, rest):
            named, optional = _fields_key(fields)
            return (rank, named, rest, optional)
        case RefinedType(base, refinement):
            return (rank, order_key(base), refinement_key(refinement))
        case VarType(name):
            return (rank, name)
        case UnionType(variants):
            return (rank, tuple(order_key(variant) for variant in variants))
        case _:
            return (rank, *(order_key(part) for part in parts(inner)))


_RANKS: Mapping[type, int] = {kind: rank for rank, kind in enumerate(Type.__args__)}


def _fields_key(fields: tuple[Field, ...]) -> tuple[object, object]:
    named = tuple((field.name, order_key(field.type)) for field in fields)
    return named, tuple(field.name for field in fields if field.optional)


def _fields(required: Mapping[str, Type], optional: Mapping[str, Type]) -> tuple[Field, ...]:
    both = [Field(name, inner) for name, inner in required.items()]
    both += [Field(name, inner, optional=True) for name, inner in optional.items()]
    return tuple(sorted(both, key=lambda field: field.name))


def _find_field(fields: tuple[Field, ...], name: str) -> Field | None:
    """The field of that name; they are sorted by it, and there may be thousands."""
    at = bisect_left(fields, name, key=lambda field: field.name)
    return fields[at] if at < len(fields) and fields[at].name == name else None


def _check_fields(fields: tuple[Field, ...]) -> None:
    if any(a.name >= b.name for a, b in itertools.pairwise(fields)):
        raise InternalError("a record was made with fields that are unsorted or stand twice")
