"""What a call stands on, and the fences round it, with namespaces and without (design 3)."""

import dataclasses
import functools
import os
import resource
from collections.abc import Sequence
from typing import Protocol

from noether_nix.inside import contract, kernel, landlock
from noether_nix.inside.filters import SystemCallFilter

_ROOT = "/build"  # the one folder that Nix's sandbox surely has and that we may cover
_TABLES = ("/etc/passwd", "/etc/group", "/etc/hosts")
_DEVICES = ("null", "zero", "full", "random", "urandom")
# Of IPC the zygote has a namespace of its own; calls share it, and seccomp lets none of them use
# it (ADR 0013).
_CALL_NAMESPACES = (
    kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS | kernel.CLONE_NEWPID | kernel.CLONE_PARENT
)
_OWN_FOLDERS = ("/build", "/tmp", "/dev/shm")  # noqa: S108
_WRITABLE = (*_OWN_FOLDERS, "/dev/null")


def shared_folders(top: str) -> tuple[str, ...]:
    """Where calls without a mount namespace may write; they stand in the first.

    Args:
        top: the folder that Nix gives the build; outside its sandbox that is another each time,
            and the others are the machine's.
    """
    return _OWN_FOLDERS if top == _ROOT else (f"{top}/call", *_OWN_FOLDERS[1:])


class Ground(Protocol):
    """What a zygote prepares once, and each of its calls completes for itself."""

    clone_flags: int

    def enter(self) -> None:
        """In the zygote: prepare all that calls can inherit."""

    def expect(self, limits: contract.Limits) -> None:
        """In the zygote: make ready what a call with these limits needs."""

    def become_someone(self) -> None:
        """In a call, first of all: be somebody in its namespaces."""

    def take_place(self, limits: contract.Limits) -> None:
        """In a call: have folders of its own and stand in one, within ``limits``."""

    def restrict_files(self) -> int:
        """In a call: put up Landlock; its ABI, 0 where there is none."""


class LockedGround:
    """A root of its own, recursively read-only, in which there is nothing but the toolchain."""

    clone_flags = _CALL_NAMESPACES

    def __init__(self, visible: list[str], top: str) -> None:
        self._visible = visible
        self._top = top
        user, group = os.getuid(), os.getgid()
        self._identity = (
            ("self/setgroups", b"deny"),
            ("self/uid_map", f"{user} {user} 1".encode()),
            ("self/gid_map", f"{group} {group} 1".encode()),
        )
        self._processes = os.open("/proc", os.O_PATH | os.O_DIRECTORY)

    def enter(self) -> None:
        """Leave the build's namespaces for a locked root."""
        kernel.unshare(kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC)
        self._map_identity()
        _enter_locked_root(self._visible, self._top)
        landlock.prepare_writing(_WRITABLE)
        kernel.set_dumpable(dumpable=False)

    def expect(self, limits: contract.Limits) -> None:
        """Have the mounts of its file systems written down."""
        _own_mounts(limits.scratch_bytes)

    def become_someone(self) -> None:
        """Stay the same unprivileged user."""
        self._map_identity()

    def take_place(self, limits: contract.Limits) -> None:
        """Have a small process list and one bounded file system under three names."""
        if self._top != _ROOT:
            kernel.end_with_parent()
        _mount_own_folders(_own_mounts(limits.scratch_bytes))
        contract.bound(limits)

    def restrict_files(self) -> int:
        """Keep it from writing elsewhere once more, by Landlock."""
        return landlock.restrict_writing(_WRITABLE)

    def _map_identity(self) -> None:
        """Stay the same unprivileged user in the new user namespace."""
        for name, text in self._identity:
            descriptor = os.open(name, os.O_WRONLY, dir_fd=self._processes)
            os.write(descriptor, text)
            os.close(descriptor)


