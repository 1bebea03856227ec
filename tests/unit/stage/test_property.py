from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import StageInvalidError, TypeUnsupportedError
from noether_nix.inside.contract import Json
from noether_nix.stage.model import Example, Raises, Returns
from noether_nix.stage.property import PROPERTY_KINDS, identity, kind_of, property_from_document
from noether_nix.stage.property_check import check_properties, kinds
from noether_nix.types.text import parse_type
from noether_nix.types.validate import validator
from tests.unit.types.strategies import types  # the same types as their own laws


def prop(kind: str, **members: Json) -> dict[str, Json]:
    return {"kind": kind, **members}


IN_SET = prop("set_member", field="output", set=["a", 1, {"x": [1, 2], "y": None}])
RANGE = prop("range", field="output", min=0, max=1.5)
LENGTH_EQ = prop("field_length_eq", left_field="input", right_field="output")
LENGTH_MAX = prop("field_length_max", subject_field="output", bound_field="input")
SUBSET = prop("subset_of", subject_field="output", super_field="input")
EQUALS = prop("equals", left_field="input", right_field="output")
KIND_IN = prop("field_type_in", field="output", allowed=["null", "number"])


@pytest.mark.parametrize(
    ("document", "given_input", "output"),
    [
        (IN_SET, None, "a"),
        (IN_SET, None, 1.0),
        (IN_SET, None, {"y": None, "x": [1.0, 2]}),
        (RANGE, None, 0),
        (RANGE, None, 1.5),
        (prop("range", field="output", min=-1), None, 10**400),
        (LENGTH_EQ, "äöü", [1, 2, 3]),
        (LENGTH_EQ, {"a": 1}, "x"),
        (LENGTH_MAX, "abc", []),
        (LENGTH_MAX, "a", {"a": 1}),
        (SUBSET, [1, 2, 2], [2.0, 1, 1]),
        (SUBSET, [[1]], [[1]]),
        (SUBSET, "haystack", "hay"),
        (SUBSET, {"a": 1, "b": 2}, {"b": 2}),
        (EQUALS, {"a": 1, "b": [True]}, {"b": [True], "a": 1.0}),
        (KIND_IN, None, None),
        (KIND_IN, None, 2.5),
    ],
)
def test_a_property_holds(document: dict[str, Json], given_input: Json, output: Json) -> None:
    assert property_from_document(document).violation(given_input, output) is None


@pytest.mark.parametrize(
    ("document", "given_input", "output", "code", "message"),
    [
        (IN_SET, None, "b", "not-in-set", 'output is "b", which is not in the set'),
        (IN_SET, None, True, "not-in-set", "output is true, which is not in the set"),
        (RANGE, None, -0.5, "below-min", "output is -0.5, below 0"),
        (RANGE, None, 2, "above-max", "output is 2, above 1.5"),
        (RANGE, None, True, "not-number", "output is Bool true, and no number"),
        (LENGTH_EQ, "ab", [1], "length-mismatch", "input has length 2, output has 1"),
        (LENGTH_EQ, "ab", 3, "not-measurable", "output is Number 3, which has no length"),
        (LENGTH_MAX, "a", "ab", "length-exceeds-bound", "output has length 2, input has 1"),
        (SUBSET, [1], [1, True], "not-subset", "output[1] is true, which is not in input"),
        (SUBSET, "abc", "ac", "not-subset", "output is not in input"),
        (SUBSET, {"a": 1}, {"a": 2}, "not-subset", 'output has "a": 2, and input has not'),
        (SUBSET, [1], "1", "not-collection-for-subset",
         'output is Text "1" and input is a list of 1'),
        (EQUALS, 1, True, "not-equal", "input is 1, output is true"),
        (KIND_IN, None, "x", "type-not-in-allowed", "output is of kind string, not null, number"),
        (prop("range", field="output.a.b", max=1), None, {"a": {}}, "field-missing",
         "there is no output.a.b"),
    ],
)  # fmt: skip
def test_a_property_is_broken(
    document: dict[str, Json], given_input: Json, output: Json, code: str, message: str
) -> None:
    broken = property_from_document(document).violation(given_input, output)

    assert broken is not None
    assert (broken.code, broken.message) == (code, message)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({}, "a property is a JSON object with a text under kind"),
        (prop("rang", field="output", min=0), "'rang' is no kind of property"),
        (prop("range", field="output"), "the property range: without min and max it says nothing"),
        (prop("range", field="output", min=2, max=1),
         "the property range: min is above max, so no value could do"),
        (prop("range", field="output", min="1"), "the property range: min and max are numbers"),
        (prop("range", field="output", least=1), "a property range has no 'least'"),
        (prop("range", min=1), "a property range needs field"),
        (prop("range", field=3, min=1), "field is a path, not Number 3"),
        (prop("set_member", field="output", set=[]),
         "the property set_member: set is a list of at least one value"),
        (prop("field_type_in", field="output", allowed=["text"]),
         ("the property field_type_in: allowed is a list of some of null, bool, number, string, "
          "array, object")),
        (prop("equals", left_field="input", right_field="outputs"),
         "a path begins with input or output, not 'outputs'"),
    ],
)  # fmt: skip
def test_what_is_no_property_is_refused_with_a_remedy(
    document: dict[str, Json], message: str
) -> None:
    with pytest.raises(StageInvalidError) as caught:
        property_from_document(document)

    assert caught.value.message == message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("document", "input_type", "output_type", "code"),
    [
        (prop("range", field="output.shar", min=0), "Text", "{ share: Number }", "property-path"),
        (prop("range", field="output.share[0]", min=0), "Text", "{ share: Number }",
         "property-path"),
        (RANGE, "Text", "Text", "property-impossible"),
        (LENGTH_EQ, "Text", "Number", "property-impossible"),
        (LENGTH_MAX, "Bool", "Text", "property-impossible"),
        (SUBSET, "Text", "List<Text>", "property-impossible"),
        (EQUALS, "Text", "Number | Null", "property-impossible"),
        (KIND_IN, "Text", "Text | Bool", "property-impossible"),
        (IN_SET, "Text", "Bool", "property-impossible"),
        (prop("set_member", field="output", set=[7, 8]), "Text", "Number & Range(0..=5)",
         "property-impossible"),
    ],
)  # fmt: skip
def test_a_property_that_the_types_exclude_is_a_problem(
    document: dict[str, Json], input_type: str, output_type: str, code: str
) -> None:
    ((index, problem),) = check_properties(
        [document], [], parse_type(input_type), parse_type(output_type)
    )

    assert (index, problem.code) == (0, code)


