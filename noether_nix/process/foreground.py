"""A child on the caller's own terminal: it reads what is typed, and Ctrl-C is for it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from noether_nix.errors import ProgramMissingError
from noether_nix.process.launch import SETPRIV, find_setpriv, setpriv_prefix

_FROM_TERMINAL = (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP)


def run_in_foreground(
    argv: Sequence[str], *, environment: Mapping[str, str], descriptors: Sequence[int]
) -> int:
    """Run ``argv`` with our standard streams until it ends, and give its exit code.

    Whatever ends us ends it: it is asked by SIGTERM and then waited for. The terminal is left as
    it was found.

    Args:
        argv: the program's absolute path and its arguments.
        environment: all variables that the child gets.
        descriptors: those that it gets beside the standard ones, under the same numbers.

    Raises:
        ProgramMissingError: it cannot be started.
    """
    setpriv = find_setpriv(SETPRIV)
    prefix = () if setpriv is None else setpriv_prefix(setpriv, None)
    with _terminal_kept(), _signals_left_to_child():
        try:
            child = subprocess.Popen(
                (*prefix, *argv), env=dict(environment), pass_fds=tuple(descriptors)
            )
        except OSError as error:
            raise ProgramMissingError(f"{argv[0]} cannot be started: {error.strerror}") from error
        try:
            return child.wait()
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait()


@contextmanager
def _signals_left_to_child() -> Iterator[None]:
    before = {number: signal.signal(number, signal.SIG_IGN) for number in _FROM_TERMINAL}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _terminal_kept() -> Iterator[None]:
    if not os.isatty(0):
        yield
        return
    import termios

    sys.stdout.flush()
    before = termios.tcgetattr(0)
    try:
        yield
    finally:
        termios.tcsetattr(0, termios.TCSAFLUSH, before)
