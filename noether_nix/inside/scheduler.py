"""Runs the calls of a region inside one build: who may start, how each ended.

Holds the plan and the values, so it is not dumpable and the zygote is forked before anything
is read. Nothing that a call says is believed: bytes are capped while they are read, parsed,
validated against the stage's output type and encoded again before they are hashed.
"""

import hashlib
import heapq
import json
import math
import os
import select
import time
from collections.abc import Iterable
from typing import Any

from noether_nix.inside import contract, retrying
from noether_nix.inside.agenda import Agenda
from noether_nix.inside.build_log import LOG_DESCRIPTOR, Log
from noether_nix.inside.call import LOOK_SECONDS, RunningCall
from noether_nix.inside.region import INLINE_BYTES, NOT_TAKEN, WELL, Ending, Region, RegionCall
from noether_nix.inside.unusable import InputUnusableError
from noether_nix.inside.zygote_client import SpareCall, ZygoteClient

_HEARTBEAT_SECONDS = 5.0
# After this long without an event the outside is told, so that it keeps what it has heard.
_IDLE_SECONDS = 0.1
# Lists that others are made of item by item: what they become is known to the next run only if
# they are, however this one ends. In all, Nix takes a third of a second for so many.
_LIST_BYTES, _LISTS_BYTES = 256 << 10, 4 << 20


