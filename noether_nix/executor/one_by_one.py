"""A region call by call, each in a build of its own: level *alone* (design 3).

Where neither namespaces nor Landlock nor seccomp keep calls apart, Nix's sandbox does: a build
holds one call, and nothing of the plan but what that call may know. A call can end its own build
there, by bounds that the kernel lets it set for every process of its user; it harms no other.
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from noether_nix.errors import BuilderLostError
from noether_nix.executor.interface import (
    BuildLost,
    CallDone,
    ExecutorEvent,
    Listener,
    SandboxProved,
)
from noether_nix.formats.store_path import StorePath
from noether_nix.inside.contract import InvalidValueError, Json, decode, encode
from noether_nix.inside.dataflow import InputUnusableError, Valuation
from noether_nix.inside.region import NOT_TAKEN, WELL, Region, RegionCall
from noether_nix.plan.program import value_path
from noether_nix.plan.regions import INLINE_BYTES

Files: TypeAlias = Mapping[StorePath, bytes]
RunOne: TypeAlias = Callable[[Region, Files, Listener], object]

# Builds of one call that are lost before it is the call's own end: once may be an accident.
_MOST_LOSSES = 2


def run_one_by_one(region: Region, files: Files, run_one: RunOne, on_event: Listener) -> None:
    """Run the calls of ``region`` one after the other; each gets one :class:`CallDone`.

    Args:
        region: whose calls stand in an order in which each comes behind what it needs.
        files: the large values that the region names by path.
        run_one: builds a region of one call that stands for itself.
        on_event: is told of everything but the proofs, which were told of before.

    Raises:
        BuilderLostError: a build was lost, and its call cannot have done it.
    """
    _OneByOne(region, files, run_one, on_event).run()


class _OneByOne:
    def __init__(self, region: Region, files: Files, run_one: RunOne, on_event: Listener) -> None:
        self._region = region
        self._files = files
        self._run_one = run_one
        self._on_event = on_event
        self._outputs = {index: self._value(place) for index, place in region.known.items()}
        value = self._value(region.input)
        self._valuation = Valuation(value, region.shared, self._outputs)
        self._ended: dict[int, CallDone] = {}
        self._first: dict[tuple[int, str], int] = {}
        self._failed: int | None = None
        self._began = time.monotonic()

    def run(self) -> None:
        for call in self._region.calls:
            culprit = self._culprit(call)
            if culprit is not None:
                self._end(CallDone(call.index, "skipped", "", 0.0, detail={"because": culprit}))
            else:
                self._run_call(call)

    def _value(self, place: int) -> Json:
        given = self._region.values[place]
        if isinstance(given, str):
            return decode(given.encode())
        return decode(self._files[StorePath.parse(given["path"])])

    def _culprit(self, call: RegionCall) -> int | None:
        """For which other call this one does not run."""
        for needed in call.needs:
            done = self._ended[needed]
            if done.outcome not in WELL:
                return int(done.detail["because"]) if done.outcome == "skipped" else needed
        return self._failed if self._region.stop_at_failure else None

    def _run_call(self, call: RegionCall) -> None:
        try:
            if not self._valuation.is_taken(call.guards):
                self._end(CallDone(call.index, NOT_TAKEN, "", 0.0))
                return
            data = encode(self._valuation.value(call.input))
        except (InputUnusableError, InvalidValueError) as error:
            self._end(
                CallDone(call.index, "input-invalid", "", 0.0, detail={"message": str(error)})
            )
            return
        digest = hashlib.sha256(data).hexdigest()
        program = self._region.programs[call.program]
        first = self._first.setdefault((call.program, digest), call.index)
        if digest in program.known:
            self._outputs[call.index] = self._value(program.known[digest])
            self._end(CallDone(call.index, "known", digest, 0.0))
        elif first != call.index:
            self._repeat(self._ended[first], call.index)
        else:
            self._build(call, data, digest)

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
            calls=(replace(call, program=0, input={"input": None}, needs=(), guards=()),),
            values=(value,),
            input=0,
            known={},
            alone=True,
            run_seconds=self._region.run_seconds,
        )
        began = time.monotonic()
        for losses in range(1, _MOST_LOSSES + 1):
            lone = replace(lone, left_seconds=self._left())
            try:
                self._run_one(lone, files, self._hear)
            except BuilderLostError as error:
                if not error.within_reach:
                    raise
                if call.index in self._ended:
                    words = "its call had ended before, and what that printed is gone"
                    self._on_event(BuildLost(f"{error.message}; {words}"))
                    return
                if losses < _MOST_LOSSES:
                    words = "its call is tried once more"
                    self._on_event(BuildLost(f"{error.message}; {words}"))
            else:
                return
        seconds = time.monotonic() - began
        detail = {"lost_builds": _MOST_LOSSES}
        self._end(CallDone(call.index, "killed", digest, seconds, detail=detail))

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
                self._end(event)
            case _:
                self._on_event(event)

    def _end(self, done: CallDone) -> None:
        self._ended[done.index] = done
        if done.outcome not in WELL and done.outcome != "skipped" and self._failed is None:
            self._failed = done.index
        self._on_event(done)
