"""The deepest and the most intricate graphs: everything that walks them comes to an end."""

from collections.abc import Callable

import pytest

from noether_nix.errors import GraphInvalidError
from noether_nix.graph.check import check_input
from noether_nix.graph.dataflow import build_dataflow
from noether_nix.graph.document import render_graph
from noether_nix.graph.identity import composition_id, graph_id
from noether_nix.graph.model import MAX_LEVELS
from noether_nix.graph.parse import parse_graph
from noether_nix.graph.show import render_dot, render_mermaid, render_tree
from noether_nix.inside.contract import Json
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
    merge,
    parallel,
    project,
    reduced,
    retry,
    sequential,
)


def nested(wrap: Callable[[Document], Document], inner: Document, levels: int) -> Document:
    for _ in range(levels - 1):
        inner = wrap(inner)
    return inner


@pytest.mark.parametrize(
    "wrap",
    [
        pytest.param(lambda node: branch(call("p"), node, const(1)), id="Branch"),
        pytest.param(lambda node: fanout(node, const(1)), id="Fanout"),
        pytest.param(lambda node: fanout(const(1), node), id="a target of Fanout"),
        pytest.param(lambda node: merge(const(1), node), id="Merge"),
        pytest.param(lambda node: merge(node, const(1)), id="the target of Merge"),
        pytest.param(retry, id="Retry"),
        pytest.param(mapped, id="Map"),
        pytest.param(lambda node: mapped(node, over="a"), id="Map over a field"),
        pytest.param(lambda node: filtered(sequential(node, const(True))), id="Filter"),
        pytest.param(lambda node: sequential(project(a="a"), node), id="Project"),
        pytest.param(lambda node: let(node, x=project(a="a")), id="Let"),
        pytest.param(lambda node: parallel(a=node), id="Parallel"),
    ],
)
def test_the_deepest_graph_is_walked_by_everything(wrap: Callable[[Document], Document]) -> None:
    levels = MAX_LEVELS // 2 if "stages" in str(wrap({})) else MAX_LEVELS
    graph = checked(nested(wrap, call("one"), levels))

    build_dataflow(graph)
    assert graph_id(graph) != composition_id(graph.graph)
    for render in (render_tree, render_mermaid, render_dot):
        assert render(graph)
    assert parse_graph(render_graph(graph.graph).encode(), source="graph.json") == graph.graph


def test_reductions_within_each_other_are_refused_when_they_take_too_long() -> None:
    root = nested(lambda node: reduced(node, initial=0), call("one"), 40)

    with pytest.raises(GraphInvalidError) as caught:
        checked(root)

    assert [problem.code for problem in caught.value.problems] == ["too-intricate"]


def test_a_reduction_in_a_reduction_is_none_of_these() -> None:
    inner = sequential(project(items="item"), reduced(call("add"), initial=0, over="items"))
    types = {"add": "{ accumulator: Number, item: Number } -> Number"}

    graph = checked(reduced(inner, initial=0), types)

    assert check_input(graph, [[1, 2], [3]]) == [[1, 2], [3]]


def test_an_input_of_many_items_is_checked() -> None:
    graph = checked(
        mapped(sequential(project(n="n"), call("one"))), {"one": "{ n: Number } -> Any"}
    )
    value: list[Json] = [{"n": at} for at in range(20_000)]

    assert check_input(graph, value) is value