class Scheduler:
    """One region from its plan to its endings."""

    def __init__(
        self, region: Region, zygote: ZygoteClient, log: Log, *, lone: bool = False
    ) -> None:
        self._region = region
        self._lone = lone
        self._parallel = 1 if zygote.shared is not None else region.parallel
        self._zygote = zygote
        self._log = log
        self._checks: dict[int, tuple[contract.Check, contract.Check]] = {}
        self._encoded: dict[int, bytes] = {}
        self._active: list[RunningCall] = []
        self._by_descriptor: dict[int, RunningCall] = {}
        # Answered or given up, with what is known of the end: still to be waited for.
        self._dead: list[tuple[RunningCall, Ending]] = []
        self._spares: dict[int, SpareCall] = {}
        # Equal calls are one call: the first one runs, the others end when it does.
        self._first: dict[tuple[int, str], int] = {}
        self._twins: dict[int, list[int]] = {}
        self._poll = select.poll()
        self._poll.register(LOG_DESCRIPTOR, 0)  # errors only: the reader is gone
        self._poll.register(zygote.channel, select.POLLIN)
        # Calls that are to be made once more, by when, and how they ended last.
        self._later: list[tuple[float, int]] = []
        self._failures: dict[int, int] = {}
        self._last: dict[int, tuple[Ending, float, dict[str, Any]]] = {}
        self._next_look = 0.0
        left = region.left_seconds
        self._run_ends = None if left is None else time.monotonic() + left
        self._room_for_lists = _LISTS_BYTES
        self.endings: dict[int, Ending] = {}
        self._outputs = {index: self._value(place) for index, place in region.known.items()}
        value = self._value(region.input)
        self._agenda = Agenda(region, value, self._outputs, self._tell_growth)

    def run(self) -> None:
        """Run every call that can be run; afterwards all of them have an ending.

        Raises:
            UnableError: a call could not be isolated.
            LostError: the zygote is gone.
            UnemptiedError: what calls share cannot be emptied.
        """
        beat = time.monotonic()
        agenda = self._agenda
        while agenda.feed() or self._active or self._dead or self._later:
            while self._later and self._later[0][0] <= time.monotonic():
                heapq.heappush(agenda.ready, heapq.heappop(self._later)[1])
            if self._run_ends is not None and time.monotonic() >= self._run_ends:
                self._run_out()
            if self._region.stop_at_failure or self._zygote.shared is not None:
                # Nothing may start any more once it is known that a call failed, or before the
                # one that shares its folders is dead.
                self._bury()
            while agenda.ready and len(self._active) < self._parallel:
                index = heapq.heappop(agenda.ready)
                if index not in self.endings:
                    self._begin(index)
            # Only now, so that the zygote makes the next call while the last ones are taken down.
            self._prepare_spare()
            # To take down a call takes the kernel as long as half of one; others run meanwhile.
            self._bury(wait=not self._active)
            beat = self._tell(beat)
            if self._active or self._later:
                next_event = min(beat + _HEARTBEAT_SECONDS, *self._deadlines())
                self._wait(next_event - time.monotonic())
        for index in list(self._spares):
            self._discard_spare(index)
        self._log.flush()

    def _tell(self, beat: float) -> float:
        """Write what has happened, if it is time to; gives when the last sign of life was given."""
        now = time.monotonic()
        if not self._active or self._log.due <= now:
            self._log.flush()
        if now - beat <= _HEARTBEAT_SECONDS:
            return beat
        self._log.say("alive")
        return now

    def _prepare_spare(self) -> None:
        """With nothing to do, make a call ready that waits only for calls that run now."""
        agenda = self._agenda
        if agenda.ready or self._spares or len(self._active) >= self._parallel:
            return
        running = {call.call.index for call in self._active}
        for index in sorted(user for one in running for user in agenda.users(one)):
            if agenda.waits_only_for(index, running) and index not in self.endings:
                call = agenda.calls[index]
                program = self._region.programs[call.program]
                self._spares[index] = self._zygote.prepare(program, call)
                return

    def _discard_spare(self, index: int) -> None:
        spare = self._spares.pop(index, None)
        if spare is not None:
            spare.discard()

    def _deadlines(self) -> list[float]:
        whole = [] if self._run_ends is None else [self._run_ends]
        later = [self._later[0][0]] if self._later else []
        return [*(call.deadline for call in self._active), *whole, *later]

    def _run_out(self) -> None:
        """The time of the whole run is over: nothing goes on, and nothing more begins."""
        self._agenda.close()
        allowed = self._region.run_seconds
        assert allowed is not None
        for call in list(self._active):
            call.exceed("timed-out", "run_seconds", allowed)
            self._stop(call)
        self._bury()
        self._give_up_later()
        detail = {"limit": "run_seconds", "allowed": allowed}
        for index in self._agenda.calls:
            if index not in self.endings:
                self._end(Ending(index, "interrupted", "", detail), 0.0, {})

    def _wait(self, seconds: float) -> None:
        limit = min(seconds, _IDLE_SECONDS if self._log.unread else LOOK_SECONDS)
        limit = min(limit, self._log.due - time.monotonic())
        events = self._poll.poll(max(0.0, limit * 1000 + 1))
        if not events and self._log.unread and self._log.due == math.inf:
            self._log.say("idle")
            self._log.flush()
            self._log.unread = False
        for descriptor, _ in events:
            self._attend(descriptor)
        now = time.monotonic()
        if now >= min((self._next_look, *self._deadlines())):
            self._next_look = now + LOOK_SECONDS
            for call in list(self._active):
                if call.look(now):
                    self._stop(call)

    def _attend(self, descriptor: int) -> None:
        if descriptor == LOG_DESCRIPTOR:
            os._exit(1)
        call = self._by_descriptor.get(descriptor)
        if call is None:
            if descriptor == self._zygote.channel.fileno():
                self._zygote.hear()
            return
        if call.read(descriptor):
            self._stop(call)
        elif descriptor not in call.descriptors:
            self._forget(descriptor)

    def _forget(self, descriptor: int) -> None:
        self._poll.unregister(descriptor)
        del self._by_descriptor[descriptor]

    def _value(self, place: int) -> Any:
        given = self._region.values[place]
        if isinstance(given, str):
            return json.loads(given)
        with open(given["path"], "rb") as file:  # noqa: PTH123
            return json.loads(file.read())

    # -------------------------------------------------------------------------- beginning

    def _begin(self, index: int) -> None:
        call, valuation = self._agenda.calls[index], self._agenda.valuation
        try:
            if call.guards and not valuation.is_taken(call.guards):
                self._end(Ending(index, NOT_TAKEN), 0.0, {})
                return
            value, data = self._input_of(call)
        except (InputUnusableError, contract.InvalidValueError) as error:
            self._end(Ending(index, "input-invalid", "", _unusable(error)), 0.0, {})
            return
        digest = hashlib.sha256(data).hexdigest()
        program = self._region.programs[call.program]
        if self._failures.get(index):
            self._zygote.spill.forget(index)
        if digest in program.known:
            self._outputs[index] = self._value(program.known[digest])
            self._end(Ending(index, "known", digest), 0.0, {})
            return
        first = self._first.setdefault((call.program, digest), index)
        if first != index:
            self._twins.setdefault(first, []).append(index)
            if first in self.endings:
                self._end_twins(self.endings[first])
            return
        fault = self._checks_of(call.program)[0](value)
        if fault is not None:
            self._end(Ending(index, "input-invalid", digest, _fault(fault)), 0.0, {})
            return
        if self._zygote.shared is not None:
            self._zygote.shared.make_ready()
        self._tell_of_start(index)
        spare = self._spares.pop(index, None)
        running = spare.feed(data, digest) if spare is not None else None
        if running is None:
            running = self._zygote.start(program, call, data, digest)
        self._attend_to(running)

    def _attend_to(self, running: RunningCall) -> None:
        if self._active:
            for one in (running, *self._active):
                one.beside = True
        self._active.append(running)
        if self._lone:
            self._let_zygote_go(running)
        for descriptor in running.descriptors:
            self._by_descriptor[descriptor] = running
            self._poll.register(descriptor, select.POLLIN)

    def _tell_of_start(self, index: int) -> None:
        self._log.say("started", call=index)
        if self._lone:
            self._log.flush()  # a call that ends its build shall be known to have begun

    def _let_zygote_go(self, last: RunningCall) -> None:
        """End the zygote: a call that could reach it can do no harm by it."""
        self._zygote.pid_of(last)
        self._poll.unregister(self._zygote.channel)
        self._zygote.end()

    def _input_of(self, call: RegionCall) -> tuple[Any, bytes]:
        source = call.input.get("call")
        if source in self._encoded:  # the common case of a chain
            return self._outputs[source], self._encoded[source]
        value = self._agenda.valuation.value(call.input)
        return value, contract.encode(value)

    def _checks_of(self, program: int) -> tuple[contract.Check, contract.Check]:
        if program not in self._checks:
            types = self._region.programs[program]
            self._checks[program] = (
                contract.compile_type(types.input),
                contract.compile_type(types.output),
            )
        return self._checks[program]

    # -------------------------------------------------------------------------- ending

    def _stop(self, running: RunningCall) -> None:
        """A call is over. If it has answered, what waits for its result can begin at once."""
        self._active.remove(running)
        for descriptor in running.descriptors:
            self._forget(descriptor)
        ending = Ending(running.call.index, "", running.input_sha256, beside=running.beside)
        reply = running.stop()
        if reply is not None and reply[:1] == b"S":
            self._succeed(ending, reply[1:], running.call.program)
        elif reply is not None:
            ending.outcome, ending.detail = claimed_ending(reply[1:])
        if ending.outcome == "succeeded":
            self._agenda.settle(ending.index)
        self._dead.append((running, ending))

    def _bury(self, *, wait: bool = True) -> None:
        """Take down calls that are over; without waiting, but for a few, those that are gone."""
        dead, self._dead = self._dead, []
        for running, ending in dead:
            if not wait and len(self._dead) < self._parallel and not running.is_gone():
                self._dead.append((running, ending))
                continue
            used = running.bury()
            ending.log, ending.spilt = bytes(running.log), running.spilt
            ending.log_bytes = running.log_bytes
            if running.verdict is not None:
                ending.outcome, ending.detail = running.verdict, running.verdict_detail()
            elif not ending.outcome:
                ending.outcome, ending.detail = "output-invalid", {"message": "no result"}
            seconds = used.pop("seconds")
            if self._region.timed:
                ending.times = running.began, running.stood, running.ended, time.monotonic()
            if not self._try_again(running, ending, seconds, used):
                self._end(ending, seconds, used)

    def _try_again(
        self, running: RunningCall, ending: Ending, seconds: float, used: dict[str, Any]
    ) -> bool:
        """Let a call that failed be made once more after a while, if it is to be."""
        call = running.call
        if not call.retries or not retrying.can_end_otherwise(
            ending.outcome, ending.detail, raised=call.retries_raised
        ):
            return False
        failures = self._failures[call.index] = self._failures.get(call.index, 0) + 1
        pause = retrying.pause_after(call.retries, failures)
        if pause is None:
            return False
        self._last[call.index] = ending, seconds, used
        heapq.heappush(self._later, (time.monotonic() + pause, call.index))
        self._log.say(
            "again",
            call=call.index,
            outcome=ending.outcome,
            seconds=round(seconds, 6),
            pause=pause,
            times=ending.times,
            **_told({"detail": ending.detail}),
        )
        return True

    def _give_up_later(self) -> None:
        """What waits for another try ends as it ended last."""
        later, self._later = sorted(index for _, index in self._later), []
        for index in later:
            self._end(*self._last[index])

    def _tell_growth(self, each: int, items: int, first: int) -> None:
        self._log.say("grown", each=each, items=items, first=first)

    def _succeed(self, ending: Ending, data: bytes, program: int) -> None:
        try:
            value = contract.decode(data)
            encoded = contract.encode(value)
        except contract.InvalidValueError as error:
            ending.outcome = "output-invalid"
            ending.detail = {"message": error.reason, "pointer": error.pointer}
            return
        fault = self._checks_of(program)[1](value)
        if fault is not None:
            ending.outcome, ending.detail = "output-invalid", _fault(fault)
            return
        ending.outcome, ending.value = "succeeded", encoded
        self._outputs[ending.index], self._encoded[ending.index] = value, encoded

    def _end(self, ending: Ending, seconds: float, used: dict[str, Any]) -> None:
        self.endings[ending.index] = ending
        self._discard_spare(ending.index)
        facts = _told({"detail": ending.detail}) if ending.detail else {}
        if ending.value is not None and self._fits(ending.index, len(ending.value)):
            facts["value"] = ending.value.decode()
        if ending.beside:
            facts["beside"] = True
        if ending.times:
            facts["times"] = ending.times
        self._log.say(
            "ended",
            call=ending.index,
            outcome=ending.outcome,
            input=ending.input_sha256,
            seconds=round(seconds, 6),
            used=used,
            log_bytes=ending.log_bytes,
            **facts,
        )
        self._end_twins(ending)
        if ending.outcome in WELL:
            self._agenda.settle(ending.index)
        elif ending.outcome != "skipped":
            if self._region.stop_at_failure:
                self._agenda.close()
                self._give_up_later()
                started = self._started()
                self._skip([one for one in self._agenda.calls if one not in started], ending)
            self._skip(self._agenda.fall(ending.index), ending)

    def _fits(self, index: int, size: int) -> bool:
        """Whether a value of that size is told in the log; the output has it in any case."""
        if size <= INLINE_BYTES:
            return True
        if size > min(_LIST_BYTES, self._room_for_lists) or not self._agenda.grows_by(index):
            return False
        self._room_for_lists -= size
        return True

    def _started(self) -> set[int]:
        begun = {call.call.index for call in self._active}
        return begun | {call.call.index for call, _ in self._dead} | self.endings.keys()

    def _end_twins(self, ending: Ending) -> None:
        for twin in self._twins.pop(ending.index, ()):
            if twin in self.endings:
                continue
            outcome = ending.outcome
            if outcome == "succeeded":
                outcome, self._outputs[twin] = "known", self._outputs[ending.index]
            same = Ending(twin, outcome, ending.input_sha256, ending.detail, beside=ending.beside)
            self._end(same, 0.0, {})

    def _skip(self, indexes: Iterable[int], cause: Ending) -> None:
        for index in indexes:
            if index not in self.endings:
                self._end(Ending(index, "skipped", "", {"because": cause.index}), 0.0, {})


