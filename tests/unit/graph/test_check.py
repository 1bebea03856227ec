"""Which graphs fit together, and what is said about those that do not."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from noether_nix.errors import GraphInvalidError, InputMismatchError, NoetherError, Problem
from noether_nix.graph.check import check_graph, check_input
from noether_nix.graph.dataflow import build_dataflow
from noether_nix.graph.traversal import stage_nodes
from noether_nix.inside.dataflow import Valuation
from noether_nix.stage.effect import FALLIBLE, PURE
from noether_nix.types.model import (
    BoolType,
    NullType,
    NumberType,
    RecordType,
    TextType,
    Type,
    UnionType,
)
from noether_nix.types.text import parse_type, render_type
from noether_nix.types.validate import validator
from tests.unit.graph.graphs import (
    ROOTS,
    Document,
    call,
    checked,
    const,
    let,
    parallel,
    parsed,
    sequential,
    stage,
    written,
)

ONE = "Text -> Number"
TWO = "Number -> Bool"


def refused(root: Document, types: Mapping[str, str]) -> tuple[Problem, ...]:
    with pytest.raises(GraphInvalidError) as caught:
        checked(root, types)
    return caught.value.problems


def pointers(problems: tuple[Problem, ...]) -> list[str]:
    return [problem.place.split(" ", 1)[1] for problem in problems]


# ---------------------------------------------------------------- Sequential and Const


def test_a_chain_takes_what_its_first_takes_and_gives_what_its_last_gives() -> None:
    graph = checked(sequential(call("one"), call("two")), {"one": ONE, "two": TWO})

    assert (render_type(graph.input), render_type(graph.output)) == ("Text", "Bool")
    assert graph.node_types["/root/stages/1"] == (parse_type("Number"), parse_type("Bool"))


def test_a_misfit_names_both_stages_both_types_and_the_differing_part() -> None:
    root = sequential(call("rows"), call("total"))
    types = {
        "rows": "Text -> { rows: List<{ name: Text, size: Text }> }",
        "total": "{ rows: List<{ size: Number }> } -> Number",
    }

    (problem,) = refused(root, types)

    assert problem.code == "type-mismatch"
    assert problem.place == "graph.json:11 /root/stages/1"
    for part in (
        "rows at /root/stages/0 gives Record { rows: List<Record { name: Text, size: Text }> }",
        "total at /root/stages/1 takes Record { rows: List<Record { size: Number }> }",
        "at rows[].size: Number is expected, but Text is produced",
    ):
        assert part in problem.message
    assert problem.hint


def test_every_misfit_is_found_at_once() -> None:
    root = sequential(call("one"), call("one"), call("two"), call("one"))

    problems = refused(root, {"one": ONE, "two": TWO})

    assert pointers(problems) == ["/root/stages/1", "/root/stages/3"]


def test_a_graph_that_begins_with_a_const_needs_nothing() -> None:
    graph = checked(sequential(const("text"), call("one")), {"one": ONE})

    assert render_type(graph.input) == "Any"
    assert check_input(graph, None) is None


@pytest.mark.parametrize(
    ("value", "types"),
    [
        pytest.param({"EUR": 1.1}, "Map<Text, Number> -> Any", id="an object for a map"),
        pytest.param([], "List<Text> -> Any", id="an empty list"),
        pytest.param(5, "Number & Range(0..=9) -> Any", id="a refinement that holds"),
        pytest.param({"a": 1, "b": 2}, "{ a: Number } -> Any", id="a field too many"),
        pytest.param({}, "{ a?: Number } -> Any", id="an optional field left out"),
    ],
)
def test_a_literal_is_checked_by_its_value(value: Any, types: str) -> None:
    checked(sequential(const(value), call("taker")), {"taker": types})


@pytest.mark.parametrize(
    ("value", "types", "part"),
    [
        pytest.param("1", TWO, 'Text "1" is given', id="another type"),
        pytest.param(12, "Number & Range(0..=9) -> Any", "Number 12 is given", id="refinement"),
        pytest.param(
            {"rows": [{"n": 1}, {}]},
            "{ rows: List<{ n: Number }> } -> Any",
            "at rows[1].n: Number is expected, but the field is missing",
            id="deep inside",
        ),
        pytest.param(1, "Stream<Number> -> Any", "no value is of that type", id="a stream"),
    ],
)
def test_a_literal_that_does_not_fit_is_refused(value: Any, types: str, part: str) -> None:
    (problem,) = refused(sequential(const(value), call("taker")), {"taker": types})

    assert part in problem.message
    assert "the Const at /root/stages/0 gives" in problem.message


# ---------------------------------------------------------------- input


@pytest.mark.parametrize(
    ("root", "hint"),
    [
        pytest.param(
            call("taker"),
            """like --input '{"name": "words", "sizes": [1]}' or --input @FILE; the graph takes""",
            id="an example",
        ),
        pytest.param(
            parallel(name=call("one"), sizes=sequential(call("one"), call("two"))),
            "like --input '\"words\"' or --input @FILE; the graph takes",
            id="one that all branches can take",
        ),
        pytest.param(call("odd"), "give it an input: --input @FILE; the graph takes", id="none"),
        pytest.param(call("wide"), "give it an input: --input @FILE; the graph takes", id="long"),
    ],
)
def test_who_gives_no_input_is_told_how_to(root: Document, hint: str) -> None:
    wide = ", ".join(f"a_field_with_number_{number}: Text" for number in range(20))
    stages = {
        "taker": "{ name: Text, sizes: List<Number>, note?: Text } -> Any",
        "odd": 'Text & Pattern("q{37}") -> Any',
        "wide": f"{{ {wide} }} -> Any",
        "one": "Text -> Text",
        "two": "Text -> Text",
    }
    used = {name: types for name, types in stages.items() if f'"{name}"' in json.dumps(root)}
    graph = checked(root, used)

    with pytest.raises(InputMismatchError) as caught:
        check_input(graph, None)

    error = caught.value
    assert hint in error.hint
    assert {problem.hint for problem in error.problems} == {error.hint}


def test_an_input_of_another_type_is_no_reason_to_change_the_graph() -> None:
    with pytest.raises(InputMismatchError) as caught:
        check_input(checked(call("one"), {"one": ONE}), 4)

    error = caught.value
    assert error.hint.startswith("the graph takes ")
    assert [problem.hint for problem in error.problems] == [error.hint]


# ---------------------------------------------------------------- config

JOIN = "{ items: List<Text>, separator: Text, limit?: Number } -> Text"


def test_configured_fields_are_no_longer_needed() -> None:
    graph = checked(call("join", separator=", "), {"join": JOIN})

    assert render_type(graph.input) == "Record { items: List<Text>, limit?: Number }"
    assert check_input(graph, {"items": []}) == {"items": []}


def test_what_is_no_object_goes_to_the_one_required_field_left() -> None:
    graph = checked(call("join", separator=", "), {"join": JOIN})

    assert check_input(graph, ["a"]) == ["a"]


@pytest.mark.parametrize(
    ("config", "produced", "code", "pointer", "part"),
    [
        pytest.param(
            {"seperator": ","},
            "{ items: List<Text>, separator: Text }",
            "unknown-field",
            "/root/stages/1/config/seperator",
            'join at /root/stages/1 has no input field "seperator"',
            id="unknown field",
        ),
        pytest.param(
            {"separator": 1},
            "List<Text>",
            "type-mismatch",
            "/root/stages/1/config/separator",
            "Text is expected, but Number 1 is given",
            id="value of another type",
        ),
        pytest.param(
            {"separator": ","},
            "List<Number>",
            "type-mismatch",
            "/root/stages/1",
            'takes List<Text> as its field "items"',
            id="items of another type",
        ),
        pytest.param(
            {"limit": 1},
            "List<Text>",
            "unplaced-input",
            "/root/stages/1",
            "which is no object",
            id="two fields are left",
        ),
        pytest.param(
            {"items": [], "separator": ","},
            "Text",
            "unplaced-input",
            "/root/stages/1",
            "which is no object",
            id="no field is left",
        ),
        pytest.param(
            {"separator": ","},
            "{ other: Text }",
            "type-mismatch",
            "/root/stages/1",
            "at items: List<Text> is expected, but the field is missing",
            id="an object without the field",
        ),
    ],
)
def test_a_config_that_does_not_fit_is_refused(
    config: dict[str, Any], produced: str, code: str, pointer: str, part: str
) -> None:
    root = sequential(call("giver"), call("join", **config))

    (problem,) = refused(root, {"giver": f"Text -> {produced}", "join": JOIN})

    assert (problem.code, pointers((problem,))) == (code, [pointer])
    assert part in problem.message


def test_an_unknown_config_field_gets_the_nearest_as_hint() -> None:
    (problem,) = refused(call("join", seperator=","), {"join": JOIN})

    assert problem.hint == 'did you mean "separator"?'


def test_a_stage_without_fields_takes_no_config() -> None:
    (problem,) = refused(call("one", times=2), {"one": ONE})

    assert "takes Text, which has no fields to configure" in problem.message


@pytest.mark.parametrize(
    "types",
    [
        pytest.param("Any -> Any", id="anything"),
        pytest.param("Map<Text, Number> -> Any", id="a map"),
        pytest.param("Null | { times: Number } -> Any", id="a record or nothing"),
        pytest.param("{ times: Number } & NonEmpty -> Any", id="a refined record"),
        pytest.param("{ other: Text, ...<R> } -> Any", id="an open record"),
    ],
)
def test_config_goes_to_whatever_has_fields(types: str) -> None:
    checked(call("taker", times=2), {"taker": types})


def test_a_stage_that_is_configured_whole_needs_no_input() -> None:
    graph = checked(call("join", items=[], separator=","), {"join": JOIN})

    assert check_input(graph, None) is None
    with pytest.raises(InputMismatchError):
        check_input(graph, 5)


def test_a_field_of_any_type_takes_what_is_no_object() -> None:
    graph = checked(call("pair", left=1), {"pair": "{ left: Number, right: Any } -> Any"})

    assert check_input(graph, 5) == 5


# ---------------------------------------------------------------- Parallel

BOTH = {"one": ONE, "two": TWO}


def test_branches_take_the_fields_of_their_names() -> None:
    graph = checked(
        sequential(call("giver"), parallel(a=call("one"), b=call("two"))),
        {**BOTH, "giver": "Any -> { a: Text, b: Number }"},
    )

    assert render_type(graph.output) == "Record { a: Number, b: Bool }"


def test_a_branch_without_a_field_takes_the_whole() -> None:
    root = sequential(call("giver"), parallel(first=call("one"), second=call("one")))

    checked(root, {**BOTH, "giver": "Any -> Text"})


def test_a_branch_is_refused_by_the_field_that_it_would_get() -> None:
    root = sequential(call("giver"), parallel(a=call("one"), b=call("one")))

    (problem,) = refused(root, {**BOTH, "giver": "Any -> { a: Text, b: Number }"})

    assert pointers((problem,)) == ["/root/stages/1/branches/b"]
    assert 'the field "b" of giver at /root/stages/0 gives Number' in problem.message


def test_an_optional_field_must_do_both_present_and_absent() -> None:
    root = sequential(call("giver"), parallel(a=call("taker")))
    giver = "Any -> { a?: Text, n: Number }"

    checked(root, {"giver": giver, "taker": "Text | { n: Number } -> Any"})
    (problem,) = refused(root, {"giver": giver, "taker": "Text -> Any"})
    assert 'without "a"' in problem.message


def test_every_variant_of_a_union_goes_its_own_way() -> None:
    root = sequential(call("giver"), parallel(a=call("one")))

    checked(root, {"giver": "Any -> Text | { a: Text }", "one": ONE})
    refused(root, {"giver": "Any -> Number | { a: Text }", "one": ONE})


def test_the_results_of_branches_are_fields_of_the_next_input() -> None:
    root = sequential(parallel(n=const(1), rates=const({"EUR": 1})), call("taker"))

    checked(root, {"taker": "{ n: Number, rates: Map<Text, Number> } -> Any"})
    (problem,) = refused(root, {"taker": "{ n: Text, rates: Any } -> Any"})
    assert "(from the Const at /root/stages/0/branches/n)" in problem.message


def test_the_results_of_branches_are_a_map_too() -> None:
    root = sequential(parallel(a=call("one"), b=const(2)), call("taker"))

    checked(root, {"one": ONE, "taker": "Map<Text, Number> -> Any"})
    (problem,) = refused(root, {"one": ONE, "taker": "Map<Text, Text> -> Any"})
    assert "at a: Text is expected" in problem.message


def test_at_the_root_the_input_is_what_all_branches_take() -> None:
    graph = checked(
        parallel(a=call("left"), b=call("right"), c=const(1)),
        {"left": "{ x: Text } -> Any", "right": "{ y: Number } -> Any"},
    )

    assert render_type(graph.input) == "Record { x: Text, y: Number }"


def test_at_the_root_branches_that_share_no_input_get_a_field_each() -> None:
    graph = checked(parallel(a=call("one"), b=call("two"), c=const(1)), BOTH)

    assert render_type(graph.input) == "Record { a: Text, b: Number }"
    check_input(graph, {"a": "x", "b": 1})
    with pytest.raises(InputMismatchError):
        check_input(graph, "x")


def test_a_field_that_is_called_like_a_branch_goes_to_that_branch() -> None:
    graph = checked(
        parallel(a=call("left"), b=call("right")),
        {"left": "{ a: Number } -> Any", "right": "{ b: Text } -> Any"},
    )

    assert render_type(graph.input) == ("Record { a: Record { a: Number }, b: Record { b: Text } }")


def test_the_actual_input_is_checked_branch_by_branch() -> None:
    graph = checked(parallel(a=call("one"), b=call("one")), BOTH)

    assert render_type(graph.input) == "Text"
    check_input(graph, {"a": "x", "b": "y"})
    with pytest.raises(InputMismatchError) as caught:
        check_input(graph, {"a": "x", "b": 1})
    assert pointers(caught.value.problems) == ["/root/branches/b"]
    assert "Text" in caught.value.hint


# ---------------------------------------------------------------- Let


def test_the_body_gets_the_input_and_the_bindings() -> None:
    graph = checked(
        let(call("body"), n=call("one")),
        {"one": "{ text: Text } -> Number", "body": "{ n: Number, text: Text, m: Bool } -> Text"},
    )

    assert render_type(graph.input) == "Record { m: Bool, text: Text }"
    assert render_type(graph.output) == "Text"


def test_a_binding_hides_the_field_of_the_input() -> None:
    root = sequential(call("giver"), let(call("body"), n=call("bound")))
    types = {"giver": "Any -> { n: Text }", "bound": "{ n: Text } -> Number"}

    checked(root, {**types, "body": "{ n: Number } -> Any"})
    (problem,) = refused(root, {**types, "body": "{ n: Text } -> Any"})
    assert "(from bound at /root/stages/1/bindings/n)" in problem.message


def test_what_is_no_object_gives_no_field_to_the_body() -> None:
    root = sequential(call("giver"), let(call("body"), n=call("one")))
    types = {"giver": "Any -> Text", "one": ONE}

    checked(root, {**types, "body": "{ n: Number } -> Any"})
    (problem,) = refused(root, {**types, "body": "{ n: Number, m: Text } -> Any"})
    assert "at m: Text is expected, but the field is missing" in problem.message


def test_a_body_that_gets_all_from_its_bindings_leaves_the_input_to_them() -> None:
    graph = checked(let(call("body"), n=call("one")), {"one": ONE, "body": "{ n: Number } -> Any"})

    assert render_type(graph.input) == "Text"


def test_the_body_of_a_let_never_gets_a_plain_value() -> None:
    (problem,) = refused(let(call("one"), n=const(1)), {"one": ONE})

    assert pointers((problem,)) == ["/root/body"]


def test_bindings_that_no_input_can_serve_are_refused_together() -> None:
    (problem,) = refused(let(call("body"), a=call("one"), b=call("two")), BOTH)

    assert problem.place.endswith("/root")
    assert "no input can serve" in problem.message
    assert '"a" takes Text; "b" takes Number' in problem.message


def test_after_a_stage_that_gives_anything_everything_may_follow() -> None:
    inner = let(parallel(a=call("one"), m=call("two")), n=call("one"))

    checked(sequential(call("wild"), inner), {**BOTH, "wild": "Any -> Any"})


def test_what_the_body_may_lack_makes_the_input_optional() -> None:
    graph = checked(let(call("body"), n=const(1)), {"body": "{ n: Number, m?: Text } -> Any"})

    check_input(graph, None)
    check_input(graph, {"m": "x"})
    with pytest.raises(InputMismatchError):
        check_input(graph, {"m": 1})


# ---------------------------------------------------------------- the whole


def test_a_node_without_a_stage_is_a_problem_like_others() -> None:
    root = sequential(call("one"), call("missing"), call("one"), call("one"))
    graph = parsed(root)
    stages = {
        node.pointer: stage("one", ONE)
        for node in stage_nodes(graph)
        if str(node.reference) == "one"
    }

    with pytest.raises(GraphInvalidError) as caught:
        check_graph(graph, stages, written(root))

    assert [problem.code for problem in caught.value.problems] == ["unknown-name", "type-mismatch"]


def test_effects_are_those_of_all_stages() -> None:
    root = sequential(call("one"), call("two"))
    graph = parsed(root)
    stages = {
        "/root/stages/0": stage("one", "Any -> Any", PURE, FALLIBLE),
        "/root/stages/1": stage("two", "Any -> Any", PURE),
    }

    assert check_graph(graph, stages).effects == (FALLIBLE, PURE)


def test_a_placeholder_is_used_with_a_warning() -> None:
    (warning,) = checked(call("REGISTER:shout")).warnings

    assert warning.hint == 'write "shout"'
    assert warning.place.endswith("/root/id")


TYPES = st.sampled_from(
    [
        "Any",
        "Text",
        "Number",
        "Null",
        "{ a: Text }",
        "{ a?: Number, b: Text }",
        "{ a: Text } | Text",
        "{ a: { a: Number }, b?: Bool }",
        "Map<Text, Number>",
        "List<{ a: Text }>",
        "{ b: Any } | Null",
    ]
)
STAGE_TYPES = st.builds("{} -> {}".format, TYPES, TYPES)


@given(ROOTS, st.lists(STAGE_TYPES, min_size=3, max_size=3))
def test_any_graph_fits_or_is_refused_with_problems(root: Document, types: list[str]) -> None:
    try:
        graph = checked(root, dict(zip(["one", "two", "three"], types, strict=True)))
    except NoetherError as error:
        found = error.problems
    else:
        found = ()
        assert graph.node_types["/root"] == (graph.input, graph.output)
        render_type(graph.input)

    assert all(problem.message and "/root" in problem.place for problem in found)


EXACT = st.sampled_from(
    ["Text", "Number", "Null", "{ a: Text }", "{ a?: Number, b: Text }", "{ a: Text } | Text"]
)
EXACT_TYPES = st.builds("{} -> {}".format, EXACT, EXACT)
CONFIGURED_TYPES = st.builds(
    "{} -> {}".format,
    st.sampled_from(
        ["{ a: Any, b: Any, v: Text }", "{ a?: Any, b: Any, v?: Number }", "{ b: Any } | Null"]
    ),
    EXACT,
)
STAGES_TYPES = st.fixed_dictionaries(
    {"configured": CONFIGURED_TYPES, "one": EXACT_TYPES, "two": EXACT_TYPES, "three": EXACT_TYPES}
)
INPUTS = st.sampled_from(
    [None, 1, "x", {"a": "x"}, {"b": "x"}, {"a": 1, "b": "x"}, {"a": {"a": "x"}}, {}]
)


def values_of(whole: Type) -> list[Any]:
    """Values of a type without any field that it does not name."""
    match whole:
        case TextType():
            return ["text"]
        case NumberType():
            return [1]
        case NullType():
            return [None]
        case BoolType():
            return [True]
        case UnionType(variants):
            return [value for variant in variants for value in values_of(variant)]
        case RecordType(fields):
            full = {field.name: values_of(field.type)[0] for field in fields}
            bare = {field.name: full[field.name] for field in fields if not field.optional}
            return [full, bare]
        case _:
            raise AssertionError(whole)


@given(ROOTS, STAGES_TYPES, INPUTS, st.data())
def test_a_stage_of_a_graph_that_fits_never_gets_a_value_that_does_not(
    root: Document, types: dict[str, str], value: Any, data: st.DataObject
) -> None:
    try:
        graph = checked(root, types)
        check_input(graph, value)
    except NoetherError:
        assume(False)

    flow = build_dataflow(graph)
    valuation = Valuation(value, flow.shared)
    for one in flow.calls:
        given_value = valuation.value(one.input)
        assert validator(one.stage.input)(given_value) is None
        valuation.outputs[one.index] = data.draw(st.sampled_from(values_of(one.stage.output)))
    result = valuation.value(flow.output)
    assert validator(graph.output)(result) is None
