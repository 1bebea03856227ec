"""What a graph states of limits: read, written, inherited inwards, and placed."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import GraphSyntaxError
from noether_nix.graph.dataflow import build_dataflow
from noether_nix.graph.document import render_graph
from noether_nix.graph.identity import graph_id
from noether_nix.graph.limits import place_of_limit, stated_limits
from noether_nix.graph.model import Graph
from noether_nix.graph.parse import parse_graph
from noether_nix.graph.show import render_tree
from noether_nix.stage.limits import CALL_LIMITS
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
    shuffled,
    written,
)

MIB = 1 << 20


def limited(root: Document, **limits: Any) -> Document:
    return {**root, "limits": limits}


def read(root: Document, **more: Any) -> Graph:
    return parse_graph(written(root, **more), source="graph.json")


NESTED = limited(
    sequential(
        limited(call("a"), wall="5s"),
        limited(parallel(b=call("b"), c=limited(call("c"), memory="64MiB")), wall="9s"),
        call("d"),
    ),
    wall="20s",
    memory="1GiB",
)


@pytest.mark.parametrize(
    ("stated", "limits"),
    [
        pytest.param({"wall": "30s"}, {"wall": 30}, id="with a unit"),
        pytest.param({"wall": 30, "memory": 64 * MIB}, {"wall": 30, "memory": 64 * MIB}, id="bare"),
        pytest.param({"open_files": "64"}, {"open_files": 64}, id="pieces"),
        pytest.param({"_why": ["it", "is"], "cpu": "1h"}, {"cpu": 3600}, id="a comment"),
        pytest.param({}, {}, id="none"),
    ],
)
def test_limits_are_read_in_base_units(stated: Document, limits: Mapping[str, int]) -> None:
    assert parsed({**call("a"), "limits": stated}).root.limits == limits
    assert read(call("a"), limits=stated).limits == limits


@pytest.mark.parametrize(
    ("stated", "words", "pointer"),
    [
        pytest.param([1], "limits are an object of amounts", "/root/limits", id="a list"),
        pytest.param(None, "limits are an object of amounts", "/root/limits", id="null"),
        pytest.param({"wal": "3s"}, "'wal' is no limit", "/root/limits/wal", id="unknown"),
        pytest.param({"run": "3s"}, "run is a limit of a whole run", "/root/limits/run", id="run"),
        pytest.param({"wall": "3"}, "3 has no unit", "/root/limits/wall", id="no unit"),
        pytest.param({"wall": 1.5}, "the limit wall is Number 1.5", "/root/limits/wall", id="half"),
        pytest.param({"wall": 0}, "the limit wall is Number 0", "/root/limits/wall", id="nothing"),
        pytest.param({"wall": True}, "the limit wall is Bool", "/root/limits/wall", id="true"),
        pytest.param({"memory": "1MiB"}, "1MiB is too little", "/root/limits/memory", id="little"),
        pytest.param({"a/b": 1}, "'a/b' is no limit", "/root/limits/a~1b", id="a slash"),
    ],
)
def test_what_is_no_limit_is_refused_at_its_place(stated: Any, words: str, pointer: str) -> None:
    with pytest.raises(GraphSyntaxError) as caught:
        parsed({**call("a"), "limits": stated})

    (problem,) = caught.value.problems
    assert words in problem.message
    assert problem.place.startswith("graph.json:")
    assert problem.place.endswith(f" {pointer}")


def test_a_misspelt_limit_gets_the_nearest_one_as_hint() -> None:
    with pytest.raises(GraphSyntaxError) as caught:
        parsed(limited(call("a"), memry="64MiB"))

    assert caught.value.hint == "did you mean memory?"


def test_the_innermost_statement_counts_for_each_call() -> None:
    stated = stated_limits(parsed(NESTED))

    whole = {"wall": 20, "memory": 1 << 30}
    assert stated == {
        "/root/stages/0": {**whole, "wall": 5},
        "/root/stages/1/branches/b": {**whole, "wall": 9},
        "/root/stages/1/branches/c": {"wall": 9, "memory": 64 * MIB},
        "/root/stages/2": whole,
    }


def test_a_limit_of_the_whole_graph_is_the_outermost() -> None:
    graph = read(let(call("a"), x=limited(call("b"), wall="3s")), limits={"wall": "8s"})

    assert stated_limits(graph) == {"/root/body": {"wall": 8}, "/root/bindings/x": {"wall": 3}}


@pytest.mark.parametrize(
    ("pointer", "name", "place"),
    [
        ("/root/stages/0", "wall", "/root/stages/0/limits/wall"),
        ("/root/stages/0", "memory", "/root/limits/memory"),
        ("/root/stages/1/branches/c", "wall", "/root/stages/1/limits/wall"),
        ("/root/stages/2", "cpu", "/limits/cpu"),
    ],
)
def test_a_limit_is_placed_where_it_was_stated(pointer: str, name: str, place: str) -> None:
    assert place_of_limit(read(NESTED, limits={"cpu": "1h"}), pointer, name) == place


def test_calls_carry_what_the_graph_states_also_when_only_some_run() -> None:
    graph = checked(NESTED)

    everything = {call.pointer: call.limits for call in build_dataflow(graph).calls}
    some = build_dataflow(graph, only="/root/stages/0").calls

    assert everything == stated_limits(graph.graph)
    assert [(one.pointer, one.limits["wall"]) for one in some] == [("/root/stages/0", 5)]


def test_limits_change_no_id_of_a_graph() -> None:
    plain = sequential(call("a"), parallel(b=call("b"), c=call("c")), call("d"))

    assert graph_id(checked(NESTED)) == graph_id(checked(plain))


def test_a_tree_shows_limits_where_they_are_stated() -> None:
    lines = render_tree(checked(NESTED)).splitlines()

    assert lines[1] == "└─ Sequential [wall 20s, memory 1GiB]"
    assert lines[2].startswith("   ├─ a [wall 5s]")
    assert lines[-1].startswith("   └─ d  ")


def test_a_literal_can_have_limits_that_bound_nothing() -> None:
    assert stated_limits(parsed(limited(const(1), wall="3s"))) == {}


@st.composite
def limits(draw: st.DrawFn) -> dict[str, int]:
    names = draw(st.sets(st.sampled_from([*CALL_LIMITS]), max_size=3))
    bounds = ((name, CALL_LIMITS[name]) for name in sorted(names))
    return {name: draw(st.integers(limit.least, limit.most)) for name, limit in bounds}


@given(ROOTS, limits(), limits(), st.data())
def test_a_graph_with_limits_reads_back_as_itself_in_any_order_of_keys(
    root: Document, inner: dict[str, int], outer: dict[str, int], data: st.DataObject
) -> None:
    document = sequential({**root, "limits": inner})
    graph = read(document, limits=outer)

    again = parse_graph(render_graph(graph).encode(), source="graph.json")
    other = read(shuffled(data.draw, document), limits=outer)

    assert again == graph
    assert {pointer: dict(found) for pointer, found in stated_limits(other).items()} == {
        pointer: {**outer, **inner} for pointer in stated_limits(graph)
    }