def _told(facts: dict[str, Any]) -> dict[str, Any]:
    """What fits into a line of the log, or nothing; the output has it all."""
    return facts if len(json.dumps(facts)) <= INLINE_BYTES else {}


def _unusable(error: InputUnusableError | contract.InvalidValueError) -> dict[str, Any]:
    return error.facts if isinstance(error, InputUnusableError) else {"message": str(error)}


def _fault(fault: contract.Fault) -> dict[str, Any]:
    return {"pointer": fault.pointer, "expected": fault.expected, "got": fault.got}


# All that a call may say of itself; everything else the scheduler sees with its own eyes.
_CLAIMS = {"stage-raised", "effect-denied", "import-missing", "output-invalid"}
_FACTS = (
    "type", "message", "traceback", "file", "effect", "event", "module", "pointer",
)  # fmt: skip
_FACT_CHARACTERS = 32 << 10
# What CPython 3.11 raises where there is no memory for the frame of a call: it sets no exception.
_NO_FRAME = ("SystemError", "error return without exception set")


def claimed_ending(reply: bytes) -> tuple[str, dict[str, Any]]:
    """The outcome that a call tells of itself, and as much of its facts as is let through."""
    try:
        detail = contract.decode(reply)
    except contract.InvalidValueError:
        detail = None
    outcome = detail.get("outcome") if isinstance(detail, dict) else None
    if not isinstance(detail, dict) or not isinstance(outcome, str) or outcome not in _CLAIMS:
        return "output-invalid", {"message": "no result in the form of one"}
    facts: dict[str, Any] = {
        name: fact[:_FACT_CHARACTERS]
        for name in _FACTS
        if isinstance(fact := detail.get(name), str)
    }
    line = detail.get("line")
    if "file" in facts and type(line) is int and 0 < line < 1 << 31:
        facts["line"] = line
    if outcome == "stage-raised" and (facts.get("type"), facts.get("message")) == _NO_FRAME:
        facts["type"] = "MemoryError"
    if outcome == "stage-raised" and facts.get("type") == "MemoryError":
        outcome = "memory-exceeded"
    return outcome, facts
