"""Stages whose types have variables, in every operator, and what comes through them."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import GraphInvalidError, InputMismatchError
from noether_nix.graph.check import check_input
from noether_nix.types.display import render_type
from noether_nix.types.fits import fits
from noether_nix.types.infer import infer_type
from tests.unit.graph.graphs import (
    Document,
    branch,
    call,
    checked,
    const,
    fanout,
    filtered,
    let,
    mapped,
    parallel,
    reduced,
    retry,
    sequential,
)

TYPES = {
    "add": "{ accumulator: Number, item: Number } -> Number",
    "either": "{ value: Null | <T>, default: <T> } -> <T>",
    "filled": "List<<T>> & NonEmpty -> <T>",
    "first": "{ items: List<<T>>, default?: <T> } -> <T>",
    "head": "List<<T>> -> <T>",
    "inc": "Number -> Number",
    "is_big": "Number -> Bool",
    "less": "{ id: Number, ...<R> } -> { ...<R> }",
    "pair": "{ left: <T>, right: <T> } -> List<<T>>",
    "same": "<T> -> <T>",
    "show_a": "{ a: Number } -> Text",
    "size": "Map<Text, <T>> -> List<<T>>",
    "tag": "{ id: Number, ...<R> } -> { id: Number, tag: Text, ...<R> }",
    "up": "Text -> Text",
    "use_x": "{ x: Text } -> Text",
    "wrap": "<T> -> List<<T>>",
}


@pytest.mark.parametrize(
    ("root", "types"),
    [
        pytest.param(
            sequential(const([[1, 2], [3]]), call("head"), call("head")),
            "Any -> Number",
            id="head after head",
        ),
        pytest.param(
            sequential(call("head"), call("head"), call("inc")),
            "List<List<Number>> -> Number",
            id="the input follows from what is wanted behind",
        ),
        pytest.param(
            sequential(call("head"), call("head")), "List<List<<T>>> -> <T>", id="nothing is wanted"
        ),
        pytest.param(
            sequential(const({"id": 1, "x": "a"}), call("tag"), call("use_x")),
            "Any -> Text",
            id="a row keeps a field that it does not name",
        ),
        pytest.param(
            sequential(call("tag"), call("less"), call("use_x")),
            "Record { id: Number, x: Text, ...<R> } -> Text",
            id="a row is wanted through two stages",
        ),
        pytest.param(
            sequential(
                parallel(left=const({"a": 1, "b": "x"}), right=const({"a": 2})),
                call("pair"),
                call("head"),
                call("show_a"),
            ),
            "Any -> Text",
            id="records of two widths in one variable",
        ),
        pytest.param(
            sequential(const([1, 2]), call("first", default=0), call("inc")),
            "Any -> Number",
            id="a variable in the config",
        ),
        pytest.param(
            sequential(call("first", default=0), call("inc")),
            "Record { items: List<Number> } -> Number",
            id="a config and what is wanted",
        ),
        pytest.param(
            sequential(const({"value": None, "default": 1}), call("either"), call("inc")),
            "Any -> Number",
            id="what is not null",
        ),
        pytest.param(
            sequential(const({"a": 1, "b": 2}), call("size"), call("head"), call("inc")),
            "Any -> Number",
            id="an object as a map",
        ),
        pytest.param(
            mapped(sequential(call("wrap"), call("head"), call("inc"))),
            "List<Number> -> List<Number>",
            id="in a Map",
        ),
        pytest.param(
            sequential(mapped(call("head")), call("head"), call("up")),
            "List<List<Text>> -> Text",
            id="behind a Map",
        ),
        pytest.param(
            sequential(filtered(sequential(call("same"), call("is_big"))), call("head")),
            "List<Number> -> Number",
            id="in a Filter",
        ),
        pytest.param(
            sequential(call("same"), reduced(call("add"), initial=0)),
            "List<Number> -> Number",
            id="before a Reduce",
        ),
        pytest.param(
            sequential(branch(call("is_big"), call("same"), call("inc")), call("inc")),
            "Number -> Number",
            id="in an arm",
        ),
        pytest.param(
            sequential(fanout(const(1), call("same"), call("inc")), call("head"), call("inc")),
            "Any -> Number",
            id="a target",
        ),
        pytest.param(
            let(sequential(call("pair"), call("head"), call("inc")), left=const(1)),
            "Record { right: Number } -> Number",
            id="the body of a Let",
        ),
        pytest.param(
            let(
                sequential(call("pair"), call("head"), call("inc")),
                left=call("head"),
                right=call("head"),
            ),
            "List<Number> -> Number",
            id="the bindings of a Let",
        ),
        pytest.param(retry(sequential(call("same"), call("up"))), "Text -> Text", id="a Retry"),
    ],
)
def test_a_graph_of_generic_stages_takes_and_gives(root: Document, types: str) -> None:
    found = checked(root, TYPES)

    assert f"{render_type(found.input)} -> {render_type(found.output)}" == types


@pytest.mark.parametrize(
    ("root", "message"),
    [
        pytest.param(
            sequential(const([[1], [2]]), call("head"), call("head"), call("up")),
            "head at /root/stages/2 gives Number, but up at /root/stages/3 takes Text",
            id="what is in a list of lists",
        ),
        pytest.param(
            sequential(call("wrap"), call("head"), call("inc"), call("same"), call("up")),
            "same at /root/stages/3 gives Number, but up at /root/stages/4 takes Text",
            id="behind a stage without variables",
        ),
        pytest.param(
            sequential(const({"id": 1}), call("tag"), call("use_x")),
            "tag at /root/stages/1 gives Record { id: Number, tag: Text }, but use_x at "
            "/root/stages/2 takes Record { x: Text }: at x: Text is expected, but the field is "
            "missing",
            id="a field that no row has",
        ),
        pytest.param(
            sequential(const([1, 2]), call("first", default="x"), call("inc")),
            "first at /root/stages/1 gives Number | Text, but inc at /root/stages/2 takes Number",
            id="a config of another type",
        ),
        pytest.param(
            sequential(const([]), call("same"), call("filled")),
            "same at /root/stages/1 gives List<Any>, but filled at /root/stages/2 takes "
            "List<Any> & NonEmpty",
            id="a refinement beside a variable",
        ),
        pytest.param(
            sequential(
                parallel(left=const("a"), right=const(1)), call("pair"), mapped(call("inc"))
            ),
            "an item of pair at /root/stages/1 gives Number | Text, but inc at "
            "/root/stages/2/body takes Number",
            id="two types in one variable",
        ),
    ],
)
def test_what_comes_through_a_generic_stage_is_checked(root: Document, message: str) -> None:
    with pytest.raises(GraphInvalidError) as caught:
        checked(root, TYPES)

    assert message in caught.value.problems[0].message


def test_the_input_of_a_generic_graph_is_checked_by_its_value() -> None:
    graph = checked(sequential(call("head"), call("head"), call("inc")), TYPES)

    assert check_input(graph, [[1]]) == [[1]]
    with pytest.raises(InputMismatchError, match=r"takes Number|List<Number>"):
        check_input(graph, [["a"]])


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=6))
def test_what_goes_through_many_generic_stages_keeps_its_type(value: Any) -> None:
    root = sequential(const(value), *[call("wrap")] * 3, call("same"), *[call("head")] * 3)

    found = checked(root, TYPES)

    assert fits(infer_type(value), found.output) is None
    assert fits(found.output, infer_type(value)) is None


def test_a_thousand_generic_stages_are_checked_in_time() -> None:
    root = sequential(const([1]), *[call("wrap"), call("head")] * 500, call("head"), call("inc"))
    began = time.process_time()

    assert render_type(checked(root, TYPES).output) == "Number"
    assert time.process_time() - began < 3
