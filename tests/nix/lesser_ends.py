"""How attacks end at levels below *full*, where they end otherwise than there.

A value is exact. What depends on how this kernel was made is told by the kernel itself where it
can be asked, and else one of a few that are named here, with what decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.nix.hostile_stages import Attack
from tests.nix.kernel_attacks import OF_THE_MACHINE


class OneOf:
    """Equal to each of a few values."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, *values: object) -> None:
        self._values = values

    def __eq__(self, other: object) -> bool:
        return other in self._values

    def __repr__(self) -> str:
        return f"OneOf{self._values}"


class _NamesInProc:
    """Equal to what listing this kernel's /proc gives in a process namespace of few processes."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        seen = {path.name for path in Path("/proc").iterdir()} - {"thread-self"}
        here = {name for name in seen if not name.isdigit()}
        if not isinstance(other, list):
            return False
        processes = {int(name) for name in other if name.isdigit()}
        others = {name for name in other if not name.isdigit()}
        return 1 in processes and max(processes) < _MOST_PROCESSES and others == here


@dataclass(frozen=True)
class End:
    """How an attack ends; see :class:`tests.nix.hostile_stages.Attack`."""

    outcome: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    value: Any = None


_SCRATCH = End("killed", {"signal": "SIGKILL", "limit": "scratch_bytes", "allowed": 256 << 20})
_SMALL_SCRATCH = End("killed", {"signal": "SIGKILL", "limit": "scratch_bytes", "allowed": 4 << 20})
_REFUSED = End("stage-raised", {"type": "PermissionError"})
# Not the first process of a namespace any more, so its own signals reach it.
_BY_ITSELF = End("killed", {"signal": "SIGTERM"})
# The kernel lets processes of one user lower each other's bounds, and nothing refuses it there.
_WITH_ITS_BUILD = End("killed", {"lost_builds": 2})

# The numbers that a build gives its processes: the scheduler, a zygote or two, the call.
_MOST_PROCESSES = 64


def _sights() -> list[object]:
    """What Nix's sandbox shows of :data:`OF_THE_MACHINE` to who has no root of its own."""
    told: dict[str, object] = {
        # The zygote that found no namespaces: nobody need take note of its end at once.
        **dict.fromkeys(("/proc/2/mem", "/proc/2/environ"), OneOf("done", "ENOENT")),
        # Nix gives it to builds where the machine has it.
        "/dev/kvm": OneOf("done", "ENOENT"),
        # Some Nix brings a shell of its own.
        "/bin/sh": OneOf("done", "ENOENT"),
        **dict.fromkeys(("/dev/tty", "/dev/ptmx", "/dev/pts"), "done"),
    }
    return [told.get(place, _of_the_kernel(place)) for place in OF_THE_MACHINE]


def _of_the_kernel(place: str) -> str:
    return "done" if place.startswith("/proc/") and Path(place).exists() else "ENOENT"


def _each(names: str, value: object) -> dict[str, object]:
    return dict.fromkeys(names.split(), value)


# What is asked of the kernel where no filter of ours stands in the way. Nothing that reaches
# beyond the build is done.
_POWERS: Mapping[str, object] = {
    **_each("fork vfork clone pidfd vm_read personality memfd inotify", "done"),
    **_each("shmget semget msgget mq_open flock flags", "done"),
    **_each(
        "clone_newuser unshare mount umount pivot_root chroot open_tree mount_setattr", "EPERM"
    ),
    **_each("setuid setgid setgroups reboot hostname settime ptrace fanotify", "EPERM"),
    "clone3": "ENOSYS",  # of this test's kernel
    "setns": "EBADF",
    "handle": "EINVAL",
    "capset": "EINVAL",
    "lease": "EACCES",
    "notify": "ENOTDIR",
    "execve": "ENOENT",  # no shell is there
    # Left out of many kernels.
    **_each("kexec module acct swapon iopl kcmp", OneOf("EPERM", "ENOSYS")),
    **_each("add_key request_key", OneOf("EFAULT", "ENOSYS")),
    "keyctl": OneOf("done", "ENOSYS"),  # a key ring of its own session
    "quotactl": OneOf("ENODEV", "EFAULT", "ENOSYS"),
    # kernel.unprivileged_bpf_disabled, kernel.perf_event_paranoid (which may let a process count
    # for itself), vm.unprivileged_userfaultfd, kernel.io_uring_disabled, kernel.dmesg_restrict.
    "bpf": OneOf("EINVAL", "EPERM", "ENOSYS"),
    "perf": OneOf("EACCES", "EPERM", "ENOENT", "ENOSYS", "done"),
    "userfaultfd": OneOf("EPERM", "ENOSYS", "done"),
    "io_uring": OneOf("ENOMEM", "EPERM", "ENOSYS", "EINVAL", "done"),
    "syslog": OneOf("EPERM", "done"),
}

