"""What holds for the runs of every graph, with stages that fail and branches that data decides.

What a graph means is said once, in plain Python, by ``tests/unit/graph/meaning.py``.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from noether_nix.database.connection import Database
from noether_nix.errors import GraphError
from noether_nix.graph.dataflow import Call, Dataflow
from noether_nix.graph.identity import canonical_document
from noether_nix.inside.contract import encode
from noether_nix.run.report import CallReport, Report
from tests.fakes.fake_runs import FakeRuns
from tests.fakes.plain_stages import PlainRun, RaisedError, define
from tests.unit.graph.graphs import (
    ANY_ROOTS,
    VALUES,
    Document,
    call,
    const,
    mapped,
    parsed,
    retry,
    sequential,
)
from tests.unit.graph.meaning import UnusableError, interpret
from tests.unit.graph.scopes import SCOPED_ROOTS, beside, bind, get

ROOTS = ANY_ROOTS | SCOPED_ROOTS
IDENTITY: Document = {"op": "Project", "from": []}
Room = tuple[Database, Path]
_SETTINGS = settings(
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
    ],
)

# Of laws that take several graphs for one example.
_SEVERAL = settings(_SETTINGS, max_examples=50)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A ledger and a folder for all runs here; each has results of its own."""
    folder = tmp_path_factory.mktemp("laws")
    with Database.open(folder / "noether.sqlite") as database:
        yield database, folder


def runs_in(room: Room) -> FakeRuns:
    database, folder = room
    runs = FakeRuns(database, folder / "logs")
    define(runs)
    return runs


def run(runs: FakeRuns, root: Document, value: Any, *, optimize: bool = True) -> Report:
    """The report, if what meets in the graph fits."""
    try:
        return runs.run(root, value, optimize=optimize)
    except GraphError:
        assume(False)
        raise


def ends(report: Report) -> dict[str, tuple[str, str | None]]:
    """How each call ended, and under which key."""
    return {one.pointer: (one.outcome, one.key) for one in report.calls}


def same_calls(report: Report) -> list[tuple[str, str | None]]:
    """The same wherever in a graph they stand."""
    return sorted((one.outcome, one.key or "") for one in report.calls)


# ---------------------------------------------------------------- meaning


@_SETTINGS
@given(root=ROOTS, value=VALUES, optimize=st.booleans())
def test_a_run_does_what_its_graph_means(
    room: Room, root: Document, value: Any, *, optimize: bool
) -> None:
    graph = parsed(root)
    report = run(runs_in(room), root, value, optimize=optimize)
    plain = PlainRun(graph)

    try:
        expected = interpret(graph.root, value, plain.apply)
    except UnusableError:
        return  # a run looks at nothing that nobody uses, so it may be well
    except RaisedError:
        found = {pointer: ends(report)[pointer][0] for pointer in plain.taken}
        others = dict.fromkeys(plain.taken, "succeeded")
        assert found == others | {plain.raised: "stage-raised"}
        assert not report.ok
        return
    assert report.encoded == encode(expected)
    made = {one.pointer for one in report.calls if one.outcome == "succeeded"}
    assert made == plain.taken.keys()
    assert {one.outcome for one in report.calls} <= {"succeeded", "not-taken"}


@_SETTINGS
@given(root=ROOTS, value=VALUES)
def test_fused_or_alone_every_call_has_the_same_key_and_result(
    room: Room, root: Document, value: Any
) -> None:
    graph = parsed(root)
    fused, alone = runs_in(room), runs_in(room)
    report = run(fused, root, value)
    plain = PlainRun(graph)
    with suppress(UnusableError, RaisedError):
        interpret(graph.root, value, plain.apply)

    told = {one.pointer: one for one in report.calls}
    for pointer, taken in plain.taken.items():
        one = told[pointer]
        stage = alone.known_stage(plain.stage_of(pointer))
        lone = Call(0, pointer, stage, {"input": None})
        (again,) = alone.run_flow(Dataflow((lone,), (), {"call": 0}), json.loads(taken)).calls
        assert facts(again) == facts(one)


def facts(one: CallReport) -> tuple[Any, ...]:
    return one.pointer, one.key, one.outcome, one.value_sha256, one.detail.get("message")


@_SETTINGS
@given(root=ROOTS, value=VALUES)
def test_known_or_fresh_a_run_has_the_same_output_and_ends(
    room: Room, root: Document, value: Any
) -> None:
    runs = runs_in(room)
    fresh = run(runs, root, value)

    known = run(runs, root, value)

    assert known.encoded == fresh.encoded
    assert ends(known) == ends(fresh)
    raised = {one.key for one in known.calls if one.outcome == "stage-raised"}
    assert len(runs.executor.ran) == len(raised)


@_SETTINGS
@given(root=ROOTS, value=VALUES)
def test_optimized_or_not_a_run_has_the_same_output_keys_and_ends(
    room: Room, root: Document, value: Any
) -> None:
    plain = run(runs_in(room), root, value, optimize=False)
    optimized = run(runs_in(room), root, value)

    assert optimized.encoded == plain.encoded
    assert optimized.fault == plain.fault
    found = ends(optimized)
    assert found.keys() == ends(plain).keys()
    for pointer, (outcome, key) in ends(plain).items():
        # The failure of what only a dead arm would have used keeps nobody waiting.
        assert outcome == "skipped" or found[pointer] == (outcome, key)


# ---------------------------------------------------------------- Sequential


