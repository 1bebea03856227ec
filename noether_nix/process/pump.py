"""Moving bytes between a running child and its caller, so that neither waits for the other.

One poll watches everything at once: both outputs, the input, the child's end, and another
thread's wish to cancel. Whoever reads one pipe to its end while a child fills the other waits
for ever.
"""

import os
import select
import subprocess
from collections.abc import Callable
from typing import Protocol

_PIECE = 1 << 16
_TAIL_BYTES = 1 << 16
_LONGEST_LINE = 1 << 20
# The kernel counts milliseconds in 31 bits, which is 24 days.
_LONGEST_WAIT = 86_400.0


class _HasDescriptor(Protocol):
    def fileno(self) -> int: ...


class Pump:
    """The traffic of one child; ``output`` and ``tail`` are complete after :meth:`drain`."""

    def __init__(
        self,
        popen: subprocess.Popen[bytes],
        stdin: bytes,
        on_line: Callable[[bytes], None] | None,
        on_output: Callable[[bytes], None] | None,
        cancellation: _HasDescriptor | None,
    ) -> None:
        self.ended = False
        self.cancelled = False
        self.tail = b""
        self._pieces: list[bytes] = []
        self._rest = b""
        self._popen = popen
        self._unsent = memoryview(stdin)
        self._on_line = on_line
        self._on_output = on_output
        self._cancellation = -1 if cancellation is None else cancellation.fileno()
        self._pidfd = os.pidfd_open(popen.pid)
        self._poll = select.poll()
        assert popen.stdout is not None
        assert popen.stderr is not None
        self._stdout = popen.stdout.fileno()
        self._stderr = popen.stderr.fileno()
        self._stdin = -1 if popen.stdin is None else popen.stdin.fileno()
        self._open = {self._stdout, self._stderr}
        for descriptor in (self._stdout, self._stderr, self._pidfd, self._cancellation):
            if descriptor >= 0:
                self._poll.register(descriptor, select.POLLIN)
        for descriptor in self._open:
            os.set_blocking(descriptor, False)
        if self._stdin >= 0:
            os.set_blocking(self._stdin, False)
            self._poll.register(self._stdin, select.POLLOUT)

    @property
    def output(self) -> bytes:
        """Standard output, if nobody else was given it."""
        return b"".join(self._pieces)

    def turn(self, seconds: float | None) -> bool:
        """Wait for something to happen, at most ``seconds``, and deal with all of it.

        Returns:
            Whether the child has ended. It may not have long before the time is over, too.
        """
        most = None if seconds is None else min(seconds, _LONGEST_WAIT) * 1000 + 1
        for descriptor, _event in self._poll.poll(most):
            if descriptor in self._open:
                self._read(descriptor)
            elif descriptor == self._stdin:
                self._write()
            elif descriptor == self._pidfd:
                self.ended = True
            elif descriptor == self._cancellation:
                self.cancelled = True
        return self.ended

    def drain(self) -> None:
        """Take what the child left in its pipes; a stranger who holds them open is not awaited."""
        for descriptor in (self._stderr, self._stdout):
            while descriptor in self._open and self._read(descriptor):
                pass
        if self._rest and self._on_line is not None:
            self._on_line(self._rest)
            self._rest = b""

    def discard(self, seconds: float | None) -> None:
        """As :meth:`turn`, but nobody is told."""
        self._on_line = None
        self._on_output = _drop
        self.ignore_cancellation()
        self.turn(seconds)

    def ignore_cancellation(self) -> None:
        """Watch for it no longer: it stays readable for ever."""
        if self._cancellation >= 0:
            self._poll.unregister(self._cancellation)
            self._cancellation = -1

    def close(self) -> None:
        """Let go of what the pump itself opened."""
        os.close(self._pidfd)

    def _read(self, descriptor: int) -> bool:
        try:
            piece = os.read(descriptor, _PIECE)
        except BlockingIOError:
            return False
        if not piece:
            self._open.discard(descriptor)
            self._poll.unregister(descriptor)
            return False
        if descriptor == self._stderr:
            self.tail = (self.tail + piece)[-_TAIL_BYTES:]
            self._give_lines(piece)
        elif self._on_output is None:
            self._pieces.append(piece)
        else:
            self._on_output(piece)
        return True

    def _give_lines(self, piece: bytes) -> None:
        if self._on_line is None:
            return
        *lines, rest = (self._rest + piece).split(b"\n")
        # Kept before any line is given: what a line raises must not bring the others again.
        self._rest = rest if len(rest) < _LONGEST_LINE else b""
        for line in lines:
            self._on_line(line)
        if not self._rest and rest:
            self._on_line(rest)

    def _write(self) -> None:
        try:
            sent = os.write(self._stdin, self._unsent[:_PIECE]) if self._unsent else 0
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._unsent = self._unsent[:0]
            sent = 0
        self._unsent = self._unsent[sent:]
        if not self._unsent:
            self._poll.unregister(self._stdin)
            self._stdin = -1
            assert self._popen.stdin is not None
            self._popen.stdin.close()


def _drop(_piece: bytes) -> None:
    """Take a piece of output that nobody wants."""
