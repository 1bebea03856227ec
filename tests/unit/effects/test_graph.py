"""What a graph does: the join of all that is in it, and where chance ends in a file."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.effects.graph import (
    cents_of,
    effects_of_nodes,
    find_pollution,
    uses_of_graph,
)
from noether_nix.graph.check import CheckedGraph, check_graph
from noether_nix.graph.traversal import children, stage_nodes
from noether_nix.stage.effect import PURE, join_effects
from noether_nix.stage.effect_forms import parse_effects, render_effects
from noether_nix.stage.model import Stage
from tests.unit.graph.graphs import (
    Document,
    branch,
    call,
    const,
    fanout,
    filtered,
    let,
    mapped,
    merge,
    parallel,
    parsed,
    reduced,
    retry,
    sequential,
    stage,
    written,
)

KINDS = {
    "now": "[Clock, Fallible]",
    "roll": "[NonDeterministic]",
    "fetch": '[Cost(3), Network("a.example")]',
    "tidy": "[Pure]",
    "risky": "[Fallible, Pure]",
    "save": '[FsWrite("/data")]',
    "peek": '[FsRead("/data")]',
    "yes": "[Pure]",
}
REMOTE: Document = {
    "op": "RemoteStage",
    "url": "https://far.example:8080/run",
    "input": "Any",
    "output": "Any",
}


def check(root: Document, **more: Stage) -> CheckedGraph:
    graph = parsed(root)
    known = {
        name: stage(name, "Any -> Bool" if name == "yes" else "Any -> Any", *parse_effects(text)[0])
        for name, text in KINDS.items()
    }
    known |= more
    found = {node.pointer: known[str(node.reference)] for node in stage_nodes(graph)}
    return check_graph(graph, found, written(root))


def effects(root: Document) -> str:
    return render_effects(check(root).effects)


@pytest.mark.parametrize(
    ("root", "told"),
    [
        pytest.param(call("tidy"), "[Pure]", id="a stage"),
        pytest.param(sequential(call("tidy"), call("now")), "[Clock, Fallible]", id="Pure goes"),
        pytest.param(
            branch(call("yes"), call("now"), call("save")),
            '[Clock, Fallible, FsWrite("/data")]',
            id="both arms",
        ),
        pytest.param(retry(call("fetch")), '[Cost(3), Network("a.example")]', id="Retry"),
        pytest.param(REMOTE, '[Fallible, Network("far.example:8080")]', id="RemoteStage"),
        pytest.param(
            parallel(a=call("fetch"), b=REMOTE),
            '[Cost(3), Fallible, Network("a.example", "far.example:8080")]',
            id="hosts in one",
        ),
    ],
)
def test_a_graph_does_what_is_in_it(root: Document, told: str) -> None:
    assert effects(root) == told


def test_an_operator_does_what_its_children_do_whatever_it_is() -> None:
    graph = check(
        let(
            fanout(call("risky"), call("now"), const(1)),
            one=merge(call("save"), call("tidy"), call("roll")),
            two=parallel(only=call("peek")),
        )
    )

    rows = effects_of_nodes(graph)
    by_pointer = {row.node.pointer: row.effects for row in rows}

    for row in rows:
        inside = [by_pointer[child.pointer] for _, child in children(row.node)]
        assert not inside or row.effects == join_effects((PURE,), *inside)
    assert render_effects(by_pointer["/root/body"]) == "[Clock, Fallible]"
    assert by_pointer["/root/body/targets/1"] == (PURE,)
    assert by_pointer["/root"] == join_effects(graph.effects)


@pytest.mark.parametrize(
    ("root", "types"),
    [
        pytest.param(mapped(call("item")), "Any -> Any", id="Map"),
        pytest.param(filtered(call("item")), "Any -> Bool", id="Filter"),
        pytest.param(reduced(call("item"), mode="tree"), "Any -> Any", id="Reduce"),
    ],
)
def test_what_is_done_to_every_item_counts(root: Document, types: str) -> None:
    graph = check(root, item=stage("item", types, *parse_effects("[Network]")[0]))

    assert render_effects(effects_of_nodes(graph)[0].effects) == "[Network]"


def test_policies_are_asked_about_stages_and_remote_stages() -> None:
    graph = check(branch(call("yes"), REMOTE, call("fetch")))

    assert [(use.pointer, use.name) for use in uses_of_graph(graph)] == [
        ("/root/predicate", "yes"),
        ("/root/if_true", "https://far.example:8080/run"),
        ("/root/if_false", "fetch"),
    ]


def test_costs_are_added_up() -> None:
    graph = check(parallel(a=call("fetch"), b=retry(call("fetch")), c=call("tidy")))

    assert cents_of(use.effects for use in uses_of_graph(graph)) == 6


# ---------------------------------------------------------------- pollution


@pytest.mark.parametrize(
    ("root", "way"),
    [
        pytest.param(
            sequential(call("roll"), call("tidy"), call("save")),
            ("/root/stages/0", "/root/stages/1", "/root/stages/2"),
            id="one after another",
        ),
        pytest.param(
            sequential(call("now"), parallel(a=call("tidy"), b=call("yes")), call("save")),
            ("/root/stages/0", "/root/stages/1/branches/a", "/root/stages/2"),
            id="through branches",
        ),
        pytest.param(
            merge(call("save"), sequential(call("now"), call("tidy")), call("yes")),
            ("/root/sources/0/stages/0", "/root/sources/0/stages/1", "/root/target"),
            id="Merge",
        ),
        pytest.param(
            let(call("save"), x=sequential(call("now"), call("tidy"))),
            ("/root/bindings/x/stages/0", "/root/bindings/x/stages/1", "/root/body"),
            id="Let",
        ),
        pytest.param(
            fanout(sequential(call("now"), call("risky")), call("save")),
            ("/root/source/stages/0", "/root/source/stages/1", "/root/targets/0"),
            id="Fanout",
        ),
        pytest.param(
            sequential(call("now"), retry(call("tidy")), retry(call("save"))),
            ("/root/stages/0", "/root/stages/1/stage", "/root/stages/2/stage"),
            id="Retry",
        ),
    ],
)
def test_chance_that_is_written_after_a_pure_stage_is_told(
    root: Document, way: tuple[str, str, str]
) -> None:
    problem, *_ = find_pollution(check(root))

    assert problem.code == "effect-pollution"
    assert problem.place == way[2]
    assert all(f"({pointer})" in problem.message for pointer in way[:2])


@pytest.mark.parametrize(
    "root",
    [
        pytest.param(sequential(call("peek"), call("tidy"), call("save")), id="no chance"),
        pytest.param(sequential(call("now"), call("save")), id="nothing pure between"),
        pytest.param(sequential(call("save"), call("tidy"), call("now")), id="written before"),
        pytest.param(
            parallel(a=call("now"), b=sequential(call("tidy"), call("save"))), id="beside"
        ),
        pytest.param(
            sequential(call("now"), call("tidy"), const(1), call("save")), id="a constant"
        ),
    ],
)
def test_where_chance_does_not_get_nothing_is_told(root: Document) -> None:
    assert find_pollution(check(root)) == ()


NODES = st.recursive(
    st.sampled_from([*map(call, KINDS), const(1), REMOTE]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda nodes: sequential(*nodes)),
        st.lists(inner, min_size=1, max_size=3).map(
            lambda nodes: parallel(**{f"b{at}": one for at, one in enumerate(nodes)})
        ),
        st.builds(lambda a, b: let(a, x=b), inner, inner),
        st.builds(retry, inner),
    ),
    max_leaves=8,
)


@given(NODES)
def test_the_effects_of_the_root_are_those_of_the_graph(root: Document) -> None:
    graph = check(root)

    assert effects_of_nodes(graph)[0].effects == join_effects((PURE,), graph.effects)
    find_pollution(graph)


def test_a_large_graph_is_followed_in_time() -> None:
    sources = parallel(**{f"s{at}": call("now") for at in range(2000)})
    tidy = parallel(**{f"t{at}": call("tidy") for at in range(2000)})
    graph = check(sequential(sources, tidy, call("save")))
    before = time.process_time()

    found = find_pollution(graph)
    effects_of_nodes(graph)

    assert found
    assert time.process_time() - before < 1
