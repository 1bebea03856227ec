"""Where the time of a run went: phases that add up to the whole, and the parts of each call."""

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from noether_nix.frozen import dataclass, replace

# What the process that runs `noether` does, one of them at every moment, in the order of a run.
PHASES: Final = (
    "start",
    "reading",
    "checking",
    "toolchain",
    "planning",
    "lookup",
    "waiting",
    "nix",
    "calls",
    "store",
    "report",
    "other",
)


@dataclass(frozen=True, slots=True)
class Slice:
    """A stretch of time that belongs to one phase; ends where the next one begins.

    All times of this module are seconds of the kernel's monotonic clock.
    """

    phase: str
    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class Build:
    """One build by Nix: when the sandbox stood in it, if ever, and when its last call ended."""

    began: float
    stood: float | None
    last: float
    ended: float


@dataclass(frozen=True, slots=True)
class Try:
    """A call that ran once, as it was seen; where it was retried there are several.

    Attributes:
        sandbox: when the sandbox of its build stood.
        began: when its process was asked for, or one that was ready got its input.
        stood: when it stood behind its fences, and read its input.
        ended: when it had answered or was given up.
        judged: when its answer was read, and its process was gone.
    """

    index: int
    outcome: str
    sandbox: float
    began: float
    stood: float
    ended: float
    judged: float
    cpu_seconds: float | None


@dataclass(frozen=True, slots=True)
class TimedCall:
    """The parts of a call that ran, one behind the other without a gap.

    Attributes:
        pointer: the name of its node.
        lane: from 0; calls that ran at once have different ones.
        queued: when all that it needed was there.
        began, stood, ended, judged: see :class:`Try`.
        kept: when its result was kept and told; for a try that was not the last one, as judged.
        cpu_seconds: of the process, its making too; None where it was not measured.
    """

    pointer: str
    stage_name: str
    outcome: str
    lane: int
    queued: float
    began: float
    stood: float
    ended: float
    judged: float
    kept: float
    cpu_seconds: float | None

    @property
    def parts(self) -> dict[str, float]:
        """How long each part was, in seconds."""
        return {
            "queue": self.began - self.queued,
            "start": self.stood - self.began,
            "run": self.ended - self.stood,
            "output": self.judged - self.ended,
            "keep": self.kept - self.judged,
        }


@dataclass(frozen=True, slots=True)
class Profile:
    """Where the time of one command went.

    Attributes:
        began: when its process did.
        slices: from there to the end, each where the last one ends.
        builds: what Nix did, in order.
        calls: those that ran, in the order in which they began.
        known: how many results were known.
        cpu_seconds: of this process so far, without Nix and calls.
    """

    began: float
    slices: Sequence[Slice]
    builds: Sequence[Build]
    calls: Sequence[TimedCall]
    known: int
    cpu_seconds: float

    @property
    def seconds(self) -> float:
        """From the beginning of the process to when this was asked for."""
        return self.slices[-1].ended - self.began if self.slices else 0.0

    @property
    def phases(self) -> dict[str, float]:
        """Seconds of every phase; together they are the whole."""
        spent = dict.fromkeys(PHASES, 0.0)
        for one in self.slices:
            spent[one.phase] += one.ended - one.began
        return spent

    @property
    def lanes(self) -> int:
        """How many calls ran at once, at most."""
        return max((call.lane for call in self.calls), default=-1) + 1

    def to_document(self) -> dict[str, Any]:
        """The profile as `--json` shows it."""
        return {
            "seconds": round(self.seconds, 6),
            "cpu_seconds": round(self.cpu_seconds, 6),
            "phases": {name: round(spent, 6) for name, spent in self.phases.items()},
            "known": self.known,
            "lanes": self.lanes,
            "calls": [self._call_document(call) for call in self.calls],
        }

    def _call_document(self, call: TimedCall) -> dict[str, Any]:
        return {
            "node": call.pointer,
            "outcome": call.outcome,
            "lane": call.lane,
            "at": round(call.began - self.began, 6),
            **{f"{part}_seconds": round(spent, 6) for part, spent in call.parts.items()},
            "cpu_seconds": call.cpu_seconds,
        }


def with_calls(slices: Iterable[Slice], builds: Sequence[Build]) -> list[Slice]:
    """The slices with those of Nix, while calls ran in a build, told apart from the others."""
    during = [(build.stood, build.last) for build in builds if build.stood is not None]
    parted: list[Slice] = []
    for one in slices:
        if one.phase != "nix":
            parted.append(one)
            continue
        now = one.began
        for began, ended in during:
            first, last = max(now, began), min(one.ended, ended)
            if first < last:
                parted += [Slice("nix", now, first), Slice("calls", first, last)]
                now = last
        parted.append(Slice("nix", now, one.ended))
    return [one for one in parted if one.began < one.ended]


def timed_calls(
    tries: Iterable[Try],
    kept: Mapping[int, float],
    name: Callable[[int], tuple[str, str]],
    ready: Callable[[int], float | None],
) -> list[TimedCall]:
    """The calls that ran, on lanes.

    Args:
        tries: what was seen, in any order; the last one of a call is the one that was kept.
        kept: when the end of a call was told, by index.
        name: the pointer and the stage's name of a call.
        ready: when the last of what a call needs ended, if any of that ran.
    """
    ordered = sorted(tries, key=lambda one: (one.began, one.index))
    last = {one.index: place for place, one in enumerate(ordered)}
    before: dict[int, float] = {}
    calls = []
    for place, one in enumerate(ordered):
        queued = max(one.sandbox, ready(one.index) or one.sandbox, before.get(one.index, 0.0))
        told = kept.get(one.index) if last[one.index] == place else None
        pointer, stage_name = name(one.index)
        calls.append(
            TimedCall(
                pointer=pointer,
                stage_name=stage_name,
                outcome=one.outcome,
                lane=0,
                queued=min(queued, one.began),
                began=one.began,
                stood=one.stood,
                ended=one.ended,
                judged=one.judged,
                kept=max(one.judged, told or one.judged),
                cpu_seconds=one.cpu_seconds,
            )
        )
        before[one.index] = one.judged
    return on_lanes(calls)


def on_lanes(calls: Iterable[TimedCall]) -> list[TimedCall]:
    """The calls, in order of their beginnings, each on the first lane that is free by then."""
    free: list[int] = []
    busy: list[tuple[float, int]] = []
    placed = []
    for call in sorted(calls, key=lambda one: one.began):
        while busy and busy[0][0] <= call.began:
            heapq.heappush(free, heapq.heappop(busy)[1])
        lane = heapq.heappop(free) if free else len(busy)
        heapq.heappush(busy, (call.ended, lane))
        placed.append(replace(call, lane=lane))
    return placed
