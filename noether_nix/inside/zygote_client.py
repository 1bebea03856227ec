"""The scheduler's side of the zygote: asking for calls, and for one that waits for its input."""

import fcntl
import json
import os
import signal
import socket
import time
from collections import deque
from collections.abc import Sequence

from noether_nix.inside import zygote
from noether_nix.inside.call import LostError, RunningCall, UnableError
from noether_nix.inside.region import Program, RegionCall
from noether_nix.inside.sharing import SharedPlace
from noether_nix.inside.spill import Spill

_PIPE_BYTES = 60_000  # less than most pipes hold


class ZygoteClient:
    """The scheduler's end of the channel to the zygote.

    The zygote answers requests in their order, so nobody waits for an answer before asking
    again: a clone takes as long as a short call.
    """

    def __init__(self, channel: socket.socket, pid: int, spill: Spill) -> None:
        self.channel = channel
        self._pid = pid
        self.spill = spill
        self.fences: Sequence[str] = ()
        self.shared: SharedPlace | None = None
        self._unborn: deque[RunningCall] = deque()
        self._last_asked: tuple[Program | None, bytes] = (None, b"")

    def hear(self) -> None:
        """Take one answer.

        Raises:
            UnableError: the kernel refused the clone.
            LostError: the zygote is gone.
        """
        reply = self.channel.recv(4096)
        if not reply:
            raise LostError("the zygote has ended")
        if reply[:1] == zygote.UNABLE:
            raise UnableError(reply[1:].decode("utf-8", "replace"))
        self._unborn.popleft().pid = int(reply)

    def pid_of(self, call: RunningCall) -> int:
        """The process of a call, waited for if the zygote has not named it yet."""
        while call.pid is None:
            self.hear()
        return call.pid

    def end(self) -> None:
        """End the zygote, when no call is to come; whatever a call does to it, it is gone."""
        self.channel.close()
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)

    def start(
        self,
        program: Program,
        call: RegionCall,
        value: bytes,
        input_sha256: str,
        *,
        probe: Sequence[str] | None = None,
    ) -> RunningCall:
        """Ask for a new call and give it its input; ``probe``: see :func:`zygote.serve`."""
        incoming = _input(program.code + value)
        running = self._ask(program, call, incoming, probe=probe)
        running.input_sha256 = input_sha256
        return running

    def prepare(self, program: Program, call: RegionCall) -> "SpareCall":
        """Ask for a call whose input is not there yet."""
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        return SpareCall(self._ask(program, call, reader, probe=None), program.code, writer)

    def _ask(
        self, program: Program, call: RegionCall, incoming: int, *, probe: Sequence[str] | None
    ) -> RunningCall:
        request = self._request(program, probe)
        outcome, outcome_end = os.pipe()
        log, log_end = os.pipe()
        given = [incoming, outcome_end, log_end]
        began = time.monotonic()
        socket.send_fds(self.channel, [request], given)
        for descriptor in given:
            os.close(descriptor)
        running = RunningCall(
            call=call,
            input_sha256="",
            zygote=self,
            outcome=outcome,
            log_pipe=log,
            began=began,
            heard=began,
            memory_bytes=program.limits["memory_bytes"],
            scratch_bytes=program.limits["scratch_bytes"],
        )
        self._unborn.append(running)
        return running

    def _request(self, program: Program, probe: Sequence[str] | None) -> bytes:
        # Many calls of one program follow one another.
        if probe is not None or program is not self._last_asked[0]:
            request = {
                "probe": probe,
                "fences": self.fences,
                "limits": program.limits,
                "source": len(program.source.encode()),
                "helpers": {name: len(text.encode()) for name, text in program.helpers.items()},
            }
            self._last_asked = program, json.dumps(request).encode()
        return self._last_asked[1]


class SpareCall:
    """A call that stands behind all its fences and waits for its input.

    In a chain every call would otherwise begin to be made when the one before it has ended.
    """

    def __init__(self, running: RunningCall, code: bytes, writer: int) -> None:
        self._running = running
        self._code = code
        self._writer = writer

    def feed(self, value: bytes, input_sha256: str) -> RunningCall | None:
        """Give it its input, from when on its time counts; None if the input is too large."""
        body = self._code + value
        if len(body) > _PIPE_BYTES or os.write(self._writer, body) != len(body):
            self.discard()
            return None
        os.close(self._writer)
        running = self._running
        running.input_sha256 = input_sha256
        running.began = running.heard = time.monotonic()
        return running

    def discard(self) -> None:
        """End it; its stage has not run."""
        pid = self._running.zygote.pid_of(self._running)
        os.kill(pid, signal.SIGKILL)
        os.wait4(pid, 0)
        for descriptor in (self._writer, self._running.outcome, self._running.log_pipe):
            os.close(descriptor)


def _input(body: bytes) -> int:
    """A descriptor from which ``body`` can be read and that nobody can write to."""
    if len(body) <= _PIPE_BYTES:
        reader, writer = os.pipe()
        # A user whose calls have filled many pipes gets small ones: never wait for room.
        os.set_blocking(writer, False)
        whole = len(body) == 0 or os.write(writer, body) == len(body)
        os.close(writer)
        if whole:
            return reader
        os.close(reader)
    sealed = os.memfd_create("input", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    view = memoryview(body)
    while view:
        view = view[os.write(sealed, view) :]
    seals = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
    fcntl.fcntl(sealed, fcntl.F_ADD_SEALS, seals)
    os.lseek(sealed, 0, os.SEEK_SET)
    return sealed
