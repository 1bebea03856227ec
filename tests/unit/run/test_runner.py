import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from noether_nix.database.connection import Database
from noether_nix.errors import BuilderLostError, RunInterruptedError, UnknownNodeError
from noether_nix.process.child import Cancellation
from noether_nix.run.events import RunEnded, RunStarted, SandboxChecked, Warned
from noether_nix.store.interface import InputAndValue, Readable
from tests.fakes.fake_executor import FakeExecutor
from tests.fakes.fake_runs import FakeRuns, outcomes
from tests.fakes.memory_results import MemoryResults


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[FakeRuns]:
    with Database.open(tmp_path / "noether.sqlite") as database:
        yield FakeRuns(database, tmp_path / "logs")


class ForgetfulResults(MemoryResults):
    """Somebody else collects garbage just after results were recalled."""

    def known_inputs(
        self,
        programs: Iterable[str],
        *,
        least: str,
        limit_each: int,
        limit_bytes: int,
        limit_large: int = 0,
        limit_large_bytes: int = 0,
    ) -> dict[str, list[InputAndValue]]:
        known = super().known_inputs(
            programs,
            least=least,
            limit_each=limit_each,
            limit_bytes=limit_bytes,
            limit_large=limit_large,
            limit_large_bytes=limit_large_bytes,
        )
        self._records.clear()
        return known


class BlindResults(MemoryResults):
    """Somebody else runs the same at the same time: what is there comes after the look."""

    def find_readable(self, keys: Collection[str]) -> Readable:
        return Readable({}, {})


class StoppedExecutor(FakeExecutor):
    """Somebody presses Ctrl-C."""

    def execute(self, *arguments: Any) -> None:
        raise KeyboardInterrupt


def chain(*nodes: Mapping[str, Any]) -> dict[str, Any]:
    return {"op": "Sequential", "stages": list(nodes)}


def side_by_side(**branches: Mapping[str, Any]) -> dict[str, Any]:
    return {"op": "Parallel", "branches": branches}


def const(value: Any) -> dict[str, Any]:
    return {"op": "Const", "value": value}


A, B, C, D = (f"/root/stages/{number}" for number in range(4))


def test_a_second_run_knows_everything_and_asks_the_executor_for_nothing(runs: FakeRuns) -> None:
    graph = chain(runs.stage("add", "return x + 1"), runs.stage("double", "return x * 2"))

    first, second = runs.run(graph, 3), None
    ran = list(runs.executor.ran)
    second = runs.run(graph, 3)

    assert (first.output, second.output) == (8, 8)
    assert ran == [0, 1]
    assert (runs.executor.regions, runs.started) == ([], [])
    assert outcomes(second) == {A: "known", B: "known"}
    assert [call.key for call in first.calls] == [call.key for call in second.calls]
    assert [call.seconds for call in second.calls] == [None, None]


def test_everything_new_runs_in_one_region(runs: FakeRuns) -> None:
    add = runs.stage("add", "return (x or 0) + 1")

    runs.run(chain(add, side_by_side(a=add, b=chain(add, add)), runs.stage("sum", "return x['b']")))

    assert len(runs.executor.regions) == 1


def test_a_change_that_changes_no_value_stops_there(runs: FakeRuns) -> None:
    last = runs.stage("last", "return [x]")
    double = runs.stage("double", "return x * 2")
    runs.run(chain(runs.stage("first", "return x + 1"), double, last), 3)

    report = runs.run(chain(runs.stage("first", "return 1 + x"), double, last), 3)

    assert report.output == [8]
    assert outcomes(report) == {A: "succeeded", B: "known", C: "known"}
    assert runs.executor.ran == [0]


def test_a_result_that_a_call_ran_into_is_as_young_as_that(runs: FakeRuns) -> None:
    double = runs.stage("double", "return x * 2")
    key = runs.run(chain(runs.stage("first", "return x + 1"), double), 3).calls[1].key
    runs.now += 9 * 86_400.0

    runs.run(chain(runs.stage("first", "return 1 + x"), double), 3)

    assert key is not None
    assert runs.results.touch([key], runs.now) == 0
    assert runs.results.touch([key], runs.now + 86_400.0) == 1


