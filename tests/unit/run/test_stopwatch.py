"""What a stopwatch makes of a run: whose clock is believed, and what the phases are."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psutil
import pytest

from noether_nix.executor.interface import (
    CallBegan,
    CallDone,
    CallFailedOnce,
    ExecutorEvent,
    SandboxProved,
)
from noether_nix.inside.region import Region
from noether_nix.plan.interpreter import Interpreter
from noether_nix.run.profile import Profile
from noether_nix.run.report import CallReport, Report
from noether_nix.run.stopwatch import Stopwatch, process_began
from tests.fakes.fake_runs import PYTHON

REGION = Region("", 1, stop_at_failure=False, programs=(), calls=(), values=(), input=0, known={})


@dataclass
class Scripted:
    """An executor that says what it was told to say, and keeps what it was given."""

    says: Sequence[ExecutorEvent]
    fails: bool = False
    given: list[Region] = field(default_factory=list)

    def execute(
        self,
        region: Region,
        interpreter: Interpreter,
        files: Mapping[Any, bytes],
        on_event: Callable[[ExecutorEvent], None],
    ) -> None:
        self.given.append(region)
        for event in self.says:
            on_event(event)
        if self.fails:
            raise KeyboardInterrupt


def ticking(start: int = 100) -> Callable[[], float]:
    """A clock that is one second later whenever it is looked at."""
    ticks: Iterator[int] = count(start)
    return lambda: float(next(ticks))


def report(*outcomes: str) -> Report:
    calls = [
        CallReport(index, f"/root/{index}", "work", "id", outcome)
        for index, outcome in enumerate(outcomes)
    ]
    return Report("r", "g", "", "", calls, b"1", 1.0, "full", "Nix", {})


def watch(*says: ExecutorEvent) -> Profile:
    """The profile of one build, in which every look at the clock takes a second."""
    stopwatch = Stopwatch(100.0, ticking(101))
    stopwatch.begin()
    stopwatch.watching(Scripted(says)).execute(REGION, PYTHON, {}, lambda _: None)
    stopwatch.end()
    return stopwatch.profile(report("succeeded", "succeeded"))


def test_nested_phases_count_once() -> None:
    stopwatch = Stopwatch(100.0, ticking(101))  # 100 to 101: start
    stopwatch.begin()
    with stopwatch.phase("planning"):  # 101 to 102: other
        with stopwatch.phase("toolchain"):  # 102 to 103: planning
            pass  # 103 to 104: toolchain
        with pytest.raises(KeyError), stopwatch.phase("toolchain"):  # 104 to 105: planning
            raise KeyError  # 105 to 106: toolchain
    stopwatch.end()  # 106 to 107: planning; 107 to 108: other

    profile = stopwatch.profile(report())  # 108 to 109: report

    spent = {name: seconds for name, seconds in profile.phases.items() if seconds}
    assert spent == {"start": 1, "other": 2, "planning": 3, "toolchain": 2, "report": 1}
    assert profile.seconds == 9.0


def test_the_region_is_asked_for_times_and_its_events_are_passed_on() -> None:
    said = (SandboxProved("full", {}), CallDone(0, "succeeded", "", 0.5))
    executor, heard = Scripted(said), list[ExecutorEvent]()

    Stopwatch(0.0).watching(executor).execute(REGION, PYTHON, {}, heard.append)

    assert [region.timed for region in executor.given] == [True]
    assert heard == list(said)


@pytest.mark.parametrize(
    ("times", "parts"),
    [
        pytest.param((104.5, 104.75, 105.0, 105.5), (0.25, 0.25, 0.5), id="of our clock"),
        pytest.param((4.5, 4.75, 5.0, 5.5), (0.0, 1.0, 0.0), id="of another machine"),
        pytest.param((104.5, 0.0, 105.0, 105.5), (0.5, 0.0, 0.5), id="it never stood"),
        pytest.param((104.5, 104.0, 105.0, 105.5), (0.0, 0.5, 0.5), id="a spare stood before"),
        pytest.param((104.5, 104.75), (0.0, 1.0, 0.0), id="too few"),
        pytest.param((), (0.0, 1.0, 0.0), id="none"),
    ],
)
def test_times_are_believed_where_they_can_be_of_this_clock(
    times: tuple[float, ...], parts: tuple[float, float, float]
) -> None:
    done = CallDone(0, "succeeded", "", 1.0, used={"cpu_seconds": 0.25}, times=times)

    # The build begins at 102, the sandbox stands at 104, the call is heard to end at 106.
    (call,) = watch(SandboxProved("full", {}), CallBegan(0), done).calls

    assert (call.parts["start"], call.parts["run"], call.parts["output"]) == parts
    assert call.cpu_seconds == 0.25
    assert all(part >= 0 for part in call.parts.values())


def test_calls_that_did_not_run_have_no_lane() -> None:
    known = CallDone(0, "known", "", 0.0)

    assert watch(SandboxProved("full", {}), known).calls == []


def test_each_try_is_told_and_a_last_one_that_is_told_twice_counts_once() -> None:
    times = (104.5, 104.5, 105.0, 105.5)
    again = CallFailedOnce(0, "timed-out", {}, 0.5, 9.0, times)
    end = CallDone(0, "timed-out", "", 0.5, used={"cpu_seconds": 0.1}, times=times)

    (call,) = watch(SandboxProved("full", {}), CallBegan(0), again, end).calls

    assert (call.outcome, call.cpu_seconds) == ("timed-out", 0.1)


def test_what_ran_as_the_build_was_ended_was_interrupted() -> None:
    stopwatch = Stopwatch(100.0, ticking(101))
    executor = Scripted((SandboxProved("full", {}), CallBegan(1)), fails=True)
    with pytest.raises(KeyboardInterrupt):
        stopwatch.watching(executor).execute(REGION, PYTHON, {}, lambda _: None)

    profile = stopwatch.profile(report("interrupted", "interrupted"))

    assert [(call.pointer, call.outcome) for call in profile.calls] == [("/root/1", "interrupted")]
    assert profile.phases["calls"] > 0
    assert sum(profile.phases.values()) == profile.seconds


def test_the_process_began_when_the_kernel_says_to_a_hundredth_of_a_second() -> None:
    began = process_began()

    age = time.time() - psutil.Process(os.getpid()).create_time()
    assert time.monotonic() - began == pytest.approx(age, abs=5.0)  # two clocks, one of them set
    assert began <= time.monotonic() - time.process_time()
    assert Path("/proc/self/stat").exists()
