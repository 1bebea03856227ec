"""Takes the times of a run while it happens; made only where somebody asked for them.

Everything is measured on the kernel's monotonic clock. Nix's sandbox has no time namespace, so
the scheduler inside reads the same one; where what it tells cannot be of this clock, as from
another machine, the times at which it was heard are taken.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from noether_nix.executor.interface import (
    CallBegan,
    CallDone,
    CallFailedOnce,
    Executor,
    ExecutorEvent,
    SandboxProved,
)
from noether_nix.executor.interface import Listener as ExecutorListener
from noether_nix.formats.store_path import StorePath
from noether_nix.frozen import replace
from noether_nix.inside.region import Region
from noether_nix.plan.growing import GrowingPlan
from noether_nix.plan.interpreter import Interpreter
from noether_nix.run.events import CallEnded, Event
from noether_nix.run.profile import Build, Profile, Slice, Try, timed_calls, with_calls
from noether_nix.run.report import INTERRUPTED, Report

Clock = Callable[[], float]
Listener = Callable[[Event], None]
_MOMENTS = 4  # began, stood, ended, judged


class Stopwatch:
    """Counts all time from the beginning of the process, each moment to one phase.

    Attributes:
        plan: whose calls run; set by the run that has one.
    """

    def __init__(self, began: float, clock: Clock = time.monotonic) -> None:
        self.plan: GrowingPlan | None = None
        self._clock = clock
        self._began = self._since = began
        self._phases = ["start"]
        self._slices: list[Slice] = []
        self._builds: list[Build] = []
        self._tries: dict[tuple[int, float], Try] = {}
        self._kept: dict[int, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count the time of the block to this phase, but for that of phases within."""
        self._turn()
        self._phases.append(name)
        try:
            yield
        finally:
            self._turn()
            self._phases.pop()

    def begin(self) -> None:
        """Count to no phase what is in none, from now on; so far it was the start."""
        self._turn()
        self._phases[0] = "other"

    def end(self) -> None:
        """Count to the report what is in no phase, from now on."""
        self._turn()
        self._phases[0] = "report"

    def telling(self, tell: Listener) -> Listener:
        """The same listener, with the times taken at which it is told."""

        def see(event: Event) -> None:
            if isinstance(event, CallEnded):
                self._kept[event.call.index] = self._clock()
            tell(event)

        return see

    def watching(self, executor: Executor) -> Executor:
        """The same executor, with its times taken."""
        return _Watched(executor, self, self._clock)

    def add(self, build: Build, tries: Mapping[tuple[int, float], Try]) -> None:
        """Take what was seen of a build."""
        self._builds.append(build)
        self._tries |= tries

    def profile(self, report: Report) -> Profile:
        """Where the time went up to now."""
        self._turn()
        calls = report.calls
        return Profile(
            began=self._began,
            slices=with_calls(self._slices, self._builds),
            builds=tuple(self._builds),
            calls=timed_calls(
                self._tries.values(),
                self._kept,
                lambda index: (calls[index].pointer, calls[index].stage_name),
                _Readiness(self.plan, self._tries.values()).of if self.plan else lambda _: None,
            ),
            known=report.counts()["known"],
            cpu_seconds=time.process_time(),
        )

    def _turn(self) -> None:
        now = self._clock()
        if now > self._since:
            self._slices.append(Slice(self._phases[-1], self._since, now))
            self._since = now


def process_began() -> float:
    """When this process began, on the monotonic clock; to within a hundredth of a second.

    The kernel tells it in ticks, of which the last one is unknown; it cannot have used more
    processor time than it is old.
    """
    now, used = time.monotonic(), time.process_time()
    try:
        told = Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()[19]
        ticks = os.sysconf("SC_CLK_TCK")
        oldest = time.clock_gettime(time.CLOCK_BOOTTIME) - int(told) / ticks
    except (OSError, ValueError, IndexError):
        return now - used
    return now - min(oldest, max(used, oldest - 1 / ticks))


# ---------------------------------------------------------------- inside