class OpenGround:
    """What Nix's own sandbox gives, where there are no namespaces to be had.

    Calls are one user, in one place: one at a time, and Landlock says what each may open.
    """

    clone_flags = kernel.CLONE_PARENT

    def __init__(self, visible: list[str], top: str) -> None:
        self._visible = visible
        self._folders = shared_folders(top)
        self._sandboxed = top == _ROOT

    def enter(self) -> None:
        """Be out of reach for calls, which are the same user."""
        kernel.set_dumpable(dumpable=False)
        os.makedirs(self._folders[0], exist_ok=True)  # noqa: PTH103

    def expect(self, limits: contract.Limits) -> None:
        """Need nothing."""

    def become_someone(self) -> None:
        """Stay who it is: there is nobody else to be."""

    def take_place(self, limits: contract.Limits) -> None:
        """Stand in the build's own folder."""
        os.chdir(self._folders[0])
        if not self._sandboxed:
            kernel.end_with_parent()  # else by Nix's process namespace
            # The limit would count whatever else its user runs on the machine.
            most = resource.getrlimit(resource.RLIMIT_NPROC)[1]
            limits = dataclasses.replace(limits, processes=most)
        contract.bound(limits)

    def restrict_files(self) -> int:
        """Leave it its toolchain, its own folders, and what it is told of itself."""
        readable = dict.fromkeys(self._visible, landlock.READ)
        readable |= {f"/dev/{name}": landlock.READ_FILE for name in _DEVICES}
        readable |= {name: landlock.READ_FILE for name in _TABLES if os.path.exists(name)}  # noqa: PTH110
        readable["/dev/null"] |= landlock.WRITE_FILE
        readable["/proc/self"] = landlock.READ_FILE | landlock.READ_DIR
        return landlock.restrict_files(readable, self._folders)


def new_filter(ground: Ground, *, terminal: bool = False) -> SystemCallFilter:
    """The system calls that a call on this ground may make, at a terminal or not."""
    return SystemCallFilter(among_others=not isinstance(ground, LockedGround), terminal=terminal)


def _enter_locked_root(visible: list[str], top: str) -> None:
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    kernel.mount("tmpfs", top, "tmpfs", kernel.MS_NOSUID, "size=1m,mode=755")
    os.chdir(top)
    for folder in ("nix/store", "proc", "dev/shm", "tmp", "build", "etc"):
        os.makedirs(folder)  # noqa: PTH103 - pathlib is not worth its import here
    for path in visible:
        os.makedirs(top + path, exist_ok=True)  # noqa: PTH103
        kernel.mount(path, top + path, None, kernel.MS_BIND | kernel.MS_REC)
    for device in _DEVICES:
        os.close(os.open(f"dev/{device}", os.O_CREAT | os.O_WRONLY, 0o644))
        kernel.mount(f"/dev/{device}", f"{top}/dev/{device}", None, kernel.MS_BIND)
    os.symlink("/proc/self/fd", "dev/fd")  # noqa: PTH211
    for name in filter(os.path.exists, _TABLES):
        with open(name, "rb") as given, open(name[1:], "wb") as copy:  # noqa: PTH123
            copy.write(given.read())
    kernel.mount("/proc", f"{top}/proc", None, kernel.MS_BIND | kernel.MS_REC)
    kernel.enter_root(top)
    kernel.make_read_only("/")


@functools.cache
def _own_mounts(size: int) -> tuple[kernel.Mount, ...]:
    """Those of every call with file systems of that size: a zygote asks before it forks."""
    secure = kernel.MS_NOSUID | kernel.MS_NODEV
    ready = kernel.mount_ready
    options = f"size={size},nr_inodes=16384,mode=1777"
    return (
        ready("proc", "/proc", "proc", secure | kernel.MS_RDONLY | kernel.MS_NOEXEC, "subset=pid"),
        ready("tmpfs", "/tmp", "tmpfs", secure, options),  # noqa: S108
        # One bounded file system under three names; binding /tmp/tmp over /tmp hides the others.
        ready("/tmp/build", "/build", None, kernel.MS_BIND),  # noqa: S108
        ready("/tmp/shm", "/dev/shm", None, kernel.MS_BIND),  # noqa: S108
        ready("/tmp/tmp", "/tmp", None, kernel.MS_BIND),  # noqa: S108
    )


def _mount_own_folders(mounts: Sequence[kernel.Mount]) -> None:
    kernel.mount_all(mounts[:2])
    for name in ("/tmp/build", "/tmp/shm", "/tmp/tmp"):  # noqa: S108
        os.mkdir(name, 0o700)  # noqa: PTH102
    kernel.mount_all(mounts[2:])
    os.chdir("/build")
