"""Signals while a run is going on: the first stops it in order, the second at once."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from noether_nix.errors import RunInterruptedError
from noether_nix.process.child import Cancellation

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def stopped_by(number: int) -> RunInterruptedError:
    """The error of a command that a signal ended, with the exit code of a shell for it."""
    error = RunInterruptedError(f"stopped by {signal.Signals(number).name}")
    error.exit_code = 128 + number  # type: ignore[misc]
    return error


class Stopping:
    """What came of signals.

    Attributes:
        error: what to say of the signal that stopped the run in order, if one did.
        cancellation: what it pulled.
    """

    def __init__(self, cancellation: Cancellation, *, quiet: bool) -> None:
        self.cancellation = cancellation
        self.error: RunInterruptedError | None = None
        self._quiet = quiet

    def handle(self, number: int, _frame: FrameType | None) -> None:
        """Stop the run, or, when it is not going on or was to stop already, the command."""
        if self.error is not None or not self.cancellation.attended:
            self.cancellation.attended = False
            raise stopped_by(number)
        self.error = stopped_by(number)
        self.cancellation.cancel()
        if not self._quiet and sys.stderr.isatty():
            # Not through Python's own file: the signal may have come in the middle of a write.
            os.write(2, b"\nstopping; once more ends it at once\n")


@contextmanager
def stopping(*, quiet: bool) -> Iterator[Stopping]:
    """Let signals stop a run in order for as long as the block lasts."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    with Cancellation() as cancellation:
        made = Stopping(cancellation, quiet=quiet)
        for number, handler in before.items():
            if handler is not signal.SIG_IGN:  # as under nohup
                signal.signal(number, made.handle)
        try:
            yield made
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@contextmanager
def interruptible() -> Iterator[Cancellation]:
    """For Python programs: let Ctrl-C stop a run in order, and raise what it always raises.

    The second one is raised at once. Where a program has a handler of its own, or this is not
    its main thread, nothing is changed.

    Raises:
        KeyboardInterrupt: Ctrl-C came; what had ended is kept, and no process is left.
    """
    ours = threading.current_thread() is threading.main_thread()
    with Cancellation() as cancellation:
        if not ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            yield cancellation
            return

        def handle(_number: int, _frame: FrameType | None) -> None:
            if cancellation.cancelled or not cancellation.attended:
                raise KeyboardInterrupt
            cancellation.cancel()

        signal.signal(signal.SIGINT, handle)
        try:
            yield cancellation
        except RunInterruptedError as error:
            if not cancellation.cancelled:
                raise
            raise KeyboardInterrupt from error
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if cancellation.cancelled:
            raise KeyboardInterrupt
