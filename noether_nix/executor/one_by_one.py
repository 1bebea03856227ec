"""A region call by call, each in a build of its own: level *alone* (design 3).

Where neither namespaces nor Landlock nor seccomp keep calls apart, Nix's sandbox does: a build
holds one call, and nothing of the plan but what that call may know. A call can end its own build
there, by bounds that the kernel lets it set for every process of its user; it harms no other.
"""

import hashlib
import heapq
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from noether_nix.errors import BuilderLostError
from noether_nix.executor.interface import (
    BuildLost,
    CallDone,
    CallFailedOnce,
    CallsGrown,
    ExecutorEvent,
    Listener,
    SandboxProved,
)
from noether_nix.formats.store_path import StorePath
from noether_nix.frozen import replace
from noether_nix.inside.agenda import Agenda
from noether_nix.inside.contract import InvalidValueError, Json, decode, encode
from noether_nix.inside.region import NOT_TAKEN, WELL, Region, RegionCall
from noether_nix.inside.retrying import can_end_otherwise, pause_after
from noether_nix.inside.unusable import InputUnusableError
from noether_nix.plan.program import value_path
from noether_nix.plan.regions import INLINE_BYTES

Files: TypeAlias = Mapping[StorePath, bytes]
RunOne: TypeAlias = Callable[[Region, Files, Listener], object]
Pause: TypeAlias = Callable[[float], object]

# Builds of one call that are lost before it is the call's own end: once may be an accident.
_MOST_LOSSES = 2


def run_one_by_one(
    region: Region,
    files: Files,
    run_one: RunOne,
    on_event: Listener,
    pause_for: Pause = time.sleep,
) -> None:
    """Run the calls of ``region`` one after the other; each gets one :class:`CallDone`.

    Args:
        region: whose calls stand in an order in which each comes behind what it needs.
        files: the large values that the region names by path.
        run_one: builds a region of one call that stands for itself.
        on_event: is told of everything but the proofs, which were told of before.
        pause_for: waits so many seconds, where there is nothing to do but to try again later.

    Raises:
        BuilderLostError: a build was lost, and its call cannot have done it.
    """
    _OneByOne(region, files, run_one, on_event, pause_for).run()


