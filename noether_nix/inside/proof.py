"""Is this the sandbox that was promised? Asked from inside, before any user code runs.

Flags given to Nix are no proof: a daemon may ignore them, and Nix falls back to no sandbox at
all where its default configuration lets it (design 6).
"""

import json
import os
import select
import socket
import time
from typing import Any

from noether_nix.inside import zygote
from noether_nix.inside.call import UnableError, ZygoteClient
from noether_nix.inside.region import Program, RegionCall

_SECONDS = 20.0
_LIMITS = {
    "memory_bytes": 1 << 30,
    "stack_bytes": 8 << 20,
    "processes": 16,
    "open_files": 64,
    "scratch_bytes": 1 << 20,
}
_ROOT = {"build", "dev", "etc", "nix", "proc", "tmp"}
_NO_WRITE = {"EROFS", "EACCES", "EPERM"}


def prove(channel: socket.socket) -> dict[str, Any]:
    """Look at the build from the scheduler, and at a call from within.

    Returns:
        ``level`` (``full`` or ``none``), ``missing`` (what is not as it must be, in words) and
        ``evidence`` (what was seen).
    """
    build = _look_at_build()
    missing = []
    if build["uid_outside"] in (None, 0):
        missing.append("the build runs as the machine's root or outside a user namespace")
    if build["process"] != 1:
        missing.append("the build sees the processes of others")
    if build["interfaces"] != ["lo"]:
        missing.append(f"the build sees network devices: {', '.join(build['interfaces'])}")
    call: dict[str, Any] = {}
    try:
        _await_zygote(channel)
        call = _ask_call(channel)
        missing += _shortcomings(call)
    except UnableError as error:
        missing.append(f"no call can be isolated: {error}")
    level = "none" if missing else "full"
    return {"level": level, "missing": missing, "evidence": {"build": build, "call": call}}


def _look_at_build() -> dict[str, Any]:
    with open("/proc/self/uid_map", encoding="ascii") as file:  # noqa: PTH123
        rows = [line.split() for line in file]
    outside = int(rows[0][1]) if len(rows) == 1 and rows[0][2] == "1" else None
    with open("/proc/net/dev", encoding="ascii") as file:  # noqa: PTH123
        interfaces = sorted(line.split(":")[0].strip() for line in file if ":" in line)
    return {"uid_outside": outside, "interfaces": interfaces, "process": os.getpid()}


def _await_zygote(channel: socket.socket) -> None:
    greeting = channel.recv(4096)
    if greeting != zygote.READY:
        raise UnableError(greeting[1:].decode("utf-8", "replace") or "the zygote has ended")


def _ask_call(channel: socket.socket) -> dict[str, Any]:
    program = Program("", {}, {}, {}, _LIMITS, {})
    call = RegionCall(-1, 0, None, (), _SECONDS, 1 << 20, 1 << 16, _SECONDS)
    running = ZygoteClient(channel).start(program, call, b"", "", probe=True)
    poll = select.poll()
    poll.register(running.outcome, select.POLLIN)
    ends = time.monotonic() + _SECONDS
    while poll.poll(max(0.0, ends - time.monotonic()) * 1000):
        if running.read(running.outcome):
            break
    reply = running.stop()
    running.bury()
    if reply is None:
        raise UnableError("the probe gave no answer")
    found = json.loads(reply)
    return dict(found)


def _shortcomings(call: dict[str, Any]) -> list[str]:
    expectations = (
        (call["uid"] != 0, "a call runs as root"),
        (call["capabilities"] == 0, "a call has capabilities"),
        (call["no_new_privileges"] == 1, "a call may gain privileges"),
        (call["seccomp"] == 2, "a call has no system call filter"),
        (set(call["root"]) == _ROOT, f"a call sees {', '.join(call['root'])}"),
        (call["processes"] == ["1"], "a call sees other processes"),
        (call["socket"] != "done", "a call can open a network socket"),
        (call["local_socket"] != "done", "a call can open a local socket"),
        (call["fork"] != "done", "a call can start a process"),
        (call["namespace"] != "done", "a call can make namespaces"),
        (call["write_root"] in _NO_WRITE, "a call can write to its root"),
        (call["write_toolchain"] in _NO_WRITE, "a call can write to the toolchain"),
        (call["write_own"] == "done", "a call cannot write to its own folder"),
    )
    return [words for holds, words in expectations if not holds]
