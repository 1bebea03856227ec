"""The normal form of types."""

import pytest

from noether_nix.errors import InternalError
from noether_nix.types.model import (
    ANY,
    BOOL,
    BYTES,
    NULL,
    NUMBER,
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
    nullable,
    open_record,
    record,
    union,
)
from noether_nix.types.refinement import NonEmpty, Range, one_of

# The order of kinds of reference/noether.md 1.1, and behind it the order by content.
ORDERED: list[Type] = [
    ANY,
    BOOL,
    BYTES,
    ListType(ANY),
    ListType(TEXT),
    MapType(TEXT, ANY),
    MapType(TEXT, NULL),
    NULL,
    NUMBER,
    record({}),
    record({"a": NULL}),
    record({}, optional={"a": NULL}),
    record({"a": NULL, "b": ANY}),
    record({"a": TEXT}),
    record({"b": ANY}),
    StreamType(TEXT),
    TEXT,
    VNODE,
    VarType("A"),
    VarType("a"),
    open_record({}, "R"),
    open_record({}, "S"),
    RefinedType(NUMBER, one_of([1])),
    RefinedType(NUMBER, Range(0, 10)),
    RefinedType(NUMBER, Range(1, 2)),
    RefinedType(TEXT, NonEmpty()),
]


def test_the_variants_of_a_union_stand_in_the_order_of_the_reference() -> None:
    assert union(*reversed(ORDERED)) == UnionType(tuple(ORDERED))


@pytest.mark.parametrize(
    ("variants", "normal"),
    [
        pytest.param((), NULL, id="none at all is Null"),
        pytest.param((TEXT,), TEXT, id="one is itself"),
        pytest.param((TEXT, TEXT), TEXT, id="one twice"),
        pytest.param((TEXT, NULL), UnionType((NULL, TEXT)), id="sorted"),
        pytest.param((union(TEXT, NULL), NULL), UnionType((NULL, TEXT)), id="flat"),
        pytest.param((ANY, TEXT), UnionType((ANY, TEXT)), id="Any takes nothing in"),
    ],
)
def test_a_union_is_brought_to_its_normal_form(variants: tuple[Type, ...], normal: Type) -> None:
    assert union(*variants) == normal


@pytest.mark.parametrize(
    "variants",
    [
        pytest.param((), id="empty"),
        pytest.param((TEXT,), id="alone"),
        pytest.param((TEXT, NULL), id="unsorted"),
        pytest.param((TEXT, TEXT), id="twice"),
        pytest.param((NULL, UnionType((NUMBER, TEXT))), id="nested"),
    ],
)
def test_a_union_that_is_not_normal_cannot_be_made(variants: tuple[Type, ...]) -> None:
    with pytest.raises(InternalError, match="normal form"):
        UnionType(variants)


def test_fields_are_sorted_by_name_whoever_gives_them() -> None:
    whole = record({"b": TEXT, "Z": NULL}, optional={"a": NUMBER})

    assert whole.fields == (Field("Z", NULL), Field("a", NUMBER, optional=True), Field("b", TEXT))


@pytest.mark.parametrize("names", [("b", "a"), ("a", "a")], ids=["unsorted", "twice"])
def test_a_record_that_is_not_normal_cannot_be_made(names: tuple[str, ...]) -> None:
    fields = tuple(Field(name, TEXT) for name in names)

    for make in (lambda: RecordType(fields), lambda: OpenRecordType(fields, "R")):
        with pytest.raises(InternalError, match="unsorted or stand twice"):
            make()


def test_a_name_that_is_required_and_optional_at_once_is_refused() -> None:
    with pytest.raises(InternalError):
        record({"a": TEXT}, optional={"a": TEXT})


def test_a_record_finds_its_fields() -> None:
    whole = open_record({"a": TEXT}, "R", optional={"b": NUMBER})

    assert whole.field("b") == Field("b", NUMBER, optional=True)
    assert whole.field("c") is None


@pytest.mark.parametrize(
    ("whole", "admits"),
    [
        pytest.param(NULL, True, id="Null"),
        pytest.param(ANY, True, id="Any"),
        pytest.param(VarType("T"), True, id="a variable"),
        pytest.param(nullable(TEXT), True, id="a union with Null"),
        pytest.param(union(ANY, TEXT), True, id="a union with Any"),
        pytest.param(union(NUMBER, TEXT), False, id="a union without"),
        pytest.param(RefinedType(NULL, NonEmpty()), False, id="a refined Null"),
        pytest.param(ListType(NULL), False, id="a list of Null"),
    ],
)
def test_a_field_may_be_absent_when_its_type_admits_null(whole: Type, *, admits: bool) -> None:
    assert admits_null(whole) is admits
    assert Field("a", whole).may_be_absent is admits
    assert Field("a", whole, optional=True).may_be_absent
