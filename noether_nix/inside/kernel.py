"""What is asked of the kernel: namespaces, mounts, capabilities, by system call.

The standard library has none of it and nothing else exists inside the sandbox. Numbers are
those of Linux's ``unistd`` tables; x86_64 is tested, aarch64 is not (design 10).
"""

import ctypes
import os
import struct
from collections.abc import Iterable
from typing import Any, TypeAlias

LIBC = ctypes.CDLL(None, use_errno=True)
system_call = LIBC.syscall
system_call.restype = ctypes.c_long
# Found once, before the zygote forks: what a call is the first to look for, every call looks for,
# through all libraries, and that takes a twentieth of its time.
_before_fork = ctypes.pythonapi.PyOS_BeforeFork
_after_fork_in_child = ctypes.pythonapi.PyOS_AfterFork_Child
_after_fork_in_parent = ctypes.pythonapi.PyOS_AfterFork_Parent
_open = LIBC.open

CLONE_PARENT = 0x8000
CLONE_THREAD = 0x10000
CLONE_NEWNS = 0x20000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
MNT_DETACH = 2

# Numbers of system calls stand in pairs (x86_64, aarch64); which of them is this machine's?
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
COLUMN, AUDIT_ARCHITECTURE = _ARCHITECTURES.get(os.uname().machine, (0, 0))

_CLONE = (56, 220)
_PIVOT_ROOT = (155, 41)
_CAPSET = (126, 91)
_MOUNT_SETATTR = (442, 442)
_CAPABILITY_HEADER = struct.pack("II", 0x20080522, 0)


Mount: TypeAlias = tuple[bytes, bytes, bytes | None, Any, bytes | None]


def checked(result: int, what: str) -> int:
    """The result of a system call; OSError when it says that it failed."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def clone_process(flags: int) -> int:
    """Fork with namespaces: 0 in the child, the child's process id in the parent."""
    _before_fork()
    pid: int = system_call(_CLONE[COLUMN], flags | 17, 0, 0, 0, 0)
    number = ctypes.get_errno()
    if pid == 0:
        _after_fork_in_child()
    else:
        _after_fork_in_parent()
    if pid < 0:
        raise OSError(number, f"clone: {os.strerror(number)}")
    return pid


def unshare(flags: int) -> None:
    """Leave namespaces for new ones."""
    checked(LIBC.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    """Mount ``source`` at ``target``."""
    mount_all([mount_ready(source, target, kind, flags, data)])


def mount_ready(
    source: str, target: str, kind: str | None, flags: int, data: str | None = None
) -> Mount:
    """What :func:`mount_all` takes, made before the fork behind which it is used."""
    text = (None if kind is None else kind.encode(), None if data is None else data.encode())
    return source.encode(), target.encode(), text[0], ctypes.c_ulong(flags), text[1]


def mount_all(mounts: Iterable[Mount]) -> None:
    """Mount one after the other."""
    call = LIBC.mount
    for one in mounts:
        if call(*one) < 0:
            checked(-1, f"mount {one[1].decode()}")


def enter_root(root: str) -> None:
    """Make ``root`` the root folder, with nothing of the old one in reach."""
    os.chdir(root)
    # The old root is stacked on the new one and taken off: no folder for it is needed.
    checked(system_call(_PIVOT_ROOT[COLUMN], b".", b"."), "pivot_root")
    checked(LIBC.umount2(b".", MNT_DETACH), "umount of the old root")
    os.chdir("/")


def make_read_only(path: str) -> None:
    """Make the mount at ``path`` and all mounts below read-only, for good."""
    attributes = struct.pack("QQQQ", MS_RDONLY | MS_NOSUID, 0, 0, 0)
    at_recursive = 0x8000
    result = system_call(_MOUNT_SETATTR[COLUMN], -100, path.encode(), at_recursive, attributes, 32)
    checked(result, "mount_setattr")


def open_path(path: str) -> int:
    """A descriptor that stands for ``path`` and can be read by nobody.

    Past Python's own ``open``, which by now refuses a call what a stage may not open.
    """
    return checked(_open(path.encode(), os.O_PATH | os.O_CLOEXEC), f"open {path}")


def set_dumpable(*, dumpable: bool) -> None:
    """Whether others of the same user may look into this process (PR_SET_DUMPABLE)."""
    checked(LIBC.prctl(4, int(dumpable), 0, 0, 0), "prctl dumpable")


def end_with_parent() -> None:
    """Be killed when the process that waits for this one ends (PR_SET_PDEATHSIG)."""
    checked(LIBC.prctl(1, 9, 0, 0, 0), "prctl end of parent")


def drop_capabilities() -> None:
    """Give up every capability, for good."""
    checked(system_call(_CAPSET[COLUMN], _CAPABILITY_HEADER, bytes(24)), "capset")
    checked(LIBC.prctl(38, 1, 0, 0, 0), "prctl no_new_privs")
