"""Runs in which a call is made more than once, as a Retry around it says."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from noether_nix.database.connection import Database
from noether_nix.graph.dataflow import Call, Dataflow, Retry
from noether_nix.run.events import CallEnded, CallFailedOnce, CallStarted
from noether_nix.run.retelling import retell
from tests.fakes.fake_runs import FakeRuns, outcomes


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[FakeRuns]:
    with Database.open(tmp_path / "noether.sqlite") as database:
        made = FakeRuns(database, tmp_path / "logs")
        made.stage("double", "return x * 2")
        made.stage("fail", "raise ValueError('no')")
        yield made


def chain(runs: FakeRuns, name: str, *retries: Retry) -> Dataflow:
    first = Call(0, "/first", runs.known_stage(name), {"input": None}, retries=retries)
    last = Call(1, "/last", runs.known_stage("double"), {"call": 0})
    return Dataflow((first, last), (), {"call": 1})


@pytest.mark.parametrize("outcome", ["timed-out", "memory-exceeded", "killed"])
def test_a_call_is_made_until_it_succeeds_and_every_try_is_told(
    runs: FakeRuns, outcome: str
) -> None:
    runs.executor.script = {0: [outcome, outcome]}

    report = runs.run_flow(chain(runs, "double", Retry(3, 10, 2.0)), 1)

    assert report.output == 4
    tries = report.calls[0].attempts
    assert [(one.number, one.outcome, one.pause_seconds) for one in tries] == [
        (1, outcome, 0.01), (2, outcome, 0.02),
    ]  # fmt: skip
    assert report.calls[1].attempts == ()
    of_first = [
        type(one)
        for one in runs.events
        if (isinstance(one, CallStarted | CallFailedOnce) and one.index == 0)
        or (isinstance(one, CallEnded) and one.call.index == 0)
    ]
    tried = [CallStarted, CallFailedOnce]
    assert of_first == [*tried, *tried, CallStarted, CallEnded]
    assert len(runs.executor.regions) == 1
    assert report.counts()["run"] == 2


def test_the_last_failure_counts(runs: FakeRuns) -> None:
    runs.executor.script = {0: ["killed", "timed-out", "killed", "killed"]}

    report = runs.run_flow(chain(runs, "double", Retry(2)), 1)

    assert outcomes(report) == {"/first": "timed-out", "/last": "skipped"}
    assert [one.outcome for one in report.calls[0].attempts] == ["killed"]
    assert runs.executor.script == {0: ["killed", "killed"]}


def test_what_a_pure_stage_raises_is_not_tried_again(runs: FakeRuns) -> None:
    report = runs.run_flow(chain(runs, "fail", Retry(5, 1000)), 1)

    assert outcomes(report)["/first"] == "stage-raised"
    assert report.calls[0].attempts == ()
    assert runs.executor.ran == [0]


def test_a_stage_that_is_not_pure_may_raise_and_be_tried_again(runs: FakeRuns) -> None:
    runs.stage("shaky", "raise ValueError('no')", effects="[Fallible]")

    report = runs.run_flow(chain(runs, "shaky", Retry(3)), 1)

    assert [one.outcome for one in report.calls[0].attempts] == ["stage-raised"] * 2
    assert "ValueError: no" in report.calls[0].attempts[0].message
    assert runs.executor.ran == [0, 0, 0]


def test_the_tries_stand_in_the_document_and_in_the_ledger(runs: FakeRuns) -> None:
    runs.executor.script = {0: ["killed"]}

    report = runs.run_flow(chain(runs, "double", Retry(2)), 1)

    told = report.calls[0].to_document()["attempts"]
    assert [one["outcome"] for one in told] == ["killed"]
    assert "attempts" not in report.calls[1].to_document()
    run = runs.ledger.find_run(report.run)
    kept = retell(runs.ledger, runs.results, run, runs.ledger.calls(run.id)).to_document()
    assert kept["calls"][0]["attempts"] == told
    assert "attempts" not in kept["calls"][1]
    assert "attempts" not in kept["calls"][0]["used"]


def test_the_time_of_the_run_bounds_the_waits(runs: FakeRuns) -> None:
    runs.executor.script = {0: ["killed"]}

    report = runs.run_flow(chain(runs, "double", Retry(2, 3_600_000)), 1, run_seconds=1)

    assert outcomes(report) == {"/first": "killed", "/last": "skipped"}
    assert [one.pause_seconds for one in report.calls[0].attempts] == [3600.0]
    assert report.seconds < 30
