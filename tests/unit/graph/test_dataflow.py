"""The flat form of a graph, held against the plainest reading of design 11.8."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import UnknownNodeError
from noether_nix.graph.dataflow import Dataflow, build_dataflow
from noether_nix.graph.traversal import nodes
from noether_nix.inside.contract import encode
from noether_nix.inside.needs import direct_needs, shared_needs
from tests.unit.graph.graphs import (
    ROOTS,
    VALUES,
    Document,
    call,
    checked,
    const,
    let,
    parallel,
    sequential,
    shuffled,
)
from tests.unit.graph.meaning import Apply, follow, interpret


def inputs_of(flow: Dataflow) -> list[Any]:
    return [one.input for one in flow.calls]


def test_a_chain_hands_each_output_on() -> None:
    flow = build_dataflow(checked(sequential(call("one"), call("two"))))

    assert inputs_of(flow) == [{"input": None}, {"call": 0}]
    assert [one.pointer for one in flow.calls] == ["/root/stages/0", "/root/stages/1"]
    assert flow.output == {"call": 1}
    assert flow.shared == ()


def test_branches_take_their_fields_and_give_an_object_in_the_order_of_names() -> None:
    flow = build_dataflow(checked(parallel(b=call("one"), a=const([1]))))

    assert inputs_of(flow) == [{"field": ["b", {"input": None}]}]
    assert flow.output == {"object": [["a", {"const": [1]}], ["b", {"call": 0}]]}


def test_a_branch_depends_only_on_the_branch_that_it_takes_from() -> None:
    first = parallel(a=call("one"), b=call("two"))
    flow_of = checked(sequential(first, parallel(a=call("one"), b=call("two"))))
    flow = build_dataflow(flow_of)

    assert inputs_of(flow)[2:] == [{"call": 0}, {"call": 1}]
    only = build_dataflow(flow_of, only="/root/stages/1/branches/a")
    assert [one.pointer for one in only.calls] == [
        "/root/stages/0/branches/a",
        "/root/stages/1/branches/a",
    ]


def test_the_body_of_a_let_gets_input_and_bindings() -> None:
    flow = build_dataflow(checked(let(call("two"), n=call("one"))))

    assert inputs_of(flow) == [
        {"input": None},
        {"overlay": [{"input": None}, {"object": [["n", {"call": 0}]]}]},
    ]


def test_config_names_the_field_of_what_is_no_object() -> None:
    types = {"join": "{ items: List<Text>, by: Text } -> Text"}

    one = build_dataflow(checked(call("join", by=","), types))
    none = build_dataflow(checked(call("any", by=",")))

    assert inputs_of(one) == [{"config": [{"input": None}, {"by": ","}, "items"]}]
    assert inputs_of(none) == [{"config": [{"input": None}, {"by": ","}, None]}]


def test_what_several_calls_share_is_written_once() -> None:
    first = parallel(a=call("one"), b=call("two"))
    flow = build_dataflow(checked(sequential(first, parallel(c=call("one"), d=call("two")))))

    assert flow.shared == ({"object": [["a", {"call": 0}], ["b", {"call": 1}]]},)
    assert inputs_of(flow)[2:] == [{"let": 0}, {"let": 0}]


def test_only_one_node_needs_only_what_leads_to_it() -> None:
    graph = checked(
        sequential(parallel(a=call("one"), b=call("two")), parallel(a=call("one"), b=call("two")))
    )

    flow = build_dataflow(graph, only="/root/stages/1/branches/b")

    assert [one.pointer for one in flow.calls] == [
        "/root/stages/0/branches/b",
        "/root/stages/1/branches/b",
    ]
    assert [one.index for one in flow.calls] == [0, 1]
    assert inputs_of(flow) == [{"field": ["b", {"input": None}]}, {"call": 0}]
    assert flow.output == {"call": 1}


def test_only_a_node_that_there_is() -> None:
    with pytest.raises(UnknownNodeError, match="has no node"):
        build_dataflow(checked(call("one")), only="/root/stages/9")


def size_of(root: Document) -> int:
    flow = build_dataflow(checked(root))
    return len(json.dumps([flow.shared, inputs_of(flow), flow.output]))


@pytest.mark.parametrize(
    "grow",
    [
        pytest.param(
            lambda n: sequential(
                *[parallel(**{f"{row}_{i}": call("one") for i in range(n)}) for row in range(3)]
            ),
            id="wide Parallels behind each other",
        ),
        pytest.param(
            lambda n: let(
                parallel(**{f"b{i}": call("one") for i in range(n)}),
                **{f"k{i}": const({"text": "x" * 20}) for i in range(n)},
            ),
            id="many bindings for many branches",
        ),
        pytest.param(
            lambda n: sequential(
                const(["x"] * n), parallel(**{f"b{i}": call("one") for i in range(n)})
            ),
            id="one large literal for many",
        ),
        pytest.param(
            lambda n: sequential(
                const({"a": {"a": ["x"] * n}}),
                parallel(**{f"b{i}": parallel(a=parallel(a=call("one"))) for i in range(n)}),
            ),
            id="a part of a large literal for many",
        ),
    ],
)
def test_the_size_of_a_flow_is_linear_in_the_graph(grow: Callable[[int], Document]) -> None:
    small, large = size_of(grow(40)), size_of(grow(400))

    assert large < 13 * small


def deep(levels: int) -> Document:
    root = call("one", a=1)
    for level in range(levels - 1):
        root = let(root, **{f"k{level}": call("two")}) if level % 2 else parallel(a=root)
    return root


def test_the_deepest_graph_can_be_written_read_and_followed() -> None:
    flow = build_dataflow(checked(deep(64)))

    encode([list(flow.shared), [one.input for one in flow.calls], flow.output])
    follow(flow, {"a": {}}, lambda pointer, value: [pointer, value is None])


@given(ROOTS, VALUES)
def test_a_flow_means_what_its_graph_means(root: Document, value: Any) -> None:
    graph = checked(root)

    def run_with(run: Callable[[Apply], Any]) -> tuple[bytes, dict[str, bytes]]:
        """The result of a run, and what each stage got; bytes tell the order of keys."""
        seen: dict[str, bytes] = {}

        def apply(pointer: str, taken: Any) -> Any:
            seen[pointer] = encode(taken)
            return [pointer, taken] if len(pointer) % 2 else {"a": pointer, "x/y": {"a": taken}}

        return encode(run(apply)), seen

    expected = run_with(lambda apply: interpret(graph.graph.root, value, apply))

    assert run_with(lambda apply: follow(build_dataflow(graph), value, apply)) == expected


@given(ROOTS)
def test_a_call_needs_only_calls_before_it(root: Document) -> None:
    flow = build_dataflow(checked(root))

    assert [one.index for one in flow.calls] == list(range(len(flow.calls)))
    of_shared = shared_needs(flow.shared)
    for one in flow.calls:
        assert all(needed < one.index for needed in direct_needs(one.input, of_shared))


@given(ROOTS, st.data())
def test_a_flow_of_one_node_gives_what_that_node_gives(root: Document, data: st.DataObject) -> None:
    graph = checked(root)
    node = data.draw(st.sampled_from(list(nodes(graph.graph))))
    seen: dict[str, Any] = {}

    def apply(pointer: str, taken: Any) -> Any:
        seen[pointer] = taken
        return {"a": [pointer], "b": taken}

    follow(build_dataflow(graph), {"a": 1}, apply)
    whole = dict(seen)
    seen.clear()
    follow(build_dataflow(graph, only=node.pointer), {"a": 1}, apply)

    assert seen.items() <= whole.items()


@given(ROOTS, st.data())
def test_the_order_of_keys_changes_no_call(root: Document, data: st.DataObject) -> None:
    def apply(pointer: str, taken: Any) -> Any:
        return {"a": [pointer], "b": taken}

    def calls_of(document: Document) -> dict[str, Any]:
        seen: dict[str, Any] = {}

        def note(pointer: str, taken: Any) -> Any:
            seen[pointer] = taken
            return apply(pointer, taken)

        seen["output"] = follow(build_dataflow(checked(document)), {"a": 1}, note)
        return seen

    assert calls_of(root) == calls_of(shuffled(data.draw, root))
