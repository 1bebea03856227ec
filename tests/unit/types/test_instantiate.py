"""What variables stand for where a signature is used, and that every use is for itself."""

import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from noether_nix.types.fits import fits
from noether_nix.types.instantiate import demand, instantiate
from noether_nix.types.model import (
    MAX_TYPE_DEPTH,
    Field,
    OpenRecordType,
    RecordType,
    Type,
    VarType,
    union,
)
from noether_nix.types.text import parse_type, render_type
from noether_nix.types.traversal import nesting
from noether_nix.types.validate import validator
from noether_nix.types.variables import Row, Substitution, rename_apart, variables_of
from tests.unit.types.strategies import (
    closed_types,
    fields_of,
    generic_types,
    strict_types,
    values_of,
)


@pytest.mark.parametrize(
    ("taken", "given", "produced", "result"),
    [
        pytest.param("List<<T>>", "<T>", "List<List<Number>>", "List<Number>", id="head"),
        pytest.param("List<<T>>", "<T>", "List<<T>>", "<T>", id="another T flows in"),
        pytest.param("List<<T>>", "List<<T>>", "Any", "List<Any>", id="Any flows in"),
        pytest.param("<T>", "{ a: <T> }", "<T>", "Record { a: <T> }", id="a variable as a whole"),
        pytest.param(
            "{ left: <T>, right: <T> }",
            "List<<T>>",
            "{ left: { a: Number, b: Text }, right: { a: Number } }",
            "List<Record { a: Number } | Record { a: Number, b: Text }>",
            id="records of several widths",
        ),
        pytest.param(
            "{ list: List<<T>>, other: <S> }",
            "{ first: <T>, other: <S> }",
            "{ list: List<Text>, other: Null | Number, more: Bool }",
            "Record { first: Text, other: Null | Number }",
            id="two variables, and a field too many",
        ),
        pytest.param(
            "{ id: Number, ...<R> }",
            "{ id: Text, tag: Text, ...<R> }",
            "{ id: Number, a: Text, b?: Bool, tag: Null }",
            "Record { a: Text, b?: Bool, id: Text, tag: Text }",
            id="a row keeps the other fields, and named ones win",
        ),
        pytest.param(
            "{ id: Number, ...<R> }",
            "{ ...<R> }",
            "{ id: Number, a: Text } | { id: Number, a: Null, c: Bool }",
            "Record { a: Null | Text, c?: Bool }",
            id="a row of several records",
        ),
        pytest.param(
            "{ id: Number, ...<R> }",
            "{ tag: Text, ...<R> }",
            "{ id: Number, b: Bool, ...<Q> }",
            "Record { b: Bool, tag: Text, ...<Q> }",
            id="an open record flows in",
        ),
        pytest.param(
            "{ id: Number, ...<R> }", "{ tag: Text, ...<R> }", "Any", "Any", id="an unknown row"
        ),
        pytest.param(
            "List<{ ...<R> }>",
            "<R>",
            "List<{ a: Text }>",
            "Record { a: Text }",
            id="a row as a type",
        ),
        pytest.param(
            "{ value: Null | <T>, default: <T> }",
            "<T>",
            "{ value: Null | Text, default: Number }",
            "Number | Text",
            id="what is not null",
        ),
        pytest.param(
            "List<<T>> | <T>", "<T>", "List<Text> | Number", "Number | Text", id="what is no list"
        ),
        pytest.param(
            "Map<Text, <T>>", "<T>", "{ a: Number, b: Text }", "Number | Text", id="a map"
        ),
        pytest.param(
            "List<<T> & NonEmpty>",
            "<T>",
            "List<Text & MinLength(3)>",
            "Text & MinLength(3)",
            id="refinements are kept",
        ),
        pytest.param(
            "Text", "{ a: <T>, ...<R> }", "Text", "Record { a: <T> }", id="out of nothing"
        ),
        pytest.param("List<<T>>", "<T>", "Number", "<T>", id="what does not fit binds nothing"),
    ],
)
def test_what_comes_out_follows_from_what_goes_in(
    taken: str, given: str, produced: str, result: str
) -> None:
    _, out = instantiate(parse_type(taken), parse_type(given), parse_type(produced))

    assert render_type(out) == render_type(parse_type(result))


@pytest.mark.parametrize(
    ("taken", "produced"),
    [
        pytest.param("{ id: Number, ...<R> }", "List<Number>", id="a list"),
        pytest.param("{ ...<R> }", "Map<Text, Number>", id="a map"),
        pytest.param("{ ...<R> }", "Text | { a: Text }", id="perhaps a text"),
        pytest.param("{ a: { ...<R> } }", "{ a: Number }", id="a number within"),
        pytest.param("{ a: { ...<R> }, b: { ...<R> } }", "{ a: {}, b: Bool }", id="one of two"),
    ],
)
def test_what_is_no_record_flows_into_no_open_one(taken: str, produced: str) -> None:
    made, _ = instantiate(parse_type(taken), parse_type("{ ...<R> }"), parse_type(produced))

    assert fits(parse_type(produced), made) is not None


def test_head_after_head_takes_a_list_out_of_lists() -> None:
    taken, given = parse_type("List<<T>>"), parse_type("<T>")

    first = instantiate(taken, given, parse_type("List<List<Number>>"))[1]
    second = instantiate(taken, given, first)[1]

    assert render_type(second) == "Number"