class _Watched:
    """An executor that takes times for a stopwatch."""

    def __init__(self, executor: Executor, stopwatch: Stopwatch, clock: Clock) -> None:
        self._executor = executor
        self._stopwatch = stopwatch
        self._clock = clock

    def execute(
        self,
        region: Region,
        interpreter: Interpreter,
        files: Mapping[StorePath, bytes],
        on_event: ExecutorListener,
    ) -> None:
        """See :class:`noether_nix.executor.interface.Executor`."""
        seen = _Seen(self._clock)
        try:
            with self._stopwatch.phase("nix"):
                self._executor.execute(
                    replace(region, timed=True), interpreter, files, partial(seen.hear, on_event)
                )
        finally:
            self._stopwatch.add(*seen.over())


class _Seen:
    """What is seen of one build."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = clock()
        self._stood: float | None = None
        self._running: dict[int, float] = {}
        self._tries: dict[tuple[int, float], Try] = {}

    def hear(self, on_event: ExecutorListener, event: ExecutorEvent) -> None:
        """Take the time of an event, and pass it on."""
        now = self._clock()
        match event:
            case SandboxProved():
                self._stood = now if self._stood is None else self._stood
            case CallBegan(index):
                self._running[index] = now
            case CallFailedOnce() | CallDone():
                self._running.pop(event.index, None)
                if event.seconds > 0:
                    self._end(event, now)
            case _:
                pass
        on_event(event)

    def over(self) -> tuple[Build, dict[tuple[int, float], Try]]:
        """The build is over; what still ran was interrupted with it."""
        now = self._clock()
        for index, began in self._running.items():
            self._add(index, INTERRUPTED, (began, began, now, now), None)
        last = max((one.judged for one in self._tries.values()), default=self._stood or now)
        return Build(self._began, self._stood, min(last, now), now), self._tries

    def _end(self, event: CallFailedOnce | CallDone, now: float) -> None:
        times = tuple(event.times)
        if not self._are_of_this_clock(times, now):
            began = max(self._began, now - event.seconds)
            times = (began, began, now, now)
        used = event.used if isinstance(event, CallDone) else {}
        self._add(event.index, event.outcome, times, used.get("cpu_seconds"))

    def _are_of_this_clock(self, times: tuple[float, ...], now: float) -> bool:
        if len(times) != _MOMENTS:
            return False
        began, _, ended, judged = times
        return self._began <= began <= ended <= judged <= now

    def _add(
        self, index: int, outcome: str, times: tuple[float, ...], cpu_seconds: float | None
    ) -> None:
        began, stood, ended, judged = times
        # Of a call that was given up before it stood nothing is known but that.
        stood = min(max(began, stood or ended), ended)
        sandbox = min(self._stood or began, began)
        made = Try(index, outcome, sandbox, began, stood, ended, judged, cpu_seconds)
        # A call whose last try is told of twice ran once.
        self._tries[index, began] = made


class _Readiness:
    """When the last of what a call needs had ended, as far as that ran."""

    def __init__(self, plan: GrowingPlan, tries: Iterable[Try]) -> None:
        self._plan = plan
        self._of_calls: dict[int, float] = {}
        self._of_eaches: dict[int, float | None] = {}
        for one in tries:
            self._of_calls[one.index] = max(one.ended, self._of_calls.get(one.index, 0.0))

    def of(self, index: int) -> float | None:
        """The time for a call; None where it needs nothing that ran."""
        needs = self._plan.calls[index].needs
        left = self._unknown(needs)
        while left:
            inner = self._plan.needs_of(left[-1])
            if unknown := self._unknown(inner):
                left += unknown
            else:
                self._of_eaches[left.pop()] = self._latest(inner)
        return self._latest(needs)

    def _unknown(self, needs: Iterable[int]) -> list[int]:
        return [~one for one in needs if one < 0 and ~one not in self._of_eaches]

    def _latest(self, needs: Iterable[int]) -> float | None:
        ends = (self._of_calls.get(one) if one >= 0 else self._of_eaches.get(~one) for one in needs)
        return max((end for end in ends if end is not None), default=None)
