"""The zygote, and how a process forked from it becomes a call (design 3).

The zygote holds the interpreter and what :mod:`contract` preloads; never values, never user
code. Each call is one clone of it, on the ground that the zygote prepared; only when the last
fence stands is the call's input read.
"""

import gc
import json
import os
import socket
import struct
import time
from typing import NamedTuple, NoReturn

from noether_nix.inside import contract, kernel
from noether_nix.inside.ground import Ground, LockedGround, OpenGround, new_filter
from noether_nix.inside.witness import testify

_INPUT, _OUTCOME = 3, 4

# What a call says on its outcome descriptor. READY comes once, before any user code runs, so
# that a complaint about the sandbox cannot be forged by a stage; behind it stands when that was,
# in nanoseconds of the monotonic clock.
READY, UNABLE = b"R", b"X"
LENGTH = struct.Struct(">Q")
HEAD_BYTES = 1 + LENGTH.size
REQUEST_BYTES = 16 << 10


def serve(channel: socket.socket, *, namespaces: bool) -> NoReturn:
    """Be the zygote: answer every request on ``channel`` with the process id of a new call.

    A request is a JSON object with ``probe`` (None, or paths that a call must not be able to
    open), ``fences`` (those that must stand), ``limits``, ``source`` (bytes of source in the
    input) and ``helpers`` (file name to bytes); it carries the descriptors of the call's input
    (source, helpers, value, one after the other), outcome and log.

    Args:
        channel: a SEQPACKET socket to the scheduler; its end is the zygote's end.
        namespaces: whether calls get namespaces of their own.
    """
    try:
        visible, top = os.environ["visible"].split(), os.environ["NIX_BUILD_TOP"]
        ground = LockedGround(visible, top) if namespaces else OpenGround(visible, top)
        zygote = _Zygote(ground)
    except Exception as error:  # noqa: BLE001 - told to the scheduler, which refuses
        channel.send(UNABLE + f"{type(error).__name__}: {error}".encode())
        os._exit(1)
    channel.send(READY)
    known: tuple[bytes, _Request | None] = (b"", None)
    while True:
        data, descriptors, _, _ = socket.recv_fds(channel, REQUEST_BYTES, 3)
        if not data:
            os._exit(0)
        request = known[1] if data == known[0] else None
        if request is None:
            # Many calls of one program follow one another, and what is read here no call reads.
            request = _Request.read(data)
            ground.expect(request.limits)
            known = data, request
        try:
            pid = kernel.clone_process(ground.clone_flags)
        except OSError as error:
            channel.send(UNABLE + str(error).encode())
            continue
        if pid == 0:
            zygote.become_call(request, descriptors)
        channel.send(str(pid).encode())
        for descriptor in descriptors:
            os.close(descriptor)


class _Request(NamedTuple):
    """What is asked for; see :func:`serve`."""

    probe: list[str] | None
    fences: list[str]
    limits: contract.Limits
    source: int
    helpers: dict[str, int]

    @classmethod
    def read(cls, data: bytes) -> "_Request":
        document = json.loads(data)
        return cls(**{**document, "limits": contract.Limits(**document["limits"])})


class _Zygote:
    """The state every call inherits: a ground to stand on and prepared tables."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._filter = new_filter(ground)
        ground.enter()
        contract.settle()
        gc.disable()

    def become_call(self, request: _Request, descriptors: list[int]) -> NoReturn:
        """Put up every fence, then read the input and run it. Ends the process."""
        try:
            kernel.set_dumpable(dumpable=True)  # else /proc/self/uid_map is not ours to write
            self._ground.become_someone()
            _arrange_descriptors(descriptors)
            self._ground.take_place(request.limits)
            landlock, filtered = self._fence(request.fences)
        except BaseException as error:  # noqa: BLE001 - told to the scheduler, which refuses
            os.write(_OUTCOME, UNABLE + f"{type(error).__name__}: {error}".encode())
            os._exit(1)
        try:
            os.write(_OUTCOME, READY + LENGTH.pack(time.monotonic_ns()))
            if request.probe is not None:
                reply = self._testify(landlock, filtered, request.probe)
            else:
                reply = _answer(request.source, request.helpers)
            view = memoryview(LENGTH.pack(len(reply)) + reply)
            while view:
                view = view[os.write(_OUTCOME, view) :]
        finally:
            os._exit(0)

    def _fence(self, wanted: list[str]) -> tuple[int, bool]:
        """Put up what this kernel has; what stood in the probe has to stand again."""
        landlock, filtered = self._ground.restrict_files(), True
        kernel.drop_capabilities()
        try:
            self._filter.put_on(os.getpid())
        except OSError:
            if "seccomp" in wanted:
                raise
            filtered = False
        if landlock == 0 and "landlock" in wanted:
            raise OSError(0, "the kernel has Landlock no longer")
        return landlock, filtered

    def _testify(self, landlock: int, filtered: bool, hidden: list[str]) -> bytes:  # noqa: FBT001
        found = testify(
            landlock=landlock,
            filtered=filtered,
            namespaces=isinstance(self._ground, LockedGround),
            hidden=hidden,
        )
        return json.dumps(found).encode()


def _arrange_descriptors(descriptors: list[int]) -> None:
    given = [os.dup2(fd, 100 + place) for place, fd in enumerate(descriptors)]
    nothing = os.open("/dev/null", os.O_RDWR)
    os.dup2(nothing, 0)
    for source, target in zip(given, (_INPUT, _OUTCOME, 1), strict=True):
        os.dup2(source, target)
    os.dup2(1, 2)
    os.closerange(5, 256)
    os.setsid()


def _answer(source_bytes: int, helper_bytes: dict[str, int]) -> bytes:
    # What a pipe can hold comes at once; for more it is worth asking for memory.
    parts = [os.read(_INPUT, 1 << 16)]
    while part := os.read(_INPUT, 1 << 16 if len(parts) == 1 else 1 << 20):
        parts.append(part)
    os.close(_INPUT)
    data = b"".join(parts)
    helpers, start = {}, source_bytes
    for name, size in helper_bytes.items():
        helpers[name] = data[start : start + size]
        start += size
    return contract.answer(data[:source_bytes], helpers, data[start:])