def test_a_failure_behind_a_result_that_turned_out_to_be_known_is_told_with_its_input(
    runs: FakeRuns,
) -> None:
    double = runs.stage("double", "return x * 2")
    failing = runs.stage("failing", "raise ValueError(x)")
    runs.run(chain(runs.stage("first", "return x + 1"), double, failing), 3)

    report = runs.run(chain(runs.stage("first", "return 1 + x"), double, failing), 3)

    assert outcomes(report) == {A: "succeeded", B: "known", C: "stage-raised"}
    assert report.calls[2].input_summary == "8"
    assert report.calls[2].detail["message"] == "8"


def test_a_result_that_is_gone_since_it_was_recalled_is_taken_all_the_same(
    runs: FakeRuns,
) -> None:
    runs.results = ForgetfulResults(runs.values)
    double = runs.stage("double", "return x * 2")
    runs.run(chain(runs.stage("first", "return x + 1"), double), 3)

    report = runs.run(chain(runs.stage("first", "return 1 + x"), double), 3)

    assert report.output == 8
    assert outcomes(report) == {A: "succeeded", B: "known"}


def test_a_failing_call_skips_its_dependents_and_says_because_of_whom(runs: FakeRuns) -> None:
    failing, same = runs.stage("failing", "raise ValueError('no')"), runs.stage("same", "return x")

    report = runs.run(side_by_side(a=chain(failing, same, same), b=same), 1)

    at = "/root/branches/a/stages"
    assert outcomes(report) == {
        f"{at}/0": "stage-raised", f"{at}/1": "skipped", f"{at}/2": "skipped",
        "/root/branches/b": "succeeded",
    }  # fmt: skip
    assert [call.because for call in report.calls] == [None, f"{at}/0", f"{at}/0", None]
    assert not report.ok
    assert report.counts() == {"calls": 4, "run": 2, "known": 0, "failed": 1, "skipped": 2}


def test_a_failure_is_not_kept_and_runs_again_alone(runs: FakeRuns) -> None:
    failing, same = runs.stage("failing", "raise ValueError('no')"), runs.stage("same", "return x")
    runs.run(side_by_side(a=failing, b=same), 1)

    report = runs.run(side_by_side(a=failing, b=same), 1)

    assert outcomes(report) == {"/root/branches/a": "stage-raised", "/root/branches/b": "known"}
    assert runs.executor.regions == [(0,)]


@pytest.mark.parametrize("outcome", ["timed-out", "killed"])
def test_what_may_be_the_machines_fault_is_tried_once_more_alone(
    runs: FakeRuns, outcome: str
) -> None:
    same = runs.stage("same", "return x")
    graph = side_by_side(a=chain(const(1), same), b=chain(const(2), same), c=chain(const(3), same))
    runs.executor.script = {1: [outcome]}

    report = runs.run(graph)

    assert report.output == {"a": 1, "b": 2, "c": 3}
    assert runs.executor.regions == [(0, 1, 2), (1,)]


def test_what_fails_twice_by_the_machine_is_reported(runs: FakeRuns) -> None:
    same = runs.stage("same", "return x")
    runs.executor.script = {0: ["timed-out", "killed", "timed-out"]}

    report = runs.run(side_by_side(a=chain(const(1), same, same), b=chain(const(2), same)))

    assert [call.outcome for call in report.calls] == ["killed", "skipped", "succeeded"]
    assert report.calls[1].because == report.calls[0].pointer
    assert runs.executor.regions == [(0, 1, 2), (0,)]


def test_a_call_that_was_alone_is_not_tried_again(runs: FakeRuns) -> None:
    runs.executor.script = {0: ["timed-out"]}

    report = runs.run(runs.stage("same", "return x"), 1)

    assert report.calls[0].outcome == "timed-out"
    assert runs.executor.regions == [(0,)]


@pytest.mark.parametrize("outcome", ["timed-out", "killed"])
def test_a_call_of_a_chain_is_not_tried_again_as_nothing_ran_beside_it(
    runs: FakeRuns, outcome: str
) -> None:
    add = runs.stage("add", "return x + 1")
    runs.executor.script = {1: [outcome]}

    report = runs.run(chain(add, add, add), 1)

    assert [call.outcome for call in report.calls] == ["succeeded", outcome, "skipped"]
    assert runs.executor.regions == [(0, 1, 2)]


