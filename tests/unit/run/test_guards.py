"""Runs in which an arm is not taken."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from noether_nix.database.connection import Database
from noether_nix.errors import CallFailedError
from noether_nix.graph.dataflow import Call, Dataflow, Guard
from noether_nix.graph.expression import ExpressionDocument
from noether_nix.run.events import CallEnded
from noether_nix.run.report import Report
from tests.fakes.fake_runs import FakeRuns, outcomes


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[FakeRuns]:
    with Database.open(tmp_path / "noether.sqlite") as database:
        made = FakeRuns(database, tmp_path / "logs")
        made.stage("choose", "return x['choose']")
        made.stage("double", "return x * 2")
        made.stage("fail", "raise ValueError('no')")
        yield made


CHOICE: ExpressionDocument = {"call": 0}


def branch(runs: FakeRuns, one: str = "double", other: str = "double") -> Dataflow:
    """Choose, then either two calls of ``one`` or one of ``other``, then double what that gave."""

    def call(
        index: int, pointer: str, name: str, given: ExpressionDocument, *guards: Guard
    ) -> Call:
        return Call(index, pointer, runs.known_stage(name), given, guards=guards)

    number: ExpressionDocument = {"field": ["n", {"input": None}]}
    calls = (
        call(0, "/p", "choose", {"input": None}),
        call(1, "/one/0", one, number, Guard(CHOICE, wanted=True)),
        call(2, "/one/1", one, {"call": 1}, Guard(CHOICE, wanted=True)),
        call(3, "/other", other, number, Guard(CHOICE, wanted=False)),
        call(4, "/last", "double", {"branch": [CHOICE, {"call": 2}, {"call": 3}]}),
    )
    return Dataflow(calls, (), {"call": 4})


def ends(report: Report) -> list[str]:
    return list(outcomes(report).values())


def test_one_arm_runs_and_the_other_is_not_taken(runs: FakeRuns) -> None:
    report = runs.run_flow(branch(runs), {"choose": True, "n": 1})

    assert report.output == 8
    assert ends(report) == ["succeeded", "succeeded", "succeeded", "not-taken", "succeeded"]
    assert report.counts() == {
        "calls": 5, "run": 4, "known": 0, "failed": 0, "skipped": 0, "not_taken": 1,
    }  # fmt: skip
    assert report.calls[3].key is None
    assert not report.calls[3].cached

    report = runs.run_flow(branch(runs), {"choose": False, "n": 1})

    assert report.output == 4
    assert ends(report) == ["succeeded", "not-taken", "not-taken", "known", "known"]


def test_where_everything_is_known_nothing_is_built(runs: FakeRuns) -> None:
    first = runs.run_flow(branch(runs), {"choose": True, "n": 1})

    second = runs.run_flow(branch(runs), {"choose": True, "n": 1})

    assert runs.executor.regions == []
    assert second.output == first.output
    assert ends(second) == ["known", "known", "known", "not-taken", "known"]
    assert [one.call.pointer for one in runs.events if isinstance(one, CallEnded)].count(
        "/other"
    ) == 1


def test_an_arm_that_would_fail_does_no_harm_while_it_is_not_taken(runs: FakeRuns) -> None:
    assert runs.run_flow(branch(runs, other="fail"), {"choose": True, "n": 1}).output == 8

    failed = runs.run_flow(branch(runs, other="fail"), {"choose": False, "n": 1})

    assert ends(failed)[1:] == ["not-taken", "not-taken", "stage-raised", "skipped"]
    assert failed.calls[4].because == "/other"
    assert [call.pointer for call in failed.failures] == ["/other"]


def test_a_predicate_that_failed_leaves_both_arms_skipped(runs: FakeRuns) -> None:
    report = runs.run_flow(branch(runs), {"n": 1})

    assert ends(report) == ["stage-raised", "skipped", "skipped", "skipped", "skipped"]
    assert {call.because for call in report.calls[1:]} == {"/p"}


def test_a_predicate_that_decides_nothing_is_the_arms_input_invalid(runs: FakeRuns) -> None:
    report = runs.run_flow(branch(runs), {"choose": "yes", "n": 1})

    assert ends(report) == ["succeeded", "input-invalid", "skipped", "input-invalid", "skipped"]
    assert "gave a text" in report.calls[1].detail["message"]


def test_an_output_that_nothing_decides_is_told_though_no_call_failed(runs: FakeRuns) -> None:
    arms: ExpressionDocument = {"branch": [{"call": 0}, {"const": 1}, {"const": 2}]}
    flow = Dataflow((Call(0, "/p", runs.known_stage("choose"), {"input": None}),), (), arms)

    report = runs.run_flow(flow, {"choose": 1})

    assert (report.ok, report.failures) == (False, [])
    assert report.fault is not None
    with pytest.raises(CallFailedError, match="the predicate gave a number") as caught:
        _ = report.output

    assert "Output: Bool" in caught.value.hint


def test_an_arm_that_was_not_taken_is_no_failure_that_stops_the_run(runs: FakeRuns) -> None:
    report = runs.run_flow(branch(runs), {"choose": False, "n": 3}, stop_at_failure=True)

    assert report.output == 12


def test_a_lost_build_forgets_nothing_of_what_was_not_taken(runs: FakeRuns) -> None:
    runs.executor.lost_after, runs.executor.losses = 3, 1

    report = runs.run_flow(branch(runs), {"choose": False, "n": 3})

    assert report.output == 12
    assert ends(report)[1:3] == ["not-taken", "not-taken"]
