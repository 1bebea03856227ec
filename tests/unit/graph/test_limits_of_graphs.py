"""The deepest and the most intricate graphs: everything that walks them comes to an end."""

from collections.abc import Callable
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.check_graph import known_stages, shapes
from noether_nix.errors import GraphInvalidError
from noether_nix.graph.check import check_graph, check_input
from noether_nix.graph.dataflow import build_dataflow
from noether_nix.graph.document import render_graph
from noether_nix.graph.edges import EdgeChecker
from noether_nix.graph.identity import composition_id, graph_id
from noether_nix.graph.model import MAX_LEVELS, ParallelNode
from noether_nix.graph.needs import NeedFinder
from noether_nix.graph.parse import parse_graph
from noether_nix.graph.port import Port
from noether_nix.graph.show import render_dot, render_mermaid, render_tree
from noether_nix.graph.traversal import nodes, stage_nodes
from noether_nix.inside.contract import Json
from noether_nix.types.model import Type
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
    parsed,
    project,
    reduced,
    retry,
    sequential,
    stage,
    written,
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


# A tenth of it is what it takes on a quiet machine; processor time, since others run beside us.
MOST_SECONDS = 6


@pytest.mark.parametrize("shape", shapes(1))
def test_ten_thousand_nodes_are_checked(shape: str) -> None:
    stages, text = known_stages(), written(shapes(10_000)[shape])

    start = process_time()
    graph = parse_graph(text, source="graph.json")
    named = {node.pointer: stages[str(node.reference)] for node in stage_nodes(graph)}
    result = check_graph(graph, named, text)
    taken = process_time() - start

    assert len(result.node_types) == sum(1 for _ in nodes(graph)) > 9_900
    assert taken < MOST_SECONDS


TYPES = {
    "any": "Any -> Number",
    "a": "{ a: Number } -> { a: Number }",
    "b": "{ b: { a: Number } } -> Number",
    "both": "{ a: Number, b?: Text } | Null -> Text",
    "text": "Text -> { a: Number, b: Text }",
}
ROOTS = st.recursive(
    st.sampled_from(list(TYPES)).map(call) | st.just(const(1)),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda stages: sequential(*stages)),
        st.dictionaries(st.sampled_from("abc"), inner, min_size=1).map(lambda b: parallel(**b)),
        inner.map(retry),
    ),
    max_leaves=8,
)


class Trying(NeedFinder):
    """Tries also what needs no trying."""

    def _is_for_all(self, node: ParallelNode, whole: Type) -> bool:
        is_certain = super()._is_for_all(node, whole)
        assert self._edges.takes(node, whole) or not is_certain
        return is_certain


@given(root=ROOTS)
def test_what_is_certain_without_trying_is_so_when_tried(root: Document) -> None:
    graph = parsed(root)
    named = {node.pointer: str(node.reference) for node in stage_nodes(graph)}
    stages = {pointer: stage(name, TYPES[name]) for pointer, name in named.items()}
    ports = {pointer: Port(one.input) for pointer, one in stages.items()}

    Trying(EdgeChecker(stages, ports, 10_000)).find(graph.root)