def test_what_was_skipped_for_a_call_that_then_succeeds_runs_after_all(runs: FakeRuns) -> None:
    add = runs.stage("add", "return x + 1")
    both = {"a": chain(const(1), add, add), "b": chain(const(4), add, add, add)}
    runs.executor.script = {0: ["timed-out"], 3: ["killed"], 4: ["killed"]}

    report = runs.run(side_by_side(**both))

    assert report.output == {"a": 3, "b": 7}
    assert runs.executor.regions == [(0, 1, 2, 3, 4), (0,), (3,), (1, 4), (4,)]
    assert len(runs.ended) == 5


def test_what_stays_skipped_after_a_retry_names_the_call_that_did_fail(runs: FakeRuns) -> None:
    same, failing = runs.stage("same", "return x"), runs.stage("failing", "raise ValueError")
    graph = chain(side_by_side(a=same, b=failing), runs.stage("last", "return x"))
    runs.executor.script = {0: ["timed-out"]}

    report = runs.run(graph, 1)

    assert [call.outcome for call in report.calls] == ["succeeded", "stage-raised", "skipped"]
    assert report.calls[2].because == "/root/stages/0/branches/b"


def test_nothing_more_starts_after_a_failure_when_asked_so(runs: FakeRuns) -> None:
    same, failing = runs.stage("same", "return x"), runs.stage("failing", "raise ValueError")
    graph = side_by_side(a=same, b=failing, c=chain(const(1), same), d=chain(const(2), same))

    report = runs.run(graph, 0, stop_at_failure=True)

    assert [call.outcome for call in report.calls] == [
        "succeeded", "stage-raised", "skipped", "skipped",
    ]  # fmt: skip
    assert {call.because for call in report.calls[2:]} == {"/root/branches/b"}


def test_a_damaged_result_is_set_aside_and_computed_again(runs: FakeRuns) -> None:
    large = runs.stage("large", "return 'x' * 70000")
    graph = chain(large, runs.stage("length", "return len(x)"))
    runs.run(graph)
    (path,) = runs.values.files
    runs.values.files[path] = b'"spoilt"'

    report = runs.run(graph)

    assert report.output == 70000
    assert outcomes(report) == {A: "succeeded", B: "known"}
    (warning,) = report.warnings
    assert "damaged" in warning
    assert warning in [event.message for event in runs.events if isinstance(event, Warned)]
    assert outcomes(runs.run(graph)) == {A: "known", B: "known"}


def test_another_value_for_a_known_key_is_told_and_the_run_goes_on_with_its_own(
    runs: FakeRuns,
) -> None:
    runs.results = BlindResults(runs.values)
    dice = runs.stage("dice", "import time; return time.perf_counter_ns()")
    first = runs.run(dice)

    second = runs.run(dice)

    assert first.output != second.output
    assert outcomes(second) == {"/root": "succeeded"}
    assert any("not deterministic" in warning for warning in second.warnings)
    assert len(runs.results.contradictions()) == 1


def test_only_a_node_and_what_it_needs_runs(runs: FakeRuns) -> None:
    add, failing = runs.stage("add", "return x + 1"), runs.stage("failing", "raise ValueError")

    report = runs.run(chain(add, add, failing, add), 1, only=B)

    assert report.output == 3
    assert outcomes(report) == {A: "succeeded", B: "succeeded"}
    assert [call.key for call in runs.run(chain(add, add, failing, add), 1).calls][:2] == [
        call.key for call in report.calls
    ]
    with pytest.raises(UnknownNodeError):
        runs.run(chain(add, add), 1, only="/root/stages/7")


@pytest.mark.parametrize("arm", ["if_true", "if_true/stages/1", "if_true/stages/2"])
def test_only_a_node_in_an_arm_that_is_not_taken_says_so(runs: FakeRuns, arm: str) -> None:
    no, add = runs.stage("no", "return False", gives="Bool"), runs.stage("add", "return [1]")
    inner = {"op": "Map", "body": add}
    root = {"op": "Branch", "predicate": no, "if_true": chain(add, add, inner), "if_false": add}

    report = runs.run(root, 1, only=f"/root/{arm}")

    assert not report.ok
    assert report.fault == "it is in the arm of a Branch that was not taken"
    assert report.counts()["failed"] == 0


