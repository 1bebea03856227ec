"""What is worked out before anything runs, and what is left alone because it could fail."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given

from noether_nix.errors import GraphInvalidError
from noether_nix.graph.check import CheckedGraph
from noether_nix.graph.dataflow import Dataflow, build_dataflow, every_call
from noether_nix.graph.expression import Assembled, Constant, Input, Output
from noether_nix.graph.flow import Around, Flow, FoundCall, Walker
from noether_nix.graph.folding import fold_flow
from noether_nix.graph.model import StageNode
from noether_nix.graph.references import NameReference
from noether_nix.graph.simplified import find_simplified
from noether_nix.inside.contract import encode
from noether_nix.inside.unusable import InputUnusableError
from tests.unit.graph.graphs import (
    ANY_ROOTS,
    VALUES,
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
    stage,
)
from tests.unit.graph.meaning import UnusableError, follow
from tests.unit.graph.scopes import SCOPED_ROOTS

ONE, TWO = call("one"), call("two")
WHOLE: Document = {"from": []}
GET_A: Document = {"op": "Project", "from": "a"}
REMOTE = {"op": "RemoteStage", "url": "https://a.example/", "input": "Any", "output": "Any"}


def folded(root: Document, *, only: str | None = None) -> Dataflow:
    return build_dataflow(checked(root), only=only, optimize=True)


def guards_of(flow: Dataflow) -> list[list[tuple[Any, bool]]]:
    return [[(guard.predicate, guard.wanted) for guard in one.guards] for one in flow.calls]


# ---------------------------------------------------------------- constants


@pytest.mark.parametrize(
    ("root", "value"),
    [
        pytest.param(parallel(b=const(1), a=const([2])), {"a": [2], "b": 1}, id="Parallel"),
        pytest.param(sequential(ONE, const(1), const("x")), "x", id="Sequential"),
        pytest.param(fanout(const(1), const(2), project(n={"const": 3})), [2, {"n": 3}], id="Fan"),
        pytest.param(
            merge(GET_A | {"from": "source_1"}, const(1), const({"b": 2})), {"b": 2}, id="Merge"
        ),
        pytest.param(let(GET_A, a=const(5)), 5, id="Let"),
        pytest.param(
            sequential(const({"a": {"b": 1}}), {"op": "Project", "from": ["a", "b"]}),
            1,
            id="Project",
        ),
        pytest.param(
            sequential(const({}), {"op": "Project", "from": "a", "default": None}),
            None,
            id="Project with a default",
        ),
        pytest.param(
            sequential(const({"a": 1, "b": 2}), parallel(a=project(x=WHOLE), c=project(y=WHOLE))),
            {"a": {"x": 1}, "c": {"y": {"a": 1, "b": 2}}},
            id="Parallel by the value",
        ),
        pytest.param(retry(const(1.0)), 1.0, id="Retry"),
        pytest.param(branch(const(value=True), const(1), ONE), 1, id="Branch"),
        pytest.param(sequential(const([]), mapped(ONE)), [], id="Map of none"),
        pytest.param(sequential(const({}), filtered(call("p"))), {}, id="Filter of none"),
        pytest.param(sequential(const([]), reduced(ONE, initial=7)), 7, id="Reduce of none"),
        pytest.param(
            sequential(const([]), reduced(ONE, initial=7, mode="tree")), 7, id="a tree of none"
        ),
    ],
)
def test_what_needs_no_call_is_a_constant(root: Document, value: Any) -> None:
    assert encode(folded(root).output) == encode({"const": value})


def test_a_constant_picked_from_what_is_known_in_part_is_one() -> None:
    root = sequential(parallel(a=const(1), b=ONE), GET_A)

    assert folded(root).output == {"const": 1}
    assert [one.pointer for one in folded(root).calls] == ["/root/stages/0/branches/b"]


def test_a_large_constant_is_written_down_once() -> None:
    large = const("x" * 5000)
    root = parallel(a=sequential(large, parallel(p=project(q=WHOLE), r=project(s=WHOLE))), b=ONE)

    text = str(folded(root))

    assert text.count("x" * 5000) == 1


# ---------------------------------------------------------------- dead branches


def test_of_a_branch_that_is_decided_only_the_taken_arm_is_looked_at() -> None:
    flow = folded(sequential(branch(const(value=False), ONE, TWO), call("three")))

    assert [one.pointer for one in flow.calls] == [
        "/root/stages/0/if_true",
        "/root/stages/0/if_false",
        "/root/stages/1",
    ]
    assert guards_of(flow) == [[({"const": False}, True)], [], []]
    assert flow.calls[0].input == {"const": None}
    assert flow.calls[2].input == {"call": 1}


def test_a_predicate_that_comes_to_a_constant_decides() -> None:
    predicate = sequential(const({"a": {"deep": True}}), {"op": "Project", "from": ["a", "deep"]})

    flow = folded(let(branch(GET_A, ONE, TWO), a=predicate))

    assert flow.output == {"call": 0}


def test_what_guards_an_inner_branch_still_does() -> None:
    inner = branch(const(value=True), ONE, TWO)

    flow = folded(branch(call("outer"), inner, const(0)))

    outer = ({"call": 0}, True)
    assert guards_of(flow) == [[], [outer], [outer, ({"const": False}, True)]]
    assert flow.output == {"branch": [{"call": 0}, {"call": 1}, {"const": 0}]}


def test_a_predicate_that_is_no_boolean_is_left_to_fail() -> None:
    types = {"loose": "Any -> Any"}
    graph = checked(sequential(call("loose"), branch(call("loose"), ONE, TWO)), types)

    assert build_dataflow(graph, optimize=True) == build_dataflow(graph)


def test_what_may_have_no_value_is_not_passed_by() -> None:
    may_fail = project(a={"const": 1}, b="absent")
    known = branch(const(value=True), may_fail, const({"a": 2, "b": 3}))

    flow = folded(sequential(call("any"), known, GET_A))

    assert flow.output == {
        "pick": [
            ["a"],
            {"object": [["a", {"const": 1}], ["b", {"pick": [["absent"], {"call": 0}]}]]},
        ]
    }


def test_a_call_that_nobody_needs_is_made() -> None:
    flow = folded(let(const(1), unused=ONE))

    assert [one.pointer for one in flow.calls] == ["/root/bindings/unused"]
    assert guards_of(flow) == [[]]


def test_a_node_in_a_dead_arm_can_be_asked_for() -> None:
    root = branch(const(value=True), ONE, sequential(TWO, mapped(call("three"))))

    for only in ("/root/if_false/stages/0", "/root/if_false"):
        assert folded(root, only=only) == build_dataflow(checked(root), only=only)
    assert folded(root, only="/root/if_true").output == {"call": 0}
    assert folded(root, only="/root").output == {"call": 0}


def test_a_map_without_calls_in_a_dead_arm_is_gone_and_one_with_calls_never_begins() -> None:
    dead = branch(const(value=True), const(1), sequential(ONE, mapped(GET_A), mapped(TWO)))

    (each,) = folded(dead).eaches

    assert each.pointer == "/root/if_false/stages/2"
    assert [(one.predicate, one.wanted) for one in each.guards] == [({"const": False}, True)]


def test_bodies_of_items_are_worked_out_too() -> None:
    body = branch(const(value=True), sequential(ONE, const({"a": 1}), GET_A), TWO)

    (each,) = folded(mapped(body)).eaches

    assert each.body.output == {"const": 1}
    assert guards_of(each.body) == [[], [({"const": False}, True)]]


def test_a_graph_with_a_stage_of_another_server_is_left_as_it_is() -> None:
    graph = checked(branch(const(value=True), ONE, sequential(const([1]), mapped(REMOTE))))

    assert build_dataflow(graph, optimize=True) == build_dataflow(graph)


def test_policies_and_limits_see_every_call_of_the_graph() -> None:
    root = branch(const(value=True), sequential(const([]), mapped(ONE)), mapped(TWO))
    graph = checked(root)

    for flow in (build_dataflow(graph), build_dataflow(graph, optimize=True)):
        assert [one.pointer for one in every_call(flow)] == [
            "/root/if_true/stages/1/body",
            "/root/if_false/body",
        ]


# ---------------------------------------------------------------- told by nodes


def test_what_is_known_is_told_in_one_line() -> None:
    dead = branch(const(value=True), const(1), sequential(ONE, mapped(TWO)))
    found = find_simplified(checked(sequential(ONE, dead, parallel(a=const(1)))))

    assert found.in_words() == (
        "2 calls dropped: dead branch at /root/stages/1; "
        "known beforehand: /root/stages/1, /root/stages/2"
    )
    assert found.to_document() == {
        "dead": [{"node": "/root/stages/1", "arm": "if_false", "calls": 2}],
        "constant": ["/root/stages/1", "/root/stages/2"],
    }


@pytest.mark.parametrize(
    "root",
    [
        pytest.param(branch(call("p"), ONE, const(1)), id="undecided"),
        pytest.param(sequential(ONE, const(1)), id="a constant behind a call"),
        pytest.param(const(1), id="a Const"),
        pytest.param(sequential(REMOTE, parallel(a=const(1))), id="another server"),
    ],
)
def test_of_most_graphs_nothing_is_told(root: Document) -> None:
    found = find_simplified(checked(root))

    assert found.in_words() == ""
    assert found.to_document() == {"dead": [], "constant": []}


def test_a_dead_arm_in_a_body_is_told_once_and_one_in_another_is_not() -> None:
    inner = branch(const(value=False), ONE, TWO)
    root = mapped(branch(const(value=True), call("three"), inner))

    (dead,) = find_simplified(checked(root)).dead

    assert (dead.pointer, dead.arm, dead.calls) == ("/root/body", "if_false", 2)


def test_many_places_are_counted() -> None:
    root = sequential(*(branch(const(value=True), ONE, TWO) for _ in range(5)))

    words = find_simplified(checked(root)).in_words()

    assert words.startswith("5 calls dropped: dead branch at /root/stages/0, ")
    assert words.endswith("/root/stages/2 and 2 more")


# ---------------------------------------------------------------- laws


def sound(root: Document) -> CheckedGraph:
    try:
        return checked(root)
    except GraphInvalidError:
        assume(False)
        raise


def outcome(flow: Dataflow, value: Any) -> tuple[bytes | None, dict[str, bytes]]:
    """What comes out, if anything does, and what each call gets."""
    seen: dict[str, bytes] = {}

    def apply(pointer: str, taken: Any) -> Any:
        seen[pointer] = encode(taken)
        if pointer.endswith("predicate"):
            return len(seen[pointer]) % 2 == 0
        return [pointer, taken] if len(pointer) % 2 else {"a": [taken], "b": pointer}

    try:
        return encode(follow(flow, value, apply)), seen
    except (UnusableError, InputUnusableError):
        return None, {}


@given(ANY_ROOTS | SCOPED_ROOTS, VALUES)
def test_a_folded_flow_gives_what_the_flow_gives_and_its_calls_get_the_same(
    root: Document, value: Any
) -> None:
    graph = sound(root)

    assert outcome(build_dataflow(graph, optimize=True), value) == outcome(
        build_dataflow(graph), value
    )


@given(ANY_ROOTS)
def test_folding_keeps_every_call_at_its_place(root: Document) -> None:
    graph = sound(root)

    plain, flow = build_dataflow(graph), build_dataflow(graph, optimize=True)

    def facts(one: Dataflow) -> Iterator[tuple[Any, ...]]:
        for made in every_call(one):
            yield made.index, made.pointer, made.stage.id, made.limits, made.retries

    assert [*facts(flow)] == [*facts(plain)]


# ---------------------------------------------------------------- size


def nested(levels: int) -> Flow:
    """One call behind so many objects within each other, every other one known to the last."""
    node = StageNode("/root", NameReference("one"))
    known: Any = Constant(value=True)
    source: Any = Input()
    for _ in range(levels):
        known = Assembled({"a": known})
        source = Assembled({"a": source, "b": Constant(1)})
    found = FoundCall(node, stage("one"), Assembled({"x": known, "y": source}), Around())
    return Flow([found], [], {"/root": Output(0)})


def test_nesting_of_any_depth_is_worked_out() -> None:
    flow = fold_flow(nested(10_000), ("/root",))

    assert flow.outputs == {"/root": flow.outputs["/root"]}
    assert len(flow.calls) == 1


def test_ten_thousand_lets_and_branches_are_folded_while_one_looks() -> None:
    one = let(branch(const(value=True), ONE, TWO), a=const({"b": 1}))
    graph = checked(sequential(*[one] * 2500))  # each is four nodes and a Const
    walker = Walker(graph.stages, graph.ports)
    walker.add(graph.graph.root, Input(), Around())

    began = time.process_time()
    flow = fold_flow(walker.flow, ("/root",))
    seconds = time.process_time() - began

    assert len(flow.calls) == 5000
    assert seconds < 30
