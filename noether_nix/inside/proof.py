"""Is this the sandbox that was promised? Asked from inside, before any user code runs.

Flags given to Nix are no proof: a daemon may ignore them, and Nix falls back to no sandbox at
all where its default configuration lets it (design 6). A level is claimed only when what it
promises was tried and held.
"""

import json
import os
import select
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from noether_nix.inside import zygote
from noether_nix.inside.call import LostError, UnableError
from noether_nix.inside.levels import AS_ROOT, LEVELS, weakest
from noether_nix.inside.region import Program, RegionCall
from noether_nix.inside.zygote_client import ZygoteClient

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

Facts: TypeAlias = dict[str, Any]
Wanting: TypeAlias = dict[str, list[str]]


class Findings:
    """What was seen, and what may be claimed of it.

    Attributes:
        level: the level that holds and is accepted; None when there is none.
        client: where to ask for calls at that level.
        wanting: what each better level lacks, in words.
        evidence: what was seen.
    """

    def __init__(self) -> None:
        self.level: str | None = None
        self.client: ZygoteClient | None = None
        self.wanting: Wanting = {}
        self.evidence: Facts = {"build": _look_at_build(), "call": {}}

    def document(self) -> Facts:
        """As it is told outside."""
        return {
            "level": self.level,
            "wanting": self.wanting,
            "unsandboxed": _of_build(self.evidence["build"]),
            "evidence": self.evidence,
        }


def prove(
    accepted: Sequence[str], make_zygote: Callable[[bool], ZygoteClient], hidden: Sequence[str]
) -> Findings:
    """Try the levels, best first, until one holds.

    Args:
        accepted: the levels that will do, best first.
        make_zygote: makes one, whose calls have namespaces of their own or not.
        hidden: paths of the build that a call must not be able to open.
    """
    found = Findings()
    for namespaces in (True, False):
        if namespaces and accepted == ["confined"]:
            continue  # is not had with them
        if not namespaces and accepted == ["full"]:
            break
        client = make_zygote(namespaces)
        try:
            _await_zygote(client)
            call = _ask_call(client, hidden)
        except (UnableError, LostError) as error:
            reason = f"no call can be isolated: {error}"
            for level in LEVELS[:1] if namespaces else LEVELS[1:]:
                found.wanting[level] = [reason]
            client.channel.close()
            continue
        found.evidence["call"] = call
        holds = judge(found.evidence["build"], call, found.wanting)
        if holds is not None:
            # What is better than anything asked for is no more than that.
            claimed = weakest(holds, accepted[0])
            if claimed in accepted:
                found.level, found.client = claimed, client
                client.fences = [name for name in ("seccomp", "landlock") if call[name]]
                return found
        client.channel.close()
    return found


def judge(build: Facts, call: Facts, wanting: Wanting) -> str | None:
    """The best level that holds for what was seen; fills in what the others lack."""
    for level in LEVELS:
        missing = _of_user(build, call)
        if level != "none":
            missing += [*_of_build(build), *_of_toolchain(call)]
        if level == "full":
            missing += _of_full(call)
        elif level == "confined":
            missing += _of_confined(call)
        elif level == "alone":
            missing += _of_alone(call)
        if not missing:
            return level
        if level not in wanting or call["namespaces"] == (level == "full"):
            wanting[level] = missing
    return None


# ------------------------------------------------------------------------------ looking


def _look_at_build() -> Facts:
    user = os.getuid()
    outside = None
    with open("/proc/self/uid_map", encoding="ascii") as file:  # noqa: PTH123
        for first, of_it, count in (map(int, line.split()) for line in file):
            if first <= user < first + count:
                outside = of_it + user - first
    with open("/proc/net/dev", encoding="ascii") as file:  # noqa: PTH123
        interfaces = sorted(line.split(":")[0].strip() for line in file if ":" in line)
    return {"uid_outside": outside, "interfaces": interfaces, "process": os.getpid()}


def _await_zygote(client: ZygoteClient) -> None:
    greeting = client.channel.recv(4096)
    if greeting != zygote.READY:
        raise UnableError(greeting[1:].decode("utf-8", "replace") or "the zygote has ended")


def _ask_call(client: ZygoteClient, hidden: Sequence[str]) -> Facts:
    program = Program("", {}, {}, {}, _LIMITS, {})
    call = RegionCall(-1, 0, None, (), _SECONDS, 1 << 20, 1 << 16, _SECONDS)
    running = client.start(program, call, b"", "", probe=hidden)
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


# ------------------------------------------------------------------------------ judging


def _lacks(expectations: Iterable[tuple[bool, str]]) -> list[str]:
    return [words for holds, words in expectations if not holds]


def _of_build(build: Facts) -> list[str]:
    """What Nix's own sandbox has to give, whatever else there is."""
    devices = ", ".join(build["interfaces"])
    return _lacks(
        (
            (build["process"] == 1, "the build sees the processes of others"),
            (build["interfaces"] == ["lo"], f"the build sees network devices: {devices}"),
        )
    )


def _of_user(build: Facts, call: Facts) -> list[str]:
    """What has to hold even where there is no sandbox at all."""
    return _lacks(
        (
            (build["uid_outside"] not in (None, 0), AS_ROOT),
            (call["uid"] != 0, "a call runs as root"),
            (call["capabilities"] == 0, "a call has capabilities"),
            (call["no_new_privileges"] == 1, "a call may gain privileges"),
            (call["write_own"] == "done", "a call cannot write to its own folder"),
        )
    )


def _of_toolchain(call: Facts) -> list[str]:
    return _lacks(
        (
            (call["write_toolchain"] in _NO_WRITE, "a call can write to the toolchain"),
            (call["change_toolchain"] in _NO_WRITE, "a call can change the toolchain's rights"),
        )
    )


def _of_filter(call: Facts) -> list[str]:
    return _lacks(
        (
            (call["seccomp"] == 2, "a call has no system call filter"),
            (call["socket"] != "done", "a call can open a network socket"),
            (call["local_socket"] != "done", "a call can open a local socket"),
            (call["fork"] != "done", "a call can start a process"),
            (call["namespace"] != "done", "a call can make namespaces"),
            (call["write_root"] in _NO_WRITE, "a call can write to its root"),
        )
    )


def _of_full(call: Facts) -> list[str]:
    return _of_filter(call) + _lacks(
        (
            (call["namespaces"], "a call has no namespaces of its own"),
            (set(call["root"]) == _ROOT, f"a call sees {', '.join(call['root'])}"),
            (call["processes"] == ["1"], "a call sees other processes"),
        )
    )


def _of_confined(call: Facts) -> list[str]:
    return _of_filter(call) + _lacks(
        (
            (call["landlock"] > 0, "the kernel has no Landlock"),
            (call["root"] == ["EACCES"], f"a call sees {', '.join(call['root'])}"),
            (call["store"] == ["EACCES"], "a call can list the store"),
            (call["processes"] == ["EACCES"], "a call can list processes"),
            (call["write_store"] in _NO_WRITE, "a call can write to the store"),
            (call["signal"] == "EPERM", "a call can signal other processes"),
            (call["signal_all"] == "EPERM", "a call can signal all processes"),
            (call["bounds"] == "EPERM", "a call can change the bounds of other processes"),
            (call["memory"] in _NO_WRITE, "a call can read the memory of others"),
            (set(call["hidden"]) <= {"EACCES"}, "a call can read the build's plan"),
        )
    )


def _of_alone(call: Facts) -> list[str]:
    reads = call["memory"] not in _NO_WRITE and not call["namespaces"]
    return ["a call can read the memory of others"] if reads else []