def test_equal_items_of_a_map_are_computed_once(runs: FakeRuns) -> None:
    root = {
        "op": "Map",
        "body": chain(runs.stage("double", "return x * 2"), runs.stage("n", "return x")),
    }

    report = runs.run(root, [3, 4, 3, 3])

    assert report.output == [6, 8, 6, 6]
    assert len(report.calls) == 8
    assert len(runs.executor.ran) == 4


def test_equal_calls_are_computed_once_and_both_reported(runs: FakeRuns) -> None:
    double = runs.stage("double", "return x * 2")

    report = runs.run(side_by_side(a=double, b=double, c=chain(double, double)), 4)

    assert report.output == {"a": 8, "b": 8, "c": 16}
    assert len(runs.executor.ran) == 2
    assert report.counts()["known"] == 2


def test_an_input_without_a_place_is_reported_and_has_no_key(runs: FakeRuns) -> None:
    two = runs.stage("two", "return x", takes="{a: Any, b: Any, c?: Any}")
    node = {**two, "config": {"c": 1}}
    report = runs.run(chain(runs.stage("text", "return 'x'"), node))

    assert [call.outcome for call in report.calls] == ["succeeded", "input-invalid"]
    assert report.calls[1].key is None


def test_when_the_build_is_lost_what_had_ended_is_kept(runs: FakeRuns) -> None:
    add = runs.stage("add", "return x + 1")
    runs.executor.lost_after = 2

    with pytest.raises(BuilderLostError):
        runs.run(chain(add, add, add), 1)
    (lost,) = runs.ledger.runs(9)
    runs.executor.lost_after = None
    report = runs.run(chain(add, add, add), 1)

    assert lost.state == "lost"
    assert [call.outcome for call in runs.ledger.calls(lost.id)] == [
        "succeeded", "succeeded", "interrupted",
    ]  # fmt: skip
    assert outcomes(report) == {A: "known", B: "known", C: "succeeded"}


def test_a_build_that_is_lost_once_is_made_again_with_what_is_left(runs: FakeRuns) -> None:
    add = runs.stage("add", "return x + 1")
    runs.executor.lost_after, runs.executor.losses = 2, 1

    report = runs.run(chain(add, add, add), 1)

    assert report.output == 4
    assert runs.executor.regions == [(0, 1, 2), (2,)]
    assert outcomes(report) == dict.fromkeys((A, B, C), "succeeded")
    (warning,) = report.warnings
    assert "lost on purpose; what is left is tried once more" in warning


def test_builds_that_are_lost_again_and_again_are_made_for_as_long_as_calls_end(
    runs: FakeRuns,
) -> None:
    add = runs.stage("add", "return x + 1")
    runs.executor.lost_after, runs.executor.losses = 1, 3

    report = runs.run(chain(add, add, add, add), 1)

    assert report.output == 5
    assert runs.executor.regions == [(0, 1, 2, 3), (1, 2, 3), (2, 3), (3,)]
    assert runs.ended == [A, B, C, D]


def test_equal_calls_are_told_once_when_a_build_is_lost_between_them(runs: FakeRuns) -> None:
    large = runs.stage("large", "return 'x' * 70000")
    branches = {name: chain(const(1), large) for name in "abc"}
    runs.executor.lost_after, runs.executor.losses = 2, 1

    report = runs.run(side_by_side(**branches))

    assert report.ok
    assert sorted(runs.ended) == [call.pointer for call in report.calls]


class StoppedInOrder(FakeExecutor):
    """Somebody presses Ctrl-C while the second call runs."""

    def __init__(self, cancellation: Cancellation) -> None:
        super().__init__()
        self._cancellation = cancellation

    def execute(self, *arguments: Any) -> None:
        assert self._cancellation.attended
        self.lost_after = 1
        with pytest.raises(BuilderLostError):
            super().execute(*arguments)
        self._cancellation.cancel()
        raise RunInterruptedError("the build was stopped")