class _OneByOne:
    def __init__(
        self, region: Region, files: Files, run_one: RunOne, on_event: Listener, pause_for: Pause
    ) -> None:
        self._region = region
        self._files = files
        self._run_one = run_one
        self._on_event = on_event
        self._pause_for = pause_for
        self._outputs = {index: self._value(place) for index, place in region.known.items()}
        value = self._value(region.input)
        self._agenda = Agenda(region, value, self._outputs, self._tell_growth)
        self._ended: dict[int, CallDone] = {}
        self._first: dict[tuple[int, str], int] = {}
        self._twins: dict[int, list[int]] = {}
        # Calls that are to be made once more, by when, and how they ended last.
        self._later: list[tuple[float, int]] = []
        self._failures: dict[int, int] = {}
        self._last: dict[int, CallDone] = {}
        self._began = time.monotonic()

    def run(self) -> None:
        agenda = self._agenda
        while agenda.feed() or self._later:
            if self._later and self._left() == 0.0:
                self._give_up_later()
            elif self._later and (wait := self._later[0][0] - time.monotonic()) <= 0:
                self._run_call(agenda.calls[heapq.heappop(self._later)[1]])
            elif agenda.ready:
                self._run_call(agenda.calls[heapq.heappop(agenda.ready)])
            else:
                self._pause_for(min(wait, self._left() or wait))

    def _tell_growth(self, each: int, items: int, first: int) -> None:
        self._on_event(CallsGrown(each, items, first))

    def _value(self, place: int) -> Json:
        given = self._region.values[place]
        if isinstance(given, str):
            return decode(given.encode())
        return decode(self._files[StorePath.parse(given["path"])])

    def _run_call(self, call: RegionCall) -> None:
        if call.index in self._ended:
            return
        valuation = self._agenda.valuation
        try:
            if not valuation.is_taken(call.guards):
                self._end(CallDone(call.index, NOT_TAKEN, "", 0.0))
                return
            data = encode(valuation.value(call.input))
        except (InputUnusableError, InvalidValueError) as error:
            known = error.facts if isinstance(error, InputUnusableError) else {}
            detail = {"message": str(error), **known}
            self._end(CallDone(call.index, "input-invalid", "", 0.0, detail=detail))
            return
        digest = hashlib.sha256(data).hexdigest()
        program = self._region.programs[call.program]
        first = self._first.setdefault((call.program, digest), call.index)
        if digest in program.known:
            self._outputs[call.index] = self._value(program.known[digest])
            self._end(CallDone(call.index, "known", digest, 0.0))
        elif first == call.index:
            self._build(call, data, digest)
        elif first in self._ended:
            self._repeat(self._ended[first], call.index)
        else:
            self._twins.setdefault(first, []).append(call.index)

    def _repeat(self, done: CallDone, index: int) -> None:
        """Equal calls are one call."""
        outcome = "known" if done.outcome == "succeeded" else done.outcome
        if outcome == "known":
            self._outputs[index] = self._outputs[done.index]
        self._end(CallDone(index, outcome, done.input_sha256, 0.0, detail=done.detail))

    def _build(self, call: RegionCall, data: bytes, digest: str) -> None:
        files: dict[StorePath, bytes] = {}
        value: str | dict[str, str] = ""
        if len(data) <= INLINE_BYTES:
            value = data.decode()
        else:
            path = value_path(digest)
            files[path], value = data, {"path": str(path)}
        program = replace(self._region.programs[call.program], known={})
        lone = Region(
            token="",
            parallel=1,
            stop_at_failure=False,
            programs=(program,),
            calls=(
                replace(call, program=0, input={"input": None}, needs=(), guards=(), retries=()),
            ),
            values=(value,),
            input=0,
            known={},
            alone=True,
            timed=self._region.timed,
            run_seconds=self._region.run_seconds,
        )
        began = time.monotonic()
        if not self._run_lone(lone, files):
            seconds, detail = time.monotonic() - began, {"lost_builds": _MOST_LOSSES}
            self._end_or_try_again(CallDone(call.index, "killed", digest, seconds, detail=detail))

    def _run_lone(self, lone: Region, files: Files) -> bool:
        """Run the one call of a region; false where its builds are lost again and again."""
        index = lone.calls[0].index
        failures = self._failures.get(index, 0)
        for losses in range(1, _MOST_LOSSES + 1):
            try:
                self._run_one(replace(lone, left_seconds=self._left()), files, self._hear)
            except BuilderLostError as error:
                if not error.within_reach:
                    raise
                if index in self._ended or self._failures.get(index, 0) > failures:
                    words = "its call had ended before, and what that printed is gone"
                    self._on_event(BuildLost(f"{error.message}; {words}"))
                    return True
                if losses < _MOST_LOSSES:
                    words = "its call is tried once more"
                    self._on_event(BuildLost(f"{error.message}; {words}"))
            else:
                return True
        return False

    def _left(self) -> float | None:
        left = self._region.left_seconds
        return None if left is None else max(0.0, left - (time.monotonic() - self._began))

    def _hear(self, event: ExecutorEvent) -> None:
        match event:
            case SandboxProved():
                pass
            case CallDone(index):
                if event.value is not None:
                    self._outputs[index] = decode(event.value)
                self._end_or_try_again(event)
            case _:
                self._on_event(event)

    def _end_or_try_again(self, done: CallDone) -> None:
        call = self._agenda.calls[done.index]
        raised = call.retries_raised
        if call.retries and can_end_otherwise(done.outcome, done.detail, raised=raised):
            failures = self._failures[call.index] = self._failures.get(call.index, 0) + 1
            pause = pause_after(call.retries, failures)
            if pause is not None:
                self._last[call.index] = done
                heapq.heappush(self._later, (time.monotonic() + pause, call.index))
                self._on_event(
                    CallFailedOnce(
                        call.index, done.outcome, done.detail, done.seconds, pause, done.times
                    )
                )
                return
        self._end(done)

    def _give_up_later(self) -> None:
        """What waits for another try ends as it ended last."""
        later, self._later = sorted(index for _, index in self._later), []
        for index in later:
            self._end(self._last[index])

    def _end(self, done: CallDone) -> None:
        self._ended[done.index] = done
        self._on_event(done)
        for twin in self._twins.pop(done.index, ()):
            if twin not in self._ended:
                self._repeat(done, twin)
        if done.outcome in WELL:
            self._agenda.settle(done.index)
        elif done.outcome != "skipped":
            if self._region.stop_at_failure:
                self._agenda.close()
                self._give_up_later()
                self._skip(list(self._agenda.calls), done.index)
            self._skip(self._agenda.fall(done.index), done.index)

    def _skip(self, indexes: Iterable[int], because: int) -> None:
        for index in indexes:
            if index not in self._ended:
                self._end(CallDone(index, "skipped", "", 0.0, detail={"because": because}))
