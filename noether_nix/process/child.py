"""The one door to other programs: a child whose whole group is gone when its run returns.

The child leads a session of its own. It gets SIGTERM when the thread that started it dies, so
that even ``kill -9`` of noether ends it. Nothing is known here of Nix.
"""

import os
import select
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Self

from noether_nix.frozen import dataclass

if TYPE_CHECKING:
    from subprocess import Popen

    from psutil import Process

    from noether_nix.process.pump import Pump

# Nix takes back its builders and locks within some milliseconds; a busy machine gets more.
GRACE_SECONDS = 5.0
# Who was killed is gone at once, but for what the kernel has to clear away.
_GONE_SECONDS = 2.0


class Stop(StrEnum):
    """Why a child was ended before it ended by itself."""

    TIMED_OUT = "timed-out"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Exit:
    """How a child ended: ``code`` or ``signal``, the other is None.

    ``stdout`` is empty when it went to ``on_output``; ``stderr_tail`` is the end of standard
    error, whether or not it went to ``on_line`` too.
    """

    code: int | None
    signal: int | None
    stdout: bytes
    stderr_tail: bytes
    seconds: float
    stopped: Stop | None = None

    @property
    def ok(self) -> bool:
        """Whether the child ended by itself and well."""
        return self.code == 0 and self.stopped is None


class Cancellation:
    """What another thread, or who handles a signal, pulls to stop every run that was given it.

    Attributes:
        cancelled: whether that has happened.
        attended: whether somebody sees to it just now that this takes effect soon.
    """

    __slots__ = ("_descriptor", "attended", "cancelled")

    def __init__(self) -> None:
        self._descriptor = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self.cancelled = self.attended = False

    def cancel(self) -> None:
        """Stop the runs; those that begin later stop at once."""
        self.cancelled = True
        os.eventfd_write(self._descriptor, 1)

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until :meth:`cancel`; says whether that was it."""
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def fileno(self) -> int:
        """A descriptor that is readable from :meth:`cancel` on."""
        return self._descriptor

    def close(self) -> None:
        """Let go of the descriptor; no run may still be using it."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_details: object) -> None:
        self.close()


def run(
    argv: Sequence[str],
    *,
    environment: Mapping[str, str],
    directory: Path | None = None,
    stdin: bytes | None = None,
    on_line: Callable[[bytes], None] | None = None,
    on_output: Callable[[bytes], None] | None = None,
    timeout_seconds: float | None = None,
    user: int | None = None,
    cancellation: Cancellation | None = None,
    grace_seconds: float = GRACE_SECONDS,
) -> Exit:
    """Run ``argv`` to its end, and end whatever it left behind in its group.

    When this returns or raises, whatever the reason, the whole group is gone: it was asked
    with SIGTERM, given ``grace_seconds`` to take back its own children, and killed.

    Args:
        argv: the program's absolute path and its arguments.
        environment: all variables that the child gets.
        directory: where it runs; else where we are.
        stdin: its standard input; none is an empty one.
        on_line: gets each line of standard error as it comes, without its end; very long
            lines come in pieces. What it raises ends the child and is raised here.
        on_output: gets standard output as it comes, in pieces.
        timeout_seconds: after this the child is ended.
        user: run as this user, with its group and no other; only root can ask for it.
        cancellation: another thread's way to end the child.
        grace_seconds: how long it may take to end when asked.

    Raises:
        ProgramMissingError: the program cannot be started.
    """
    # Here, so that who never starts a program never pays for what it takes (10 ms).
    from noether_nix.process.launch import start
    from noether_nix.process.pump import Pump

    began = time.monotonic()
    popen = start(argv, environment, directory, user, wants_input=stdin is not None)
    pump = None
    try:
        pump = Pump(popen, stdin or b"", on_line, on_output, cancellation)
        stopped = _attend(pump, popen, began, timeout_seconds, grace_seconds)
    except BaseException:
        # Who was asked to end once already, and now is in a hurry, is not asked again.
        hurry = cancellation is not None and cancellation.cancelled
        _end_unheard(popen, pump, 0.0 if hurry else grace_seconds)
        raise
    finally:
        _bury(popen, pump)
    code = popen.returncode
    return Exit(
        code=code if code >= 0 else None,
        signal=-code if code < 0 else None,
        stdout=pump.output,
        stderr_tail=pump.tail,
        seconds=time.monotonic() - began,
        stopped=stopped,
    )


