"""A call as the scheduler sees it: how it is read, and brought to its end."""

import os
import resource
import signal
import time
from dataclasses import dataclass, field
from typing import Any, Protocol

from noether_nix.inside import contract, usage, zygote
from noether_nix.inside.region import RegionCall
from noether_nix.inside.sharing import SharedPlace
from noether_nix.inside.spill import Spill

_KEPT_BYTES = 64 << 10
_PART = 1 << 18
_START = zygote.HEAD_BYTES + zygote.LENGTH.size  # of the answer, in what a call says
_BRIEFLY_SECONDS, _BUSY_SECONDS = 0.01, 0.3
# How often a call that lasts is looked at.
LOOK_SECONDS = 0.1


class UnableError(Exception):
    """The sandbox of a call could not be set up; nothing of the stage has run."""


class LostError(Exception):
    """A process of ours ended without a word, as when somebody outside kills it."""


class Origin(Protocol):
    """Whoever asked for a call, as far as the call needs to know."""

    spill: Spill
    shared: SharedPlace | None

    def pid_of(self, call: "RunningCall") -> int:
        """The process of a call."""


@dataclass
class RunningCall:
    """One call between its clone and its end."""

    call: RegionCall
    input_sha256: str
    zygote: Origin
    outcome: int
    log_pipe: int
    began: float
    heard: float
    memory_bytes: int
    scratch_bytes: int
    pid: int | None = None
    verdict: str | None = None
    reply: bytearray = field(default_factory=bytearray)
    log: bytearray = field(default_factory=bytearray)
    log_bytes: int = 0
    spilt: bool = False
    log_ended: bool = False
    ended: float = 0.0
    scratch_used: dict[str, int] = field(default_factory=dict)
    longest_silence: float = 0.0
    beside: bool = False
    _status: int = 0
    _waited: tuple[int, int, resource.struct_rusage] | None = None
    _exceeded: tuple[str, float] | None = None

    @property
    def deadline(self) -> float:
        """When it will have run for too long, or been silent for too long, at the earliest."""
        ends, silence = self.began + self.call.wall_seconds, self.call.silence_seconds
        return ends if silence is None else min(ends, self.heard + silence)

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What to wait for."""
        return (self.outcome,) if self.log_ended else (self.outcome, self.log_pipe)

    @property
    def stood(self) -> float:
        """When it said that it stood behind its fences; 0 when it has not."""
        if self.reply[:1] != zygote.READY or len(self.reply) < zygote.HEAD_BYTES:
            return 0.0
        return float(zygote.LENGTH.unpack_from(self.reply, 1)[0]) / 1e9

    def read(self, descriptor: int) -> bool:
        """Take what is there; true when the call is over, by itself or by a limit."""
        data = os.read(descriptor, _PART)
        if descriptor == self.log_pipe:
            self.log_ended = not data
            return self._take_log(data)
        self.reply += data
        self._check_output(len(self.reply) - _START)
        over = self._complete()
        return over or not data or self.verdict is not None

    def _complete(self) -> bool:
        if self.reply[:1] != zygote.READY or len(self.reply) < _START:
            return False
        (size,) = zygote.LENGTH.unpack_from(self.reply, zygote.HEAD_BYTES)
        self._check_output(size)
        return bool(len(self.reply) >= _START + size)

    def _hear(self, now: float) -> None:
        self.longest_silence = max(self.longest_silence, now - self.heard)
        self.heard = now

    def _check_output(self, size: int) -> None:
        if size > self.call.output_bytes + 1:  # beside the result there is a letter before it
            self.exceed("output-too-large", "output_bytes", self.call.output_bytes)

    def exceed(self, outcome: str, limit: str, allowed: float) -> None:
        """A limit was passed; the first one decides."""
        if self.verdict is None:
            self.verdict, self._exceeded = outcome, (limit, allowed)

    def _take_log(self, data: bytes) -> bool:
        if data:
            self._hear(time.monotonic())
        room = self.call.log_bytes - self.log_bytes
        kept = data[:room]
        self.log_bytes += len(kept)
        if not self.spilt and len(self.log) + len(kept) > _KEPT_BYTES:
            self.spilt = True
            self._spill(bytes(self.log))
            self.log.clear()
        if not self.spilt:
            self.log += kept
        else:
            self._spill(kept)
        if len(data) > room:
            self.exceed("log-too-large", "log_bytes", self.call.log_bytes)
            return True
        return False

    def _spill(self, data: bytes) -> None:
        self.zygote.spill.add(self.call.index, data)

    def look(self, now: float) -> bool:
        """Whether the call is to be ended, for its time or for what it has taken.

        RLIMIT_DATA bounds what a process may write to and keep for itself. Shared memory is
        not in it, nor what was written and then made read-only. RLIMIT_CPU can be seen by code,
        so it is the same for all and the limit is held here.
        """
        call = self.call
        if self.deadline <= now:
            self._take_log_so_far()  # it may have spoken while nobody listened
            if self.began + call.wall_seconds <= now:
                self.exceed("timed-out", "wall_seconds", call.wall_seconds)
            elif call.silence_seconds is not None and self.deadline <= now:
                self.exceed("timed-out", "silence_seconds", call.silence_seconds)
        elif now - self.began > LOOK_SECONDS:
            # Files in its own folders count when they are mapped.
            most = self.memory_bytes + self.scratch_bytes
            pid, shared = self.zygote.pid_of(self), self.zygote.shared
            pids = [pid] if shared is None else shared.processes(pid)
            if sum(map(usage.held_memory, pids)) > most:
                self.exceed("memory-exceeded", "memory_bytes", self.memory_bytes)
            self._check_cpu(now)
            self._look_at_scratch()
        return self.verdict is not None

    def _look_at_scratch(self) -> None:
        pid, shared = self.zygote.pid_of(self), self.zygote.shared
        if shared is not None:
            if self.reply[:1] != zygote.READY:
                return  # nothing of the stage has run, and it may not let itself be looked into
            # Nothing but this look bounds what lies there.
            held = shared.scratch_bytes(pid)
            if held > self.scratch_bytes:
                self.exceed("killed", "scratch_bytes", self.scratch_bytes)
                held = self.scratch_bytes
            self._note_scratch(scratch_bytes=held)
        elif (seen := usage.scratch(pid)) is not None:
            self._note_scratch(scratch_bytes=seen[0], scratch_files=seen[1])

    def _note_scratch(self, **seen: int) -> None:
        for name, amount in seen.items():
            self.scratch_used[name] = max(self.scratch_used.get(name, 0), amount)

    def _check_cpu(self, now: float) -> None:
        most = self.call.cpu_seconds
        if (now - self.began) * usage.PROCESSORS < most:
            return  # it cannot have had so much
        if usage.cpu_seconds(self.zygote.pid_of(self)) > most:
            self.exceed("cpu-exceeded", "cpu_seconds", most)

    def stop(self) -> bytes | None:
        """End the process if it has answered; its answer, or None when there is none to be had.

        Whatever it printed before it answered is counted first: that it printed too much does
        not depend on who was read first.
        """
        self.ended = time.monotonic()
        if self.verdict is None and self._complete():
            self._take_log_so_far()
            self._check_cpu(self.ended)
        self._look_at_scratch()
        if self.verdict is not None or not self._complete():
            return None
        os.kill(self.zygote.pid_of(self), signal.SIGKILL)
        return self._answer()

    def is_gone(self) -> bool:
        """Whether :meth:`bury` has nothing to wait for: a call that has answered has ended."""
        if self.verdict is not None or not self._complete():
            return True
        ended = os.wait4(self.zygote.pid_of(self), os.WNOHANG)
        self._waited = ended if ended[0] else None
        return self._waited is not None

    def bury(self) -> dict[str, Any]:
        """End the process whatever it is doing, and take the rest of its log.

        Returns:
            What was used: ``seconds``, ``cpu_seconds``, ``memory_bytes``, ``silence_seconds``
            and, where they were seen, the most of ``scratch_bytes`` and ``scratch_files``.

        Raises:
            UnableError: the call ended before its sandbox stood.
            LostError: likewise, and it did not say why.
        """
        answered = self.verdict is None and self._complete()
        pid = self.zygote.pid_of(self)
        early, status, taken = self._waited or os.wait4(pid, os.WNOHANG)
        if early == 0 and not answered and self.verdict is None:
            # Its outcome pipe is closed and it has not ended: give the exit its moment.
            early, status, taken = _wait_briefly(pid)
        if early == 0:
            os.kill(pid, signal.SIGKILL)
            _, status, taken = os.wait4(pid, 0)
        if self.zygote.shared is not None:
            self.zygote.shared.end_all()
        self._status = status
        overflown = self.verdict
        self._take_log_so_far()
        if answered:
            self.verdict = overflown
        os.close(self.log_pipe)
        os.close(self.outcome)
        if self.verdict is None and self.reply[:1] != zygote.READY:
            if not self.reply:
                raise LostError("a call ended before it began")
            raise UnableError(self.reply[1:].decode("utf-8", "replace"))
        if not answered and early and self.verdict is None and os.WIFSIGNALED(status):
            if taken.ru_utime + taken.ru_stime >= contract.CPU_SECONDS:
                self.exceed("cpu-exceeded", "cpu_seconds", contract.CPU_SECONDS)
            else:
                self.verdict = "killed"
        return {
            "seconds": self.ended - self.began,
            "cpu_seconds": round(taken.ru_utime + taken.ru_stime, 6),
            "memory_bytes": taken.ru_maxrss << 10,
            "silence_seconds": round(max(self.longest_silence, self.ended - self.heard), 6),
            **self.scratch_used,
        }

    def _answer(self) -> bytes:
        """The first whole answer; what a call sends after it is nothing."""
        (size,) = zygote.LENGTH.unpack_from(self.reply, zygote.HEAD_BYTES)
        return bytes(self.reply[_START : _START + size])

    def _take_log_so_far(self) -> None:
        os.set_blocking(self.log_pipe, False)
        try:
            while data := os.read(self.log_pipe, _PART):
                if self._take_log(data):
                    break
        except BlockingIOError:
            pass

    def verdict_detail(self) -> dict[str, Any]:
        """The facts of an outcome that the scheduler itself saw."""
        facts: dict[str, Any] = {}
        if self.verdict == "killed" and self._exceeded is not None:
            facts["signal"] = "SIGKILL"  # ours; it may have ended in the same moment
        elif self.verdict == "killed":
            facts["signal"] = signal.Signals(os.WTERMSIG(self._status)).name
        if self._exceeded is not None:
            facts["limit"], facts["allowed"] = self._exceeded
        return facts


def _wait_briefly(pid: int) -> tuple[int, int, resource.struct_rusage]:
    began = time.monotonic()
    while True:
        ended, status, taken = os.wait4(pid, os.WNOHANG)
        waited = time.monotonic() - began
        # On a busy machine what has ended may have to wait for its very last moment.
        if ended or waited > _BUSY_SECONDS:
            return ended, status, taken
        if waited > _BRIEFLY_SECONDS and not usage.is_ending(f"/proc/{pid}"):
            return ended, status, taken
        time.sleep(0.0005)
