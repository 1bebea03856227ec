"""What a call finds when it tries what it must not be able to do (design 3).

Tried by a call behind all its fences, before any stage: a fence that is there in name only
does not count.
"""

import errno
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from noether_nix.inside import kernel

_NAME = ".noether-was-here"


def testify(
    *, landlock: int, filtered: bool, namespaces: bool, hidden: Sequence[str]
) -> dict[str, Any]:
    """Try everything once.

    Args:
        landlock: the ABI that is in force, 0 for none.
        filtered: whether our own filter is on; Nix has one of its own on every build.
        namespaces: whether this call has its own.
        hidden: files and folders of the build that a call must not be able to open.
    """
    with open("/proc/self/status", encoding="ascii") as file:  # noqa: PTH123
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    return {
        "namespaces": namespaces,
        "uid": os.getuid(),
        "capabilities": int(status["CapEff"], 16),
        "no_new_privileges": int(status["NoNewPrivs"]),
        "seccomp": int(status["Seccomp"]) if filtered else 0,
        "landlock": landlock,
        "root": _names("/"),
        "store": _names("/nix/store"),
        "processes": [name for name in _names("/proc") if name.isdigit() or name.isupper()],
        "socket": _errno_of(lambda: socket.socket(socket.AF_INET)),
        "local_socket": _errno_of(lambda: socket.socket(socket.AF_UNIX)),
        "fork": _errno_of(_fork),
        "namespace": _errno_of(lambda: kernel.unshare(kernel.CLONE_NEWUSER)),
        "write_root": _errno_of(lambda: _make(f"/{_NAME}")),
        "write_toolchain": _errno_of(lambda: _make(f"{sys.prefix}/{_NAME}")),
        "change_toolchain": _errno_of(lambda: os.chmod(sys.prefix, 0o555)),  # noqa: PTH101, S103
        "write_store": _errno_of(lambda: _make(f"/nix/store/{_NAME}")),
        "write_own": _errno_of(lambda: _make(f"/tmp/{_NAME}")),  # noqa: S108
        "signal": _errno_of(lambda: os.kill(1, signal.SIGCONT)),
        "signal_all": _errno_of(lambda: os.kill(-1, 0)),
        "bounds": _errno_of(lambda: resource.prlimit(1, resource.RLIMIT_CORE)),
        "memory": _errno_of(lambda: os.open("/proc/1/mem", os.O_RDONLY)),
        "hidden": [_errno_of(partial(os.open, path, os.O_RDONLY)) for path in hidden],
    }


def _names(folder: str) -> list[str]:
    """The names in a folder, or that of the error."""
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208
    except OSError as error:
        return [errno.errorcode[error.errno or 0]]


def _make(folder: str) -> None:
    os.mkdir(folder)  # noqa: PTH102
    os.rmdir(folder)  # noqa: PTH106


def _fork() -> None:
    pid = kernel.clone_process(0)
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def _errno_of(attempt: Callable[[], object]) -> str:
    """The name of the error, or ``done``."""
    try:
        attempt()
    except OSError as error:
        return "denied" if error.errno is None else errno.errorcode[error.errno]
    return "done"
