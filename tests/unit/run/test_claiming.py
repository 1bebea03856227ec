"""Runs that meet: what one computes another waits for, takes over, or shares out."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from noether_nix.database.connection import Database
from noether_nix.errors import RunInterruptedError
from noether_nix.plan.structure import StructuralNames
from noether_nix.process.child import Cancellation
from noether_nix.run.claiming import Claiming
from noether_nix.run.events import CallWaiting, Event, Warned
from noether_nix.run.values import RunValues
from noether_nix.store.claims import Claims
from tests.fakes.fake_executor import FakeExecutor
from tests.fakes.fake_runs import FakeRuns, outcomes


class WatchedRuns(FakeRuns):
    """Lets a test act at the moment at which an event is told."""

    def __init__(self, database: Database, folder: Path) -> None:
        super().__init__(database, folder / "logs")
        self.events = self.watched = Watched()


class Watched(list[Event]):
    """Events, and what to do at the next one that says that a call is waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.when_waiting: list[Any] = []

    def append(self, event: Event) -> None:
        super().append(event)
        if isinstance(event, CallWaiting) and self.when_waiting:
            self.when_waiting.pop(0)()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "noether.sqlite") as opened:
        yield opened


@pytest.fixture
def runs(database: Database, tmp_path: Path) -> WatchedRuns:
    return WatchedRuns(database, tmp_path)


@pytest.fixture
def stranger(runs: FakeRuns) -> Iterator[Claims]:
    """Another run, as far as it can be seen from here."""
    claims = Claims(runs.claims_folder)
    yield claims
    claims.close()


def chain(*nodes: Mapping[str, Any]) -> dict[str, Any]:
    return {"op": "Sequential", "stages": list(nodes)}


def side(**branches: Mapping[str, Any]) -> dict[str, Any]:
    return {"op": "Parallel", "branches": branches}


def const(value: Any) -> dict[str, Any]:
    return {"op": "Const", "value": value}


def names(runs: FakeRuns, root: Mapping[str, Any], value: bytes = b"1") -> dict[int, str]:
    plan = runs.plan(root)
    found = StructuralNames(plan, hashlib.sha256(value).hexdigest())
    return {call.index: found[call.index] for call in plan.calls}


def waited(runs: FakeRuns) -> list[str]:
    return [event.pointer for event in runs.events if isinstance(event, CallWaiting)]


A, B, C = (f"/root/stages/{number}" for number in range(3))


def test_what_another_run_computes_is_waited_for_and_taken(
    runs: WatchedRuns, stranger: Claims
) -> None:
    add, double = runs.stage("add", "return x + 1"), runs.stage("double", "return x * 2")
    graph = chain(add, double, double)
    claimed = names(runs, graph)
    stranger.claim([claimed[0], claimed[1]])

    def another_keeps_both() -> None:
        # It runs in the same way, and its claims are its own.
        here = runs.claims_folder
        other = FakeRuns(database_of(runs), here.parent / "other")
        other.results, other.values = runs.results, runs.values
        other.claims_folder = here.parent / "elsewhere"
        other.stage("add", "return x + 1")
        other.stage("double", "return x * 2")
        assert other.run(chain(add, double), 1).output == 4
        stranger.close()

    runs.watched.when_waiting.append(another_keeps_both)

    report = runs.run(graph, 1)

    assert report.output == 8
    assert waited(runs) == [A]
    assert outcomes(report) == {A: "known", B: "known", C: "succeeded"}
    assert runs.executor.ran == [2]


def database_of(runs: FakeRuns) -> Database:
    return runs.ledger._database


def test_of_a_run_that_is_stopped_nothing_more_is_claimed(
    runs: WatchedRuns, stranger: Claims
) -> None:
    plan = runs.plan({"op": "Map", "body": runs.stage("add", "return x + 1")})
    calls = plan.grow(0, 3)
    own = Claims(runs.claims_folder)
    values = RunValues(plan, b"[1,2,3]")
    claiming = Claiming(plan, values, own)
    found = StructuralNames(plan, values.input.sha256)

    claiming.claim_grown(calls, lambda: True)
    assert stranger.claim(found[call.index] for call in calls)
    stranger.close()

    claiming.claim_grown(calls)
    assert not any(stranger.claim([found[call.index]]) for call in calls)
    claiming.close()


def test_a_run_that_is_stopped_while_it_claims_has_claimed_no_more(
    runs: WatchedRuns, stranger: Claims
) -> None:
    plan = runs.plan({"op": "Map", "body": runs.stage("add", "return x + 1")})
    calls = plan.grow(0, 30)
    values = RunValues(plan, b"[]")
    found = StructuralNames(plan, values.input.sha256)
    claiming = Claiming(plan, values, Claims(runs.claims_folder))
    moments = iter(range(10))

    def go_on() -> None:
        if next(moments, None) is None:
            raise RunInterruptedError("the run was stopped")

    with pytest.raises(RunInterruptedError):
        claiming.claim(calls, {}, go_on)

    assert [stranger.claim([found[call.index]]) for call in calls] == [False] * 10 + [True] * 20
    claiming.close()


def test_a_waiter_takes_over_when_the_owner_dies(runs: WatchedRuns, stranger: Claims) -> None:
    graph = chain(runs.stage("add", "return x + 1"), runs.stage("double", "return x * 2"))
    stranger.claim(names(runs, graph).values())
    runs.watched.when_waiting.append(stranger.close)

    report = runs.run(graph, 1)

    assert report.output == 4
    assert outcomes(report) == {A: "succeeded", B: "succeeded"}
    assert len(waited(runs)) == 1


