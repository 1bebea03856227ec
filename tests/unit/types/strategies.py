"""Types and values for the laws of this room."""

import math
from collections.abc import Mapping

from hypothesis import strategies as st

from noether_nix.inside.contract import Json
from noether_nix.types.model import (
    ANY,
    BOOL,
    BYTES,
    NULL,
    NUMBER,
    PLAIN_TYPES,
    TEXT,
    VNODE,
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
    record,
    union,
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
    one_of,
)
from noether_nix.types.traversal import walk
from noether_nix.types.validate import validator

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
names = st.sampled_from(["a", "b", "c", "note", "_x9"]) | texts
variables = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,4}", fullmatch=True)
numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)

json_values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)
options = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=2),
    max_leaves=4,
)


@st.composite
def ranges(draw: st.DrawFn) -> Range:
    low, high = draw(st.none() | numbers), draw(st.none() | numbers)
    if low is not None and high is not None and low > high:
        low, high = high, low
    return Range(low, high)


# Patterns that Python's own regular expressions read in the same way.
patterns: st.SearchStrategy[str] = st.recursive(
    st.sampled_from(["a", "b", "[ab]", "[^a]", "\\d", "\\.", "é", "[a-z0-9_-]", ""]),
    lambda inner: (
        st.tuples(inner, inner).map("".join)
        | st.tuples(inner, inner).map(lambda both: f"(?:{both[0]}|{both[1]})")
        | st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{0,2}", "{1,}"])).map(
            lambda both: f"({both[0]}){both[1]}"
        )
    ),
    max_leaves=5,
)
lengths = st.integers(0, 3)
_exact: list[Refinement] = [NonEmpty(), Integer()]
refinements: st.SearchStrategy[Refinement] = st.one_of(
    ranges(),
    st.sampled_from(_exact),
    st.lists(options, min_size=1, max_size=3).map(one_of),
    lengths.map(MinLength),
    lengths.map(MaxLength),
    patterns.map(Pattern),
)


def fields_of(inner: st.SearchStrategy[Type]) -> st.SearchStrategy[tuple[Field, ...]]:
    members = st.dictionaries(names, st.tuples(inner, st.booleans()), max_size=4)
    return members.map(as_fields)


def as_fields(members: Mapping[str, tuple[Type, bool]]) -> tuple[Field, ...]:
    return tuple(Field(name, *members[name]) for name in sorted(members))


def _composites(inner: st.SearchStrategy[Type]) -> st.SearchStrategy[Type]:
    return (
        inner.map(ListType)
        | st.builds(MapType, st.just(TEXT), inner)
        | fields_of(inner).map(RecordType)
        | st.lists(inner, min_size=1, max_size=3).map(lambda variants: union(*variants))
    )


def _all_composites(inner: st.SearchStrategy[Type]) -> st.SearchStrategy[Type]:
    return (
        _composites(inner)
        | inner.map(StreamType)
        | st.builds(MapType, inner, inner)
        | st.builds(OpenRecordType, fields_of(inner), variables)
        | st.builds(RefinedType, inner, refinements)
    )


# Every type there is.
_plain_types: st.SearchStrategy[Type] = st.sampled_from(list(PLAIN_TYPES.values()))
_variables: st.SearchStrategy[Type] = variables.map(VarType)
types: st.SearchStrategy[Type] = st.recursive(
    _plain_types | _variables, _all_composites, max_leaves=8
)

refined_types: st.SearchStrategy[Type] = (
    st.builds(RefinedType, st.just(NUMBER), st.just(Range(0, 9)) | ranges())
    | st.builds(RefinedType, st.sampled_from([TEXT, ListType(BOOL)]), st.just(NonEmpty()))
    | st.just(RefinedType(union(NULL, TEXT), one_of([None, "a", ""])))
    | st.just(RefinedType(RefinedType(NUMBER, Range(0, 9)), one_of([1, 2.5, 3])))
    | st.builds(
        lambda low, span: RefinedType(RefinedType(NUMBER, Integer()), Range(low, low + span)),
        st.integers(-3, 3) | st.floats(-3, 3),
        st.integers(1, 9),
    )
    | st.builds(
        RefinedType,
        st.sampled_from([TEXT, BYTES, ListType(BOOL), MapType(TEXT, NULL)]),
        lengths.map(MinLength) | lengths.map(MaxLength),
    )
    | st.builds(RefinedType, st.just(TEXT), patterns.map(Pattern))
    | st.just(RefinedType(RefinedType(TEXT, MinLength(1)), MaxLength(2)))
)