def _attend(
    pump: "Pump",
    popen: "Popen[bytes]",
    began: float,
    timeout_seconds: float | None,
    grace_seconds: float,
) -> Stop | None:
    """Pump until the child has ended; ask it to, and then make it, when its time is over."""
    deadline = None if timeout_seconds is None else began + timeout_seconds
    stopped: Stop | None = None
    strays: list[Process] = []
    while not pump.turn(_until(deadline)):
        late = deadline is not None and time.monotonic() >= deadline
        if stopped is not None and late:
            _kill(popen)
            deadline = None
        elif stopped is None and (pump.cancelled or late):
            stopped = Stop.CANCELLED if pump.cancelled else Stop.TIMED_OUT
            pump.ignore_cancellation()
            strays = _descendants(popen)
            _signal_group(popen, signal.SIGTERM)
            deadline = time.monotonic() + grace_seconds
    _signal_group(popen, signal.SIGKILL)  # whoever the leader left behind
    _kill_each(strays)
    pump.drain()
    return stopped


def _until(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - time.monotonic())


def _end_unheard(popen: "Popen[bytes]", pump: "Pump | None", grace_seconds: float) -> None:
    """End the child after something was raised: nobody listens to what it still says."""
    strays: list[Process] = []
    try:
        strays = _descendants(popen)
        _signal_group(popen, signal.SIGTERM)
        deadline = time.monotonic() + grace_seconds
        while pump is not None and not pump.ended and time.monotonic() < deadline:
            pump.discard(_until(deadline))
    finally:
        if pump is None or not pump.ended:
            _kill(popen)
        _signal_group(popen, signal.SIGKILL)
        _kill_each(strays)


def _bury(popen: "Popen[bytes]", pump: "Pump | None") -> None:
    """Reap the leader, see the last of its group go, and close what was open."""
    popen.wait()
    # Whoever is still seen here was killed already: this is about being able to promise it.
    for _ in range(1000):
        if not _lives_in_group(popen.pid):
            break
        time.sleep(0.002)
    if pump is not None:
        pump.close()
    for pipe in (popen.stdin, popen.stdout, popen.stderr):
        if pipe is not None:
            pipe.close()


def _lives_in_group(group: int) -> bool:
    """Whether a member of ``group`` still runs; one that nobody reaped does not."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, _parent, its_group = _fields(folder)
        except (OSError, ValueError):
            continue
        if its_group == str(group) and state not in "ZX":
            return True
    return False


def _fields(folder: Path) -> list[str]:
    """State, parent and group of a process; its name before them may hold anything."""
    return (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[:3]


def _signal_group(popen: "Popen[bytes]", number: signal.Signals) -> None:
    """Signal the whole group; safe while the leader is not reaped, as its number is taken."""
    try:
        os.killpg(popen.pid, number)
    except ProcessLookupError:
        return


def _kill(popen: "Popen[bytes]") -> None:
    """Kill the group and, first, descendants that left it, as Nix's builders do."""
    strays = _descendants(popen)
    _signal_group(popen, signal.SIGKILL)
    _kill_each(strays)


def _descendants(popen: "Popen[bytes]") -> "list[Process]":
    """All there are just now. Once their parent has ended nobody can tell any more."""
    import psutil

    try:
        return psutil.Process(popen.pid).children(recursive=True)
    except psutil.Error:
        return []


def _kill_each(strays: "Sequence[Process]") -> None:
    """Kill those that still run; a number that another process has since is let alone."""
    if not strays:  # as after every end that nobody forced: that needs no import
        return
    import psutil

    for stray in strays:
        try:
            stray.kill()
        except psutil.Error:
            continue
    ends = time.monotonic() + _GONE_SECONDS
    while any(map(_still_runs, strays)) and time.monotonic() < ends:
        time.sleep(0.002)


def _still_runs(stray: "Process") -> bool:
    """Whether it runs; one that only waits for its new parent to take note of its end does not."""
    import psutil

    try:
        return stray.is_running() and stray.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