ENDS: Mapping[str, Mapping[str, End]] = {
    "confined": {
        "writes_everywhere": End(
            "succeeded",
            value=["EACCES"] * 4 + ["EPERM"] + ["EACCES"] * 6 + ["done"] * 4 + ["EPERM"],
        ),
        "fills_its_folders_with_files": _SCRATCH,
        "kills_every_process_it_can": _BY_ITSELF,
        "stops_itself": _REFUSED,
        "holds_files_by_nothing_but_a_mapping": _SCRATCH,
        "keeps_files_on_their_way_through_a_socket": _SMALL_SCRATCH,
        "hides_what_it_has_open": _SMALL_SCRATCH,
        "looks_for_the_machine": End("succeeded", value=_sights()),
        "looks_at_its_root": _REFUSED,
        "looks_for_others_in_proc": _REFUSED,
        "leaves_the_scheduler_no_files": End("succeeded", value=["EPERM"]),
        "leaves_the_scheduler_no_memory": End("succeeded", value="EPERM" * (1 << 20)),
        "leaves_the_scheduler_no_room_for_its_output": End("succeeded", value=["EPERM"]),
        "puts_the_scheduler_behind_everything": End("succeeded", value=["EPERM"] * 4),
        "makes_programs_for_others": End(
            "succeeded", value=["EPERM", "EPERM", "ENOTSUP", "ENOTSUP", "EPERM", "EPERM"]
        ),
        "puts_itself_before_others": End("succeeded", value=["EPERM", "EACCES", "EPERM", "EACCES"]),
        "puts_links_where_ours_might_be": End(
            "succeeded", value=["EXDEV", "EACCES", "EACCES", "EACCES"]
        ),
    },
    "alone": {
        "connects_to_a_local_socket": End(
            "effect-denied", {"effect": "Network", "event": "socket.connect"}
        ),
        "asks_the_kernel_for_sockets": End(
            "succeeded",
            value={
                **_each("inet unix netlink datagram_pair packet_pair stream_pair bind", "done"),
                **_each("listen accept accept4", "EINVAL"),
                "packet": "EPERM",
                "connect": "ECONNREFUSED",
                # Families that a kernel may have or not; they reach this build's own at most.
                "vsock": OneOf("done", "EAFNOSUPPORT"),
                "tipc_pair": OneOf("done", "EAFNOSUPPORT", "EOPNOTSUPP"),
            },
        ),
        "asks_the_kernel_for_processes_and_power": End("succeeded", value=_POWERS),
        "calls_through_another_abi": End("succeeded", value=OneOf(*range(2, _MOST_PROCESSES))),
        # The root, the store and /dev that Nix makes for this build alone, and removes with it.
        "writes_everywhere": End(
            "succeeded",
            value=["EACCES", "EACCES", "done", "EACCES", "EPERM"]
            + ["EACCES"] * 3
            + ["done"] * 7
            + ["EPERM"],
        ),
        "fills_its_folders_with_files": _SCRATCH,
        "kills_every_process_it_can": _BY_ITSELF,
        "holds_files_by_nothing_but_a_mapping": _SCRATCH,
        "keeps_files_on_their_way_through_a_socket": _SMALL_SCRATCH,
        "hides_what_it_has_open": _SMALL_SCRATCH,
        "asks_a_socket_for_network_devices": End("succeeded", value=["done"] * 2),
        "points_signals_elsewhere": End("succeeded", value=["done"] * 4),
        # The younger the kernel, the more of them it knows; none is harmful to others.
        "asks_the_kernel_for_what_nobody_here_has_judged": End(
            "succeeded",
            value={
                "file_setattr": OneOf("done", "ENOSYS", "EOPNOTSUPP"),
                "setxattrat": OneOf("E2BIG", "ENOSYS"),
                "open_tree_attr": OneOf("EINVAL", "ENOSYS"),
                "listns": OneOf("EINVAL", "ENOSYS", "E2BIG"),
                "later": "ENOSYS",
            },
        ),
        "looks_for_the_machine": End("succeeded", value=_sights()),
        "looks_at_its_root": _REFUSED,
        "looks_for_others_in_proc": End("succeeded", value=_NamesInProc()),
        "leaves_the_scheduler_no_files": _WITH_ITS_BUILD,
        "leaves_the_scheduler_no_memory": _WITH_ITS_BUILD,
        # How the call ended was told before its build did.
        "leaves_the_scheduler_no_room_for_its_output": End("succeeded", value=["done"]),
        "puts_the_scheduler_behind_everything": End("succeeded", value=["done"] * 4),
        "opens_devices_to_write": End("succeeded", value=["done"] * 4),
        # On that kernel Nix has no filter either; such a file is the build user's own, in a folder
        # that nobody else can enter.
        "makes_programs_for_others": End(
            "succeeded", value=["EPERM", "done", "EINVAL", "EPERM", "EPERM", "EPERM"]
        ),
        "puts_itself_before_others": End("succeeded", value=["EPERM", "EACCES", "EPERM", "done"]),
        "puts_links_where_ours_might_be": End(
            "succeeded", value=["EXDEV", "EACCES", "EACCES", "done"]
        ),
    },
}


def end_of(attack: Attack, level: str) -> End:
    """How ``attack`` ends at ``level``."""
    return ENDS[level].get(attack.name, End(attack.outcome, attack.detail, attack.value))