def test_a_misspelt_field_is_corrected() -> None:
    ((_, problem),) = check_properties(
        [prop("range", field="output.shar", min=0)], [], parse_type("Text"),
        parse_type("{ share: Number }"),
    )  # fmt: skip

    assert problem.message == "range: by the types there is no output.shar (field)"
    assert problem.hint == "did you mean share?"


@pytest.mark.parametrize(
    "output", ["Number", "Any", "Number | Null", "<T>", "Number & Range(0..=9)"]
)
def test_a_property_that_the_types_allow_is_fine(output: str) -> None:
    assert check_properties([RANGE], [], parse_type("Any"), parse_type(output)) == []


def test_examples_are_held_against_properties() -> None:
    examples = [
        Example("ab", Returns(2)),
        Example("", Raises("ValueError")),
        Example("abc", Returns(7)),
    ]
    documents = [RANGE, prop("range", field="output", min=0)]

    found = check_properties(documents, examples, parse_type("Text"), parse_type("Number"))

    assert [(index, problem.code, problem.message) for index, problem in found] == [
        (0, "property-violated", "range does not hold for example 1: output is 2, above 1.5"),
        (0, "property-violated", "range does not hold for example 3: output is 7, above 1.5"),
    ]


def test_what_may_be_absent_need_not_be_there() -> None:
    share = prop("range", field="output.share", min=0)
    examples = [Example("a", Returns({})), Example("b", Returns({"share": 1}))]

    for_optional = check_properties(
        [share], examples, parse_type("Text"), parse_type("{ share?: Number }")
    )
    for_a_map = check_properties(
        [share], examples, parse_type("Text"), parse_type("Map<Text, Number>")
    )

    assert for_optional == []
    assert [problem.message for _, problem in for_a_map] == [
        "range does not hold for example 1: there is no output.share"
    ]


def refusal_of(document: dict[str, Json]) -> StageInvalidError | None:
    try:
        property_from_document(document)
    except StageInvalidError as error:
        return error
    return None


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
every_property = st.sampled_from(
    [IN_SET, RANGE, LENGTH_EQ, LENGTH_MAX, SUBSET, EQUALS, KIND_IN]
).map(property_from_document)


def test_every_kind_has_its_place_in_these_laws() -> None:
    here = [IN_SET, RANGE, LENGTH_EQ, LENGTH_MAX, SUBSET, EQUALS, KIND_IN]

    assert sorted(str(one["kind"]) for one in here) == sorted(PROPERTY_KINDS)


@given(every_property, values, values)
def test_judging_is_total_and_told_in_words(one: Any, first: Json, second: Json) -> None:
    broken = one.violation(first, second)

    assert broken is None or (broken.code and broken.message)


@given(values, values)
def test_sameness_is_that_of_canonical_json(first: Json, second: Json) -> None:
    same = identity(first) == identity(second)

    assert identity(first) == identity(first)
    assert same == (identity(second) == identity(first))
    if same:
        assert kind_of(first) == kind_of(second)
        assert first == second
    if first is second or (kind_of(first) == kind_of(second) and first is None):
        assert same


@given(values)
def test_a_value_is_part_of_itself_as_long_as_itself_and_equal_to_itself(value: Json) -> None:
    assert property_from_document(EQUALS).violation(value, value) is None
    if isinstance(value, str | list | dict):
        for document in (LENGTH_EQ, LENGTH_MAX, SUBSET):
            assert property_from_document(document).violation(value, value) is None


@given(types, values)
def test_the_kinds_of_a_type_are_those_of_its_values(whole: Any, value: Json) -> None:
    try:
        check = validator(whole)
    except TypeUnsupportedError:
        return
    if check(value) is None:
        assert kind_of(value) in kinds(whole)


@given(
    st.dictionaries(st.text(max_size=8) | st.sampled_from(["kind", "field", "set", "min"]), values)
)
def test_any_object_is_a_property_or_refused(document: dict[str, Json]) -> None:
    for kind in (*PROPERTY_KINDS, None):
        asked = document if kind is None else {**document, "kind": kind}
        refusal = refusal_of(asked)
        assert refusal is None or (refusal.problems[0].code == "property-invalid" and refusal.hint)
