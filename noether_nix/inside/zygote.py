"""The zygote, and how a process forked from it becomes a call (design 3).

The zygote holds the interpreter and what :mod:`contract` preloads; never values, never user
code. It lives in a root of its own, recursively read-only, in which there is nothing but the
toolchain. Each call is one clone of it with namespaces of its own; only when the last fence
stands is the call's input read.
"""

import errno
import gc
import json
import os
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from noether_nix.inside import contract, kernel

_ROOT = "/build"  # the one folder that Nix's sandbox surely has and that we may cover
_DEVICES = ("null", "zero", "full", "random", "urandom")
_INPUT, _OUTCOME = 3, 4
# Of IPC the zygote has a namespace of its own; calls share it, and seccomp lets none of them use
# it (ADR 0013).
_CALL_NAMESPACES = (
    kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS | kernel.CLONE_NEWPID | kernel.CLONE_PARENT
)

# What a call says on its outcome descriptor. READY comes once, before any user code runs, so
# that a complaint about the sandbox cannot be forged by a stage.
READY, UNABLE = b"R", b"X"
LENGTH = struct.Struct(">Q")
REQUEST_BYTES = 16 << 10


def serve(channel: socket.socket, visible: list[str]) -> NoReturn:
    """Be the zygote: answer every request on ``channel`` with the process id of a new call.

    A request is a JSON object with ``probe``, ``limits``, ``source`` (bytes of
    source in the input) and ``helpers`` (file name to bytes); it carries the descriptors of the
    call's input (source, helpers, value, one after the other), outcome and log.

    Args:
        channel: a SEQPACKET socket to the scheduler; its end is the zygote's end.
        visible: store paths that calls may read, the toolchain among them.
    """
    try:
        zygote = _Zygote(visible)
    except Exception as error:  # noqa: BLE001 - told to the scheduler, which refuses
        channel.send(UNABLE + f"{type(error).__name__}: {error}".encode())
        os._exit(1)
    channel.send(READY)
    while True:
        request, descriptors, _, _ = socket.recv_fds(channel, REQUEST_BYTES, 3)
        if not request:
            os._exit(0)
        try:
            pid = kernel.clone_process(_CALL_NAMESPACES)
        except OSError as error:
            channel.send(UNABLE + str(error).encode())
            continue
        if pid == 0:
            zygote.become_call(json.loads(request), descriptors)
        channel.send(str(pid).encode())
        for descriptor in descriptors:
            os.close(descriptor)


class _Zygote:
    """The state every call inherits: a locked root and two prepared tables."""

    def __init__(self, visible: list[str]) -> None:
        self._user, self._group = os.getuid(), os.getgid()
        self._processes = os.open("/proc", os.O_PATH | os.O_DIRECTORY)
        self._filter = kernel.SystemCallFilter()
        kernel.unshare(kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC)
        self._map_identity()
        _enter_locked_root(visible)
        contract.settle()
        gc.disable()

    def _map_identity(self) -> None:
        """Stay the same unprivileged user in the new user namespace."""
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{self._user} {self._user} 1"),
            ("gid_map", f"{self._group} {self._group} 1"),
        ):
            descriptor = os.open(f"self/{name}", os.O_WRONLY, dir_fd=self._processes)
            os.write(descriptor, text.encode())
            os.close(descriptor)

    def become_call(self, request: dict[str, Any], descriptors: list[int]) -> NoReturn:
        """Put up every fence, then read the input and run it. Ends the process."""
        try:
            kernel.set_dumpable(dumpable=True)  # else /proc/self/uid_map is not ours to write
            self._map_identity()
            _arrange_descriptors(descriptors)
            limits = contract.Limits(**request["limits"])
            _mount_own_folders(limits.scratch_bytes)
            contract.bound(limits)
            landlock = kernel.restrict_files(("/build", "/tmp", "/dev/shm", "/dev/null"))  # noqa: S108
            kernel.drop_capabilities()
            self._filter.put_on()
        except BaseException as error:  # noqa: BLE001 - told to the scheduler, which refuses
            os.write(_OUTCOME, UNABLE + f"{type(error).__name__}: {error}".encode())
            os._exit(1)
        try:
            os.write(_OUTCOME, READY)
            if request["probe"]:
                reply = json.dumps(evidence(landlock)).encode()
            else:
                reply = _answer(request["source"], request["helpers"])
            view = memoryview(LENGTH.pack(len(reply)) + reply)
            while view:
                view = view[os.write(_OUTCOME, view) :]
        finally:
            os._exit(0)