@_SEVERAL
@given(one=ROOTS, two=ROOTS, three=ROOTS, value=VALUES)
def test_how_a_chain_is_nested_changes_nothing(
    room: Room, one: Document, two: Document, three: Document, value: Any
) -> None:
    flat = run(runs_in(room), sequential(one, two, three), value)

    for root in (
        sequential(sequential(one, two), three),
        sequential(one, sequential(two, sequential(three))),
        retry(sequential(one, sequential(two, three)), 1),
    ):
        report = runs_in(room).run(root, value)
        assert (report.encoded, report.fault) == (flat.encoded, flat.fault)
        assert same_calls(report) == same_calls(flat)


@_SETTINGS
@given(root=ROOTS, value=VALUES)
def test_what_gives_its_input_as_it_is_changes_nothing_before_and_after(
    room: Room, root: Document, value: Any
) -> None:
    plain = run(runs_in(room), root, value)

    for other in (sequential(IDENTITY, root), sequential(root, IDENTITY)):
        report = run(runs_in(room), other, value)
        assert (report.encoded, report.fault) == (plain.encoded, plain.fault)
        assert same_calls(report) == same_calls(plain)


@_SETTINGS
@given(root=ROOTS, value=VALUES)
def test_the_canonical_form_does_what_the_graph_does(
    room: Room, root: Document, value: Any
) -> None:
    plain = run(runs_in(room), root, value)
    canonical = canonical_document(parsed(root).root, lambda node: str(node.reference))
    assume("_text" not in json.dumps(canonical))  # RFC 8785 has no such value

    report = run(runs_in(room), canonical, value)

    assert (report.encoded, report.fault) == (plain.encoded, plain.fault)
    assert same_calls(report) == same_calls(plain)


# ---------------------------------------------------------------- side by side


@_SEVERAL
@given(one=ROOTS, other=ROOTS, third=ROOTS, value=VALUES)
def test_a_branch_of_a_parallel_knows_nothing_of_the_others(
    room: Room, one: Document, other: Document, third: Document, value: Any
) -> None:
    assume(not (isinstance(value, dict) and {"p", "q"} & value.keys()))
    reports = [run(runs_in(room), beside(one, beside_it), value) for beside_it in (other, third)]

    ours = [
        {name: end for name, end in ends(report).items() if name.startswith("/root/branches/p")}
        for report in reports
    ]
    assert ours[0] == ours[1]
    alone = run(runs_in(room), one, value)
    assert sorted(ours[0].values()) == sorted(ends(alone).values())
    for report, neighbour in zip(reports, (other, third), strict=True):
        if report.ok:
            lone = run(runs_in(room), neighbour, value)
            assert report.encoded == encode({"p": alone.output, "q": lone.output})


# ---------------------------------------------------------------- Let


@_SEVERAL
@given(outer=ROOTS, inner=ROOTS, value=VALUES, name=st.sampled_from(["a", "b"]))
def test_a_name_is_hidden_by_the_same_name_within_and_is_back_behind_it(
    room: Room, outer: Document, inner: Document, value: Any, name: str
) -> None:
    assume(not (isinstance(value, dict) and {"p", "q"} & value.keys()))
    bound = run(runs_in(room), outer, value)
    seen = {**(value if isinstance(value, dict) else {}), name: bound.output} if bound.ok else {}
    root = bind(name, outer, beside(bind(name, inner, get(name)), get(name)))

    report = run(runs_in(room), root, value)

    if report.ok:
        within = run(runs_in(room), inner, seen)
        assert report.encoded == encode({"p": within.output, "q": bound.output})


@_SEVERAL
@given(binding=ROOTS, body=ROOTS, value=VALUES, name=st.sampled_from(["a", "b", "c"]))
def test_a_body_sees_the_input_with_what_is_bound_over_it(
    room: Room, binding: Document, body: Document, value: Any, name: str
) -> None:
    whole = run(runs_in(room), bind(name, binding, body), value)
    bound = run(runs_in(room), binding, value)
    if not bound.ok:
        # What the body does not look at may be a value that there is not.
        assert bound.fault is not None or not whole.ok
        return
    seen = {**(value if isinstance(value, dict) else {}), name: bound.output}

    alone = run(runs_in(room), body, seen)

    if alone.ok:
        assert whole.encoded == alone.encoded
        assert same_calls(whole) == sorted(same_calls(bound) + same_calls(alone))


# ---------------------------------------------------------------- Retry, Map


@_SETTINGS
@given(root=ROOTS, value=VALUES, attempts=st.integers(1, 4))
def test_what_is_made_again_comes_to_the_same(
    room: Room, root: Document, value: Any, attempts: int
) -> None:
    plain = run(runs_in(room), root, value)

    report = run(runs_in(room), retry(root, attempts), value)

    assert (report.encoded, report.fault) == (plain.encoded, plain.fault)
    assert same_calls(report) == same_calls(plain)


@_SETTINGS
@given(body=ROOTS, items=st.lists(VALUES, max_size=3))
def test_a_map_does_to_every_item_what_its_body_does_to_it_alone(
    room: Room, body: Document, items: list[Any]
) -> None:
    whole = run(runs_in(room), sequential(const(items), mapped(body)), None)
    alone = [run(runs_in(room), body, item) for item in items]

    if all(one.ok for one in alone):
        assert whole.encoded == encode([one.output for one in alone])
    calls = [end for one in alone for end in same_calls(one)]
    assert same_calls(whole) == sorted(calls)


@_SETTINGS
@given(body=ROOTS, value=VALUES)
def test_over_no_items_nothing_is_done(room: Room, body: Document, value: Any) -> None:
    nothing: tuple[Any, ...] = ([], {})
    for items in nothing:
        report = run(runs_in(room), sequential(const(items), mapped(body), call("one")), value)
        assert [one.pointer for one in report.calls] == ["/root/stages/2"]