# Types without Any and variables, of which values can be made.
_closed_leaves: list[Type] = [BOOL, BYTES, NULL, NUMBER, TEXT, VNODE]
closed_types: st.SearchStrategy[Type] = st.recursive(
    st.sampled_from(_closed_leaves) | refined_types, _composites, max_leaves=8
)


def _strict_composites(inner: st.SearchStrategy[Type]) -> st.SearchStrategy[Type]:
    certain = inner.filter(lambda whole: not admits_null(whole))
    fields = st.dictionaries(names, certain, max_size=3)
    return (
        inner.map(ListType)
        | st.builds(MapType, st.just(TEXT), inner)
        | fields.map(record)
        | st.lists(inner, min_size=1, max_size=3).map(lambda variants: union(*variants))
    )


# Closed types in which no field may be absent.
strict_types: st.SearchStrategy[Type] = st.recursive(
    st.sampled_from(_closed_leaves) | refined_types, _strict_composites, max_leaves=6
)


# Types with the variables T and S, and open records with the rest R, as signatures have them.
generic_types: st.SearchStrategy[Type] = st.recursive(
    st.sampled_from([VarType("T"), VarType("S"), NUMBER, TEXT]),
    lambda inner: (
        inner.map(ListType)
        | st.builds(MapType, st.just(TEXT), inner)
        | fields_of(inner).map(RecordType)
        | st.builds(OpenRecordType, fields_of(inner), st.just("R"))
    ),
    max_leaves=5,
)


def is_strict(whole: Type) -> bool:
    records = (one for one in walk(whole) if isinstance(one, RecordType))
    return not any(field.may_be_absent for one in records for field in one.fields)


@st.composite
def relatives(draw: st.DrawFn, whole: Type, others: st.SearchStrategy[Type]) -> Type:
    """A type made from ``whole`` by small changes, so that the two often fit."""
    change = draw(st.integers(0, 11))
    if change == 0:
        return union(whole, draw(others))
    if change == 1:
        return draw(others)
    match whole:
        case RefinedType(base, refinement) if change < 9:
            if change < 3:
                return base
            if change < 6:
                return RefinedType(base, draw(kin(refinement)))
            return RefinedType(draw(relatives(base, others)), refinement)
        case UnionType(variants) if change < 6:
            return union(*draw(st.lists(st.sampled_from(variants), min_size=1)))
        case RecordType(fields):
            return RecordType(_changed_fields(draw, fields, others))
        case ListType(item):
            return ListType(draw(relatives(item, others)))
        case MapType(key, value):
            return MapType(key, draw(relatives(value, others)))
        case _:
            return whole


@st.composite
def kin(draw: st.DrawFn, refinement: Refinement) -> Refinement:
    """A refinement like another one, which often implies it or is implied by it."""
    near: list[Refinement] = [refinement, MinLength(1), NonEmpty(), Integer()]
    match refinement:
        case Range(low, high):
            near = [Range(), Range(low), Range(None, high), Integer(), draw(ranges())]
        case OneOf():
            some = draw(st.lists(st.sampled_from(refinement.values), min_size=1))
            near = [one_of(some), NonEmpty(), MaxLength(1), Range(0, 9)]
        case MinLength(length) | MaxLength(length):
            near = [MinLength(max(length - 1, 0)), MaxLength(length + 1), MinLength(0), NonEmpty()]
        case _:
            pass
    return draw(st.sampled_from(near))