def _enter_locked_root(visible: list[str]) -> None:
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    kernel.mount("tmpfs", _ROOT, "tmpfs", kernel.MS_NOSUID, "size=1m,mode=755")
    os.chdir(_ROOT)
    for folder in ("nix/store", "proc", "dev/shm", "tmp", "build", "etc"):
        os.makedirs(folder)  # noqa: PTH103 - pathlib is not worth its import here
    for path in visible:
        os.mkdir(_ROOT + path)  # noqa: PTH102
        kernel.mount(path, _ROOT + path, None, kernel.MS_BIND | kernel.MS_REC)
    for device in _DEVICES:
        os.close(os.open(f"dev/{device}", os.O_CREAT | os.O_WRONLY, 0o644))
        kernel.mount(f"/dev/{device}", f"{_ROOT}/dev/{device}", None, kernel.MS_BIND)
    os.symlink("/proc/self/fd", "dev/fd")  # noqa: PTH211
    for name in ("passwd", "group", "hosts"):
        with open(f"/etc/{name}", "rb") as given, open(f"etc/{name}", "wb") as copy:  # noqa: PTH123
            copy.write(given.read())
    kernel.mount("/proc", f"{_ROOT}/proc", None, kernel.MS_BIND | kernel.MS_REC)
    kernel.enter_root(_ROOT)
    kernel.make_read_only("/")
    kernel.set_dumpable(dumpable=False)


def _arrange_descriptors(descriptors: list[int]) -> None:
    given = [os.dup2(fd, 100 + place) for place, fd in enumerate(descriptors)]
    nothing = os.open("/dev/null", os.O_RDWR)
    os.dup2(nothing, 0)
    for source, target in zip(given, (_INPUT, _OUTCOME, 1), strict=True):
        os.dup2(source, target)
    os.dup2(1, 2)
    os.closerange(5, 256)
    os.setsid()


def _mount_own_folders(size: int) -> None:
    secure = kernel.MS_NOSUID | kernel.MS_NODEV
    kernel.mount(
        "proc", "/proc", "proc", secure | kernel.MS_RDONLY | kernel.MS_NOEXEC, "subset=pid"
    )
    kernel.mount("tmpfs", "/tmp", "tmpfs", secure, f"size={size},nr_inodes=16384,mode=1777")  # noqa: S108
    # One bounded file system under three names; binding /tmp/tmp over /tmp hides the others.
    for name, target in (("build", "/build"), ("shm", "/dev/shm"), ("tmp", "/tmp")):  # noqa: S108
        os.mkdir(f"/tmp/{name}", 0o700)  # noqa: PTH102, S108
        kernel.mount(f"/tmp/{name}", target, None, kernel.MS_BIND)  # noqa: S108
    os.chdir("/build")


def _answer(source_bytes: int, helper_bytes: dict[str, int]) -> bytes:
    parts = []
    while part := os.read(_INPUT, 1 << 20):
        parts.append(part)
    os.close(_INPUT)
    data = b"".join(parts)
    helpers, start = {}, source_bytes
    for name, size in helper_bytes.items():
        helpers[name] = data[start : start + size]
        start += size
    return contract.answer(data[:source_bytes], helpers, data[start:])


# ------------------------------------------------------------------------------ the probe


def evidence(landlock: int) -> dict[str, Any]:
    """What a call finds when it tries what it must not be able to do."""
    with open("/proc/self/status", encoding="ascii") as file:  # noqa: PTH123
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    return {
        "uid": os.getuid(),
        "capabilities": int(status["CapEff"], 16),
        "no_new_privileges": int(status["NoNewPrivs"]),
        "seccomp": int(status["Seccomp"]),
        "landlock": landlock,
        "root": sorted(os.listdir("/")),  # noqa: PTH208
        "store": sorted(os.listdir("/nix/store")),  # noqa: PTH208
        "processes": sorted(name for name in os.listdir("/proc") if name.isdigit()),  # noqa: PTH208
        "socket": _errno_of(lambda: socket.socket(socket.AF_INET)),
        "local_socket": _errno_of(lambda: socket.socket(socket.AF_UNIX)),
        "fork": _errno_of(lambda: kernel.clone_process(0) or os._exit(0)),
        "namespace": _errno_of(lambda: kernel.unshare(kernel.CLONE_NEWUSER)),
        "write_root": _errno_of(lambda: os.mkdir("/x")),  # noqa: PTH102
        "write_toolchain": _errno_of(lambda: os.mkdir(f"{sys.prefix}/x")),  # noqa: PTH102
        "write_own": _errno_of(lambda: os.mkdir("/tmp/x")),  # noqa: PTH102, S108
    }


def _errno_of(attempt: Callable[[], object]) -> str:
    """The name of the error, or ``done``."""
    try:
        attempt()
    except OSError as error:
        return "denied" if error.errno is None else errno.errorcode[error.errno]
    return "done"