def test_a_run_that_is_stopped_in_order_has_a_report_and_keeps_what_ended(
    runs: FakeRuns,
) -> None:
    add = runs.stage("add", "return x + 1")
    with Cancellation() as cancellation:
        runs.cancellation, runs.executor = cancellation, StoppedInOrder(cancellation)
        report = runs.run(chain(add, add, add), 1)
        assert not cancellation.attended
    runs.cancellation, runs.executor = None, FakeExecutor()
    again = runs.run(chain(add, add, add), 1)

    assert report.interrupted
    assert not report.ok
    assert [call.outcome for call in report.calls] == ["succeeded", "interrupted", "interrupted"]
    assert report.counts() == {
        "calls": 3, "run": 1, "known": 0, "failed": 0, "skipped": 0, "interrupted": 2
    }  # fmt: skip
    assert runs.ledger.find_run(report.run).state == "interrupted"
    assert [call.outcome for call in runs.ledger.calls(report.run)][1:] == ["interrupted"] * 2
    assert outcomes(again) == {A: "known", B: "succeeded", C: "succeeded"}


def test_a_run_that_was_stopped_before_it_began_runs_nothing(runs: FakeRuns) -> None:
    with Cancellation() as cancellation:
        cancellation.cancel()
        runs.cancellation = cancellation
        report = runs.run(runs.stage("same", "return x"), 1)

    assert report.interrupted
    assert runs.executor.regions == []
    assert isinstance(runs.events[-1], RunEnded)


def test_a_run_that_is_stopped_is_written_down_as_interrupted(runs: FakeRuns) -> None:
    runs.executor = StoppedExecutor()

    with pytest.raises(KeyboardInterrupt):
        runs.run(runs.stage("same", "return x"))

    (run,) = runs.ledger.runs(9)
    assert run.state == "interrupted"


def test_the_ledger_holds_what_the_report_says(runs: FakeRuns) -> None:
    printing = runs.stage("printing", "print('hello'); return x")
    failing = runs.stage("failing", "raise ValueError('no')")

    report = runs.run(side_by_side(a=printing, b=failing), 5)

    run = runs.ledger.find_run(report.run)
    calls = runs.ledger.calls(report.run)
    assert (run.state, run.level, json.loads(run.counts)) == ("failed", "full", report.counts())
    assert [(call.pointer, call.outcome, call.key) for call in calls] == [
        (call.pointer, call.outcome, call.key) for call in report.calls
    ]
    assert runs.ledger.logs.read(report.run, 0) == b"hello\n"


def test_the_events_of_a_run_come_in_order(runs: FakeRuns) -> None:
    add = runs.stage("add", "return x + 1")

    report = runs.run(chain(add, add), 1)

    kinds = [type(event) for event in runs.events]
    assert (kinds[0], kinds[1], kinds[-1]) == (RunStarted, SandboxChecked, RunEnded)
    assert runs.events[-1] == RunEnded(report)
    assert (runs.started, runs.ended) == ([A, B], [A, B])


def test_a_run_whose_time_is_over_takes_what_is_known_and_begins_nothing(runs: FakeRuns) -> None:
    first, same = runs.stage("first", "return x + 1"), runs.stage("same", "return x")
    runs.run(first, 3)

    report = runs.run(side_by_side(a=chain(first, same, same), b=same), 3, run_seconds=0)

    at = "/root/branches"
    assert outcomes(report) == {
        f"{at}/a/stages/0": "known",
        f"{at}/a/stages/1": "interrupted",
        f"{at}/a/stages/2": "skipped",
        f"{at}/b": "interrupted",
    }
    assert runs.executor.regions == []
    assert report.calls[1].detail == {"limit": "run_seconds", "allowed": 0}
    assert report.calls[2].because == f"{at}/a/stages/1"
    assert runs.ledger.find_run(report.run).state == "failed"


def test_the_limit_of_a_run_goes_with_its_region_and_what_is_left_of_it(runs: FakeRuns) -> None:
    runs.run(chain(runs.stage("first", "return x")), 1, run_seconds=500)

    (limit,) = runs.executor.times
    assert limit[0] == 500
    assert limit[1] is not None
    assert 0 < limit[1] <= 500


def test_what_a_call_used_stands_in_its_report_and_in_the_ledger(runs: FakeRuns) -> None:
    stage = runs.stage("first", "return x")

    report, known = runs.run(stage, 1, wall=7), runs.run(stage, 1, wall=7)

    (call,) = report.calls
    (kept,) = runs.ledger.calls(report.run)
    assert call.limits["wall_seconds"] == {"used": call.seconds, "limit": 7}
    assert json.loads(kept.used) == {**call.used, "limits": call.limits}
    assert known.calls[0].limits == {}