def _changed_fields(
    draw: st.DrawFn, fields: tuple[Field, ...], others: st.SearchStrategy[Type]
) -> tuple[Field, ...]:
    members: dict[str, tuple[Type, bool]] = {}
    if draw(st.booleans()):
        members[draw(names)] = (draw(others), draw(st.booleans()))
    for field in fields:
        match draw(st.integers(0, 5)):
            case 0:
                pass
            case 1 | 2:
                members[field.name] = (draw(relatives(field.type, others)), field.optional)
            case 3:
                members[field.name] = (field.type, not field.optional)
            case _:
                members[field.name] = (field.type, field.optional)
    return as_fields(members)


def pairs(of: st.SearchStrategy[Type]) -> st.SearchStrategy[tuple[Type, Type]]:
    """Two types that have much in common; most are records, where most can go wrong."""
    shared = fields_of(of).map(RecordType) | of
    return shared.flatmap(lambda whole: st.tuples(relatives(whole, of), relatives(whole, of)))


def chains(of: st.SearchStrategy[Type]) -> st.SearchStrategy[tuple[Type, Type, Type]]:
    """Three types, each made from the one before; strict ones stay so."""

    def three(whole: Type) -> st.SearchStrategy[tuple[Type, Type, Type]]:
        return relatives(whole, of).flatmap(
            lambda other: st.tuples(st.just(whole), st.just(other), relatives(other, of))
        )

    found = of.flatmap(three)
    if of is strict_types:
        return found.filter(lambda chain: all(map(is_strict, chain)))
    return found


def values_of(whole: Type) -> st.SearchStrategy[Json]:
    """Values of a closed type with the fields that it names and no others."""
    match whole:
        case ListType(item):
            return st.lists(values_of(item), max_size=3)
        case MapType(_, value):
            return st.dictionaries(names, values_of(value), max_size=3)
        case RecordType(fields):
            return _records(fields)
        case UnionType(variants):
            return st.one_of([values_of(variant) for variant in variants])
        case RefinedType(base, refinement):
            return _refined_values(base, refinement).filter(
                lambda value: validator(whole)(value) is None
            )
        case plain:
            return _PLAIN_VALUES[plain]


_PLAIN_VALUES: Mapping[Type, st.SearchStrategy[Json]] = {
    ANY: json_values,
    BOOL: st.booleans(),
    BYTES: texts,
    NULL: st.none(),
    NUMBER: st.integers() | numbers,
    TEXT: texts,
    VNODE: st.dictionaries(names, st.integers(), max_size=2),
}


def _records(fields: tuple[Field, ...]) -> st.SearchStrategy[Json]:
    needed = {f.name: values_of(f.type) for f in fields if not f.may_be_absent}
    other = {f.name: values_of(f.type) for f in fields if f.may_be_absent}
    return st.fixed_dictionaries(needed, optional=other).map(dict)


def _refined_values(base: Type, refinement: Refinement) -> st.SearchStrategy[Json]:
    match refinement:
        case OneOf():
            return st.sampled_from(refinement.values)
        case Range(low, high) if base == NUMBER:
            whole = math.ceil(low) if low is not None else None
            bound = math.floor(high) if high is not None else None
            floats = st.floats(low, high, allow_nan=False, allow_infinity=False)
            if whole is None or bound is None or whole <= bound:
                return floats | st.integers(whole, bound)
            return floats
        case Pattern(pattern):
            return st.from_regex(pattern, fullmatch=True) if base == TEXT else values_of(base)
        case MinLength(length) if base in (TEXT, BYTES):
            return st.text(st.characters(exclude_categories=["Cs"]), min_size=length, max_size=6)
        case Integer() if base == NUMBER:
            return st.integers() | st.integers(-(2**53), 2**53).map(float)
        case Range(low, high) if base == RefinedType(NUMBER, Integer()):
            least, most = (None if x is None else math.floor(x) for x in (low, high))
            return st.integers(least, most)
        case _:
            return values_of(base)