@pytest.mark.parametrize(
    ("taken", "given", "wanted", "result"),
    [
        pytest.param("List<<T>>", "<T>", "Number", "List<Number>", id="head"),
        pytest.param("List<<T>>", "<T>", "List<<T>>", "List<List<<T>>>", id="head before head"),
        pytest.param("List<<T>>", "<T>", "Any", "List<<T>>", id="nothing is wanted"),
        pytest.param(
            "{ id: Number, ...<R> }",
            "{ tag: Text, ...<R> }",
            "{ tag: Text, x: Bool }",
            "Record { id: Number, x: Bool, ...<R> }",
            id="a field of the rest",
        ),
        pytest.param(
            "{ a: <T>, b: <T> }",
            "{ p: <T>, q: List<<T>> }",
            "{ p: { x: Text }, q: List<{ y: Text }> }",
            "Record { a: Record { x: Text, y: Text }, b: Record { x: Text, y: Text } }",
            id="wanted twice",
        ),
        pytest.param("<T>", "Null | <T>", "Null | Text", "Null | Text", id="a union"),
        pytest.param("<T>", "List<<T>>", "Text | List<Bool>", "Bool", id="the variant alike"),
        pytest.param("<T>", "Map<Text, <T>>", "Map<Text, Bool> & NonEmpty", "Bool", id="refined"),
        pytest.param("Text", "<T>", "Number", "Text", id="out of nothing"),
    ],
)
def test_what_must_go_in_follows_from_what_is_wanted(
    taken: str, given: str, wanted: str, result: str
) -> None:
    found = demand(parse_type(taken), parse_type(given), parse_type(wanted))

    assert render_type(found) == render_type(parse_type(result))


@st.composite
def uses(draw: st.DrawFn, of: st.SearchStrategy[Type]) -> tuple[Type, Type]:
    """A type with variables, and one that comes of it when something stands for them."""
    whole = draw(generic_types)
    types = {"T": draw(of), "S": draw(of)}
    row = Row(draw(fields_of(of)))
    return whole, Substitution(types, {"R": row}).apply_at(whole, 0)


@given(uses(closed_types))
def test_what_is_made_for_a_signature_fits_where_it_is_used(pair: tuple[Type, Type]) -> None:
    taken, produced = pair

    assert fits(produced, taken) is None
    assert fits(produced, instantiate(taken, taken, produced)[0]) is None


@given(uses(strict_types))
def test_what_goes_through_unchanged_keeps_its_type(pair: tuple[Type, Type]) -> None:
    taken, produced = pair

    out = instantiate(taken, taken, produced)[1]

    assert fits(produced, out) is None


@given(uses(closed_types).flatmap(lambda pair: st.tuples(st.just(pair), values_of(pair[1]))))
def test_a_value_that_goes_through_unchanged_is_of_what_comes_out(
    use: tuple[tuple[Type, Type], object],
) -> None:
    (taken, produced), value = use

    assert validator(instantiate(taken, taken, produced)[1])(value) is None  # type: ignore[arg-type]


@given(fields_of(closed_types), fields_of(closed_types))
def test_a_row_keeps_every_other_field(named: tuple[Field, ...], others: tuple[Field, ...]) -> None:
    names = {field.name for field in named}
    kept = {field.name: field for field in others if field.name not in names}
    produced = RecordType(tuple(sorted((*named, *kept.values()), key=lambda one: one.name)))

    out = instantiate(OpenRecordType(named, "R"), OpenRecordType((), "R"), produced)[1]

    assert isinstance(out, RecordType)
    assert {field.name: field for field in out.fields} == kept


@given(uses(closed_types), st.sets(st.sampled_from(["T", "S", "R", "T2"])))
def test_the_names_of_variables_mean_nothing(pair: tuple[Type, Type], others: set[str]) -> None:
    taken, produced = pair
    renamed = rename_apart((taken, taken), others)

    plain = instantiate(taken, taken, produced)

    assume(not variables_of(*plain))
    assert instantiate(renamed[0], renamed[1], produced) == plain


@given(closed_types)
def test_what_comes_out_of_what_is_demanded_is_what_is_wanted(wanted: Type) -> None:
    taken = parse_type("List<<T>>")

    found = demand(taken, VarType("T"), wanted)

    assert instantiate(taken, VarType("T"), found)[1] == wanted


@given(closed_types, closed_types)
def test_several_things_are_a_union(one: Type, other: Type) -> None:
    taken = parse_type("{ left: <T>, right: <T> }")
    produced = RecordType((Field("left", one), Field("right", other)))

    assert instantiate(taken, VarType("T"), produced)[1] == union(one, other)


def test_types_that_grow_with_every_use_end_as_any() -> None:
    pair, deep = parse_type("{ a: <T>, b: <T> }"), parse_type("List<<T>>")
    wide = tall = parse_type("Text")
    began = time.process_time()

    for _ in range(300):
        wide = instantiate(VarType("T"), pair, wide)[1]
        tall = instantiate(VarType("T"), deep, tall)[1]

    assert nesting(wide) <= MAX_TYPE_DEPTH
    assert nesting(tall) <= MAX_TYPE_DEPTH
    assert len(render_type(wide)) < 50_000
    assert time.process_time() - began < 5
