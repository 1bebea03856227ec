"""Starting a child: a session of its own, and a signal when the thread that started it dies.

``setpriv`` of util-linux asks the kernel for that signal and becomes the program: 0.8 ms, where
doing it in Python between fork and exec costs 3.5 ms (the fork copies our page table) and is not
safe beside threads. Where there is no such ``setpriv`` it is done in Python all the same.
"""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from noether_nix.errors import ProgramMissingError

SETPRIV = ("/usr/bin/setpriv", "/bin/setpriv", "/run/current-system/sw/bin/setpriv")
_PR_SET_PDEATHSIG = 1


def start(
    argv: Sequence[str],
    environment: Mapping[str, str],
    directory: Path | None,
    user: int | None,
    *,
    wants_input: bool,
) -> subprocess.Popen[bytes]:
    """Start ``argv`` with pipes for its output and, if wanted, its input.

    Raises:
        ProgramMissingError: the program cannot be started.
    """
    program = argv[0]
    if not (Path(program).is_absolute() and os.access(program, os.X_OK)):
        raise ProgramMissingError(f"{program} is no program that can be started")
    setpriv = find_setpriv(SETPRIV)
    prefix = () if setpriv is None else setpriv_prefix(setpriv, user)
    as_user = user if setpriv is None else None
    try:
        return subprocess.Popen(
            (*prefix, *argv),
            stdin=subprocess.PIPE if wants_input else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=dict(environment),
            cwd=directory,
            start_new_session=True,
            user=as_user,
            group=None if as_user is None else group_of(as_user),
            extra_groups=None if as_user is None else [],
            preexec_fn=None if prefix else _die_with_parent(),  # noqa: PLW1509 - see the head
        )
    except OSError as error:
        raise ProgramMissingError(f"{program} cannot be started: {error.strerror}") from error


def find_setpriv(candidates: Sequence[str]) -> str | None:
    """The first of ``candidates`` that is util-linux's; busybox's lacks the death signal."""
    for candidate in candidates:
        if os.access(candidate, os.X_OK) and "busybox" not in os.path.realpath(candidate):
            return candidate
    return None


def setpriv_prefix(setpriv: str, user: int | None) -> tuple[str, ...]:
    """The words before a command that make it die with us, as ``user``."""
    identity: tuple[str, ...] = ()
    if user is not None:
        identity = (f"--reuid={user}", f"--regid={group_of(user)}", "--clear-groups")
    return (setpriv, *identity, "--pdeathsig", "TERM", "--")


def group_of(user: int) -> int:
    """The first group of ``user``; users without a name have one of their own number."""
    import pwd

    try:
        return pwd.getpwuid(user).pw_gid
    except KeyError:
        return user


def _die_with_parent() -> Callable[[], None]:
    import ctypes

    prctl = ctypes.CDLL(None).prctl

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM))

    return ask
