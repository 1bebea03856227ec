"""Runs of flows that grow, held against what the flow means in plain Python."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from noether_nix.database.connection import Database
from noether_nix.errors import BuilderLostError
from noether_nix.graph.dataflow import Call, Dataflow, Each, Guard
from noether_nix.inside.unusable import MOST_GROWN
from noether_nix.run.events import CallEnded
from noether_nix.run.report import Report
from tests.fakes.fake_runs import FakeRuns, stage_of
from tests.fakes.reference import FailedError, Reference, UnusableError

BODIES: Mapping[str, str] = {
    "wrap": "return [x]",
    "size": "return len(str(x))",
    "even": "return len(str(x)) % 2 == 0",
    "pieces": "return [x, 1, x][: len(str(x)) % 4]",
    "named": "return {'a': x, 'b': len(str(x))}",
    "picky": "if len(str(x)) % 3 == 0: raise ValueError(str(x))\n    return x",
    "odd": "return x if len(str(x)) % 5 == 0 else len(str(x)) % 2 == 1",
}


def _python(body: str) -> Callable[[Any], Any]:
    names: dict[str, Any] = {}
    exec(f"def execute(x):\n    {body}\n", names)
    function: Callable[[Any], Any] = names["execute"]
    return function


STAGE_FILES = {name: stage_of(name, body) for name, body in BODIES.items()}
STAGES = {name: _python(body) for name, body in BODIES.items()}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, Path]]:
    """A ledger and a folder for all runs here; each has results of its own."""
    folder = tmp_path_factory.mktemp("growth")
    with Database.open(folder / "noether.sqlite") as database:
        yield database, folder


def runs_in(room: tuple[Database, Path]) -> FakeRuns:
    database, folder = room
    return FakeRuns(database, folder / "logs")


# ------------------------------------------------------------------------------ flows

Expression = dict[str, Any]
INPUT: Expression = {"input": None}
_ITEMS = st.sampled_from([[1, 22, 333], {"a": 1, "b": 22, "c": [3]}, [12, "ab", None, 5], [True]])
_VALUES = st.sampled_from([0, 12, "ab", [], [1, 22, 333], {"a": 1, "b": [2, 3]}, {}, True, None])


class Builder:
    """Draws a flow: calls and eaches, each of which may take from all before it."""

    def __init__(self, draw: Callable[..., Any], pointer: str, depth: int) -> None:
        self.draw = draw
        self.pointer = pointer
        self.depth = depth
        self.calls: list[Call] = []
        self.eaches: list[Each] = []
        self.shared: list[Expression] = []
        self.sources: list[Expression] = [INPUT]

    def flow(self) -> Dataflow:
        for _ in range(self.draw(st.integers(0, 3))):
            kinds = ["call", "shared", "branch"] + ["each"] * 3 * (self.depth > 0)
            getattr(self, f"add_{self.draw(st.sampled_from(kinds))}")()
        # Mostly all that there is, so that nothing can be wrong unseen.
        everything: Expression = {"list": list(self.sources)}
        output = everything if self.draw(st.integers(0, 3)) else self.expression()
        return Dataflow(tuple(self.calls), tuple(self.shared), output, tuple(self.eaches))

    def expression(self, levels: int = 2) -> Expression:
        draw = self.draw
        forms = ["source"] * 5 + ["const"] + ["object", "list", "part", "pick"] * (levels > 0)
        match draw(st.sampled_from(forms)):
            case "const":
                return {"const": draw(_VALUES)}
            case "object":
                return {"object": [[name, self.expression(levels - 1)] for name in ("a", "b")]}
            case "list":
                return {
                    "list": [self.expression(levels - 1) for _ in range(draw(st.integers(0, 3)))]
                }
            case "part":
                return {"part": ["a", self.expression(levels - 1)]}
            case "pick":
                return {"pick": [["a"], self.expression(levels - 1)]}
            case _:
                found: Expression = draw(st.sampled_from(self.sources))
                return found

    def call(
        self, given: Expression, *guards: Guard, names: tuple[str, ...] = tuple(BODIES)
    ) -> Expression:
        stage = STAGE_FILES[self.draw(st.sampled_from(names))]
        index = len(self.calls)
        self.calls.append(Call(index, f"{self.pointer}/{index}", stage, given, guards=guards))
        return {"call": index}

    def add_call(self) -> None:
        self.sources.append(self.call(self.expression()))

    def add_shared(self) -> None:
        self.shared.append(self.expression())
        self.sources.append({"let": len(self.shared) - 1})

    def add_branch(self) -> None:
        choice = self.call(self.expression(), names=("even", "even", "odd"))
        arms = [
            self.call(self.expression(), Guard(choice, wanted=wanted)) for wanted in (True, False)
        ]
        self.sources.append({"branch": [choice, *arms]})

    def add_each(self) -> None:
        draw, index = self.draw, len(self.eaches)
        pointer = f"{self.pointer}/e{index}"
        body = Builder(draw, f"{pointer}/body", self.depth - 1).flow()
        kind = draw(st.sampled_from(["map", "map", "filter", "reduce", "tree"]))
        initial = self.expression(1) if kind == "reduce" or draw(st.booleans()) else None
        over = self.expression() if draw(st.booleans()) else {"const": draw(_ITEMS)}
        folds = kind in ("reduce", "tree")
        self.eaches.append(Each(index, pointer, kind, over, body, initial if folds else None))
        self.sources.append({"each": index})


@st.composite
def flows(draw: Callable[..., Any]) -> Dataflow:
    return Builder(draw, "", 2).flow()


# ------------------------------------------------------------------------------ laws


def meant(flow: Dataflow, value: Any) -> tuple[dict[str, str], Any]:
    """How every call ends and what comes out, or the error that says why nothing does."""
    reference = Reference(flow, value, STAGES)
    try:
        output = reference.run()
    except (FailedError, UnusableError) as error:
        output = error
    return reference.names, output


def ends(report: Report) -> dict[str, str]:
    return {call.pointer: call.outcome for call in report.calls}


def check(report: Report, flow: Dataflow, value: Any) -> None:
    names, output = meant(flow, value)
    assert ends(report) == names
    if all(outcome in ("succeeded", "not-taken") for outcome in names.values()):
        if isinstance(output, UnusableError):
            assert report.fault
        else:
            assert report.output == output
    else:
        assert not report.ok


_SETTINGS = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
Room = tuple[Database, Path]


@_SETTINGS
@given(flow=flows(), value=_VALUES)
def test_a_run_gives_what_the_flow_means(room: Room, flow: Dataflow, value: Any) -> None:
    check(runs_in(room).run_flow(flow, value), flow, value)


@_SETTINGS
@given(flow=flows(), value=_VALUES)
def test_a_run_of_what_is_known_gives_the_same_and_runs_only_what_failed(
    room: Room, flow: Dataflow, value: Any
) -> None:
    runs = runs_in(room)
    first = runs.run_flow(flow, value)

    again = runs.run_flow(flow, value)

    assert ends(again) == ends(first)
    assert again.encoded == first.encoded
    for call in again.calls:
        assert call.cached == (call.outcome == "succeeded")
    raised = {call.key for call in again.calls if call.outcome == "stage-raised"}
    assert len(runs.executor.ran) == len(raised)


@_SETTINGS
@given(flow=flows(), value=_VALUES, after=st.integers(0, 8))
def test_after_a_lost_build_nothing_that_was_told_of_runs_again(
    room: Room, flow: Dataflow, value: Any, after: int
) -> None:
    runs = runs_in(room)
    runs.executor.lost_after = after
    with suppress(BuilderLostError):
        runs.run_flow(flow, value)
    ended = [event.call for event in runs.events if isinstance(event, CallEnded)]
    kept = {call.key for call in ended if call.ok}
    runs.executor.lost_after = None

    report = runs.run_flow(flow, value)

    check(report, flow, value)
    assert all(call.cached for call in report.calls if call.key in kept)


@_SETTINGS
@given(flow=flows(), value=_VALUES, forgotten=st.sets(st.integers(0, 20)))
def test_only_what_is_not_known_runs(
    room: Room, flow: Dataflow, value: Any, forgotten: set[int]
) -> None:
    runs = runs_in(room)
    first = runs.run_flow(flow, value)
    gone = {call.key for call in first.calls if call.index in forgotten and call.ok}
    runs.results.forget(key for key in gone if key is not None)

    report = runs.run_flow(flow, value)

    check(report, flow, value)
    assert all(call.cached for call in report.calls if call.ok and call.key not in gone)


@_SETTINGS
@given(flow=flows(), value=_VALUES)
def test_a_run_that_stops_at_a_failure_ends_every_call(
    room: Room, flow: Dataflow, value: Any
) -> None:
    names, _ = meant(flow, value)

    report = runs_in(room).run_flow(flow, value, stop_at_failure=True)

    for call in report.calls:
        assert call.outcome in ("skipped", names[call.pointer])


def mapped(kind: str = "map", initial: Any = None) -> Dataflow:
    body = Dataflow((Call(0, "/m/body", STAGE_FILES["size"], INPUT),), (), {"call": 0})
    each = Each(0, "/m", kind, INPUT, body, initial)  # type: ignore[arg-type]
    after = Call(0, "/after", STAGE_FILES["wrap"], {"each": 0})
    return Dataflow((after,), (), {"call": 0}, (each,))


def test_more_items_than_a_run_may_grow_by_are_a_call_s_invalid_input(room: Room) -> None:
    report = runs_in(room).run_flow(mapped(), [0] * (MOST_GROWN + 1))

    assert ends(report) == {"/after": "input-invalid"}
    assert f"{MOST_GROWN} calls" in report.calls[0].detail["message"]


@pytest.mark.parametrize(
    ("kind", "initial"), [("map", None), ("reduce", {"const": 0}), ("tree", None)]
)
def test_a_thousand_items_are_run_and_then_known(room: Room, kind: str, initial: Any) -> None:
    runs, value = runs_in(room), list(range(1000))

    first = runs.run_flow(mapped(kind, initial), value)
    again = runs.run_flow(mapped(kind, initial), [*value[:-1], -5])

    assert first.ok
    assert len(first.calls) == {"map": 1001, "reduce": 1001, "tree": 1000}[kind]
    changed = [call.pointer for call in again.calls if not call.cached]
    assert "/m#999/body" in changed or kind == "tree"
    assert len(changed) <= 20


def test_a_run_whose_time_is_over_ends_every_call_that_there_is(room: Room) -> None:
    runs = runs_in(room)
    report = runs.run_flow(mapped(), [1, 22, 333], run_seconds=0)

    assert set(ends(report)) == {"/after", "/m#0/body", "/m#1/body", "/m#2/body"}
    assert ends(report)["/after"] == "skipped"
    assert ends(report)["/m#2/body"] == "interrupted"
    assert not report.ok