def test_what_is_nobody_elses_runs_first_and_what_needs_anothers_waits(
    runs: WatchedRuns, stranger: Claims
) -> None:
    add, last = runs.stage("add", "return x + 1"), runs.stage("last", "return x")
    left, right = chain(const(1), add), chain(const(2), add, add)
    graph = chain(side(a=left, b=right), last)
    stranger.claim([names(runs, graph)[0]])
    ran_while_waiting: list[tuple[int, ...]] = []

    def seen() -> None:
        ran_while_waiting.extend(runs.executor.regions)
        stranger.close()

    runs.watched.when_waiting.append(seen)

    report = runs.run(graph, 1)

    assert report.output == {"a": 2, "b": 4}
    assert ran_while_waiting == [(1, 2)]
    assert runs.executor.regions == [(1, 2), (0, 3)]


def test_the_same_call_of_another_graph_is_met_under_its_key(
    runs: WatchedRuns, stranger: Claims
) -> None:
    add = runs.stage("add", "return x + 1")
    call = runs.plan(add).calls[0]
    stranger.claim([call.program.key(hashlib.sha256(b"3").hexdigest()).drv_sha256])
    runs.watched.when_waiting.append(stranger.close)

    report = runs.run(chain(const(3), add))

    assert report.output == 4
    assert len(waited(runs)) == 1


def test_other_inputs_never_wait(runs: WatchedRuns, stranger: Claims) -> None:
    graph = chain(runs.stage("add", "return x + 1"), runs.stage("double", "return x * 2"))
    stranger.claim(names(runs, graph, b"2").values())

    assert runs.run(graph, 1).output == 4
    assert waited(runs) == []


def test_a_run_that_knows_everything_claims_nothing(runs: WatchedRuns, stranger: Claims) -> None:
    graph = chain(runs.stage("add", "return x + 1"), runs.stage("double", "return x * 2"))
    runs.run(graph, 1)
    stranger.claim(names(runs, graph).values())

    assert outcomes(runs.run(graph, 1)) == {A: "known", B: "known"}


def test_what_waits_for_another_run_is_skipped_when_its_own_need_fails(
    runs: WatchedRuns, stranger: Claims
) -> None:
    failing = runs.stage("failing", "raise ValueError")
    last, after = runs.stage("last", "return x"), runs.stage("after", "return x")
    graph = chain(failing, last, after)
    stranger.claim([names(runs, graph)[1]])

    report = runs.run(graph, 1)

    assert [call.outcome for call in report.calls] == ["stage-raised", "skipped", "skipped"]
    assert [call.because for call in report.calls] == [None, A, A]
    assert waited(runs) == []


def test_nothing_is_waited_for_after_a_failure_when_one_is_enough(
    runs: WatchedRuns, stranger: Claims
) -> None:
    failing, same = runs.stage("failing", "raise ValueError"), runs.stage("same", "return x")
    graph = side(a=failing, b=chain(const(2), same))
    stranger.claim([names(runs, graph)[1]])

    report = runs.run(graph, 1, stop_at_failure=True)

    assert [call.outcome for call in report.calls] == ["stage-raised", "skipped"]
    assert report.calls[1].because == "/root/branches/a"


class NosyExecutor(FakeExecutor):
    """Looks, at the end of each region, which claims another run could take."""

    def __init__(self, folder: Path, wanted: list[str]) -> None:
        super().__init__()
        self._folder = folder
        self._wanted = wanted
        self.free: list[list[int]] = []

    def execute(self, *arguments: Any) -> None:
        super().execute(*arguments)
        other = Claims(self._folder)
        self.free.append([n for n, name in enumerate(self._wanted) if other.claim([name])])
        other.close()


def test_a_claim_is_released_as_soon_as_its_end_was_told(runs: WatchedRuns) -> None:
    same, failing = runs.stage("same", "return x"), runs.stage("failing", "raise ValueError")
    branches = {f"b{number}": chain(const(number), same) for number in range(3)}
    graph = side(**branches, z=failing)
    wanted = list(names(runs, graph).values())
    runs.executor = nosy = NosyExecutor(runs.claims_folder, wanted)
    nosy.script = {1: ["timed-out"]}

    runs.run(graph, 1)

    # The second call is tried once more alone: until then it stays ours.
    assert nosy.free == [[0, 2, 3], [0, 1, 2, 3]]
    other = Claims(runs.claims_folder)
    assert other.claim(wanted)
    other.close()


def test_without_locks_a_run_goes_on_and_says_so(runs: WatchedRuns) -> None:
    add = runs.stage("add", "return x + 1")

    class Lockless(Claims):
        __slots__ = ()

        def _file(self, number: int) -> int:
            self._files[number] = os.open("/", os.O_PATH)
            return self._files[number]

    runs.claims_class = Lockless
    report = runs.run(chain(add, add), 1)

    assert report.output == 3
    (warning,) = report.warnings
    assert "no locks" in warning
    assert warning in [event.message for event in runs.events if isinstance(event, Warned)]


def test_waiting_can_be_stopped(runs: WatchedRuns, stranger: Claims) -> None:
    graph = chain(runs.stage("add", "return x + 1"), runs.stage("double", "return x * 2"))
    stranger.claim(names(runs, graph).values())
    with Cancellation() as cancellation:
        runs.cancellation = cancellation
        runs.watched.when_waiting.append(cancellation.cancel)

        report = runs.run(graph, 1)

    assert [call.outcome for call in report.calls] == ["interrupted", "interrupted"]
