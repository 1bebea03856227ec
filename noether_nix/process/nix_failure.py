"""What a failed Nix process means: by its exit code first, by recorded texts second.

The texts are those of Nix 2.8.0 and 2.34.8, as the tests record them.
"""

import re
from enum import IntEnum

from noether_nix.errors import (
    EvaluationFailedError,
    NoetherError,
    RunInterruptedError,
    SandboxUnavailableError,
    StoreFullError,
    StoreUnwritableError,
)
from noether_nix.process.child import Exit, Stop
from noether_nix.process.nix_commands import BUILD_USERS_GROUP

USER_NAMESPACES_HINT = (
    "allow user namespaces (sysctl -w user.max_user_namespaces=15000; Debian also "
    "kernel.unprivileged_userns_clone=1, Ubuntu also "
    "kernel.apparmor_restrict_unprivileged_userns=0), or run as root with build users; "
    "in a chroot there are none at all: enter it by pivot_root, as systemd-nspawn does"
)
BUILD_USERS_HINT = (
    f"groupadd --system {BUILD_USERS_GROUP}; for n in 1 2 3 4 5 6 7 8; do useradd --system "
    f"--gid {BUILD_USERS_GROUP} --groups {BUILD_USERS_GROUP} --no-create-home "
    "--home-dir /var/empty --shell /usr/sbin/nologin "
    f"{BUILD_USERS_GROUP}$n; done   (or run as an ordinary user)"
)

MACHINE_STORE_HINT = (
    "who builds in the machine's store follows the machine's nix.conf: give it `sandbox = true` "
    f"and `build-users-group = {BUILD_USERS_GROUP}` (a group with members) and start nix-daemon "
    "again; or use a store of your own: NOETHER_STORE=private"
)
NO_DAEMON_HINT = (
    "the machine's store is open to root and to nix-daemon alone: start that one, or use a store "
    "of your own: NOETHER_STORE=private"
)
SANDBOX_PATHS_HINT = (
    "the machine's nix.conf, or Nix as it was built, names this among `sandbox-paths`: set that "
    "there and start nix-daemon again, or use a store of your own: NOETHER_STORE=private"
)
OPEN_PARENT_HINT = (
    "this Nix has no store where others may write to a folder on the way: set NOETHER_HOME to a "
    "folder below your own home"
)
ROOM_HINT = "free some space on that disk; after that `noether store gc` can let more go"
TERMINALS_HINT = (
    "Nix needs pseudoterminals, as a chroot or a container without them lacks: "
    "mkdir -p /dev/pts; mount -t devpts -o newinstance,ptmxmode=0666 devpts /dev/pts; "
    "ln -sf pts/ptmx /dev/ptmx   (in a chroot there are no user namespaces either: enter it by "
    "pivot_root, as systemd-nspawn does)"
)


class NixExit(IntEnum):
    """The exit codes of nix-build and nix-store, as Nix 2.8.0 gives them."""

    OK = 0
    OTHER = 1
    BUILD_FAILED = 100
    TIMED_OUT = 101
    HASH_MISMATCH = 102
    NOT_DETERMINISTIC = 104


_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_FULL = re.compile(r"No space left on device|Disk quota exceeded|database or disk is full")
_NO_SANDBOX = re.compile(
    r"cloning builder process"
    r"|does not support the kernel namespaces"
    r"|cannot perform a sandboxed build"
    r"|(setting up|set up) a private mount namespace"
    r"|unable to start build process"
    r"|(mounting|unmounting|pivot_root|unsharing|bind mount)\b.*: Operation not permitted"
    r"|unable to make '/' private"  # in a chroot, as root
    r"|user namespaces? (is|are) (not enabled|disabled)"
)
_NO_TERMINALS = re.compile(r"opening pseudoterminal (master|slave)")
_NO_USERS = re.compile(r"build-users-group|build users group")
_UNWRITABLE = re.compile(
    r"(creating|opening|cannot open|could not set permissions|unable to open).*"
    r"(Permission denied|Read-only file system|Operation not permitted|No such file|"
    r"Not a directory)"
    r"|is a symlink; this is not allowed for the Nix store"
)
# 2.30 and later build below the store's own folder, and nobody else may reach into it.
# Ours is empty; this is what the machine's own configuration wants to show to every build.
_SANDBOX_PATHS = re.compile(r"getting (attributes|status) of( path)? '?\"?/(?!nix/store/)")
_NO_DAEMON = re.compile(r"cannot connect to (socket|daemon)|cannot open connection to remote store")
_OPEN_PARENT = re.compile(r"is world-writable or a symlink")
_ALTERED = (
    b"was modified",
    b"is not valid",
    b"disappeared",
    b"getting status of",
    b"does not exist",
)
_BUILDER_ALONE = re.compile(r"failed to produce output path|of log output")
# Where a daemon builds nix-build ends with 1, and with 100 where it builds itself. The first form
# is that of 2.8.0, the second, in two lines, that of 2.34.8.
_BUILDER_FAILED = re.compile(
    r"^error: (builder for '[^'\n]*'|Cannot build '[^'\n]*'\.\nReason: builder) failed "
    r"(with exit code|due to signal)",
    re.MULTILINE,
)


def is_builder_failure(stderr_tail: bytes) -> bool:
    """Whether exit code 1 came from the builder, as when it ends well but leaves no output."""
    text = "\n".join(_lines(stderr_tail))
    return bool(_BUILDER_FAILED.search(text)) or any(
        map(_BUILDER_ALONE.search, _error_lines(stderr_tail))
    )


def check_ended_well(end: Exit, what: str) -> Exit:
    """Give ``end`` back when it is a good one.

    Raises:
        RunInterruptedError: another thread ended it.
        NoetherError: it is not; see :func:`to_error`.
    """
    if end.stopped is Stop.CANCELLED:
        raise RunInterruptedError(f"{what}: stopped")
    if not end.ok:
        raise to_error(what, end.stderr_tail)
    return end


def says_altered(stderr_tail: bytes) -> bool:
    """Whether a path's bytes are not those that were added, or are there no longer."""
    return any(words in stderr_tail for words in _ALTERED)


def to_error(what: str, stderr_tail: bytes) -> NoetherError:
    """The error of ours for a Nix process that failed for no fault of a builder.

    Args:
        what: what was asked of Nix, as in ``adding value.json``.
        stderr_tail: the end of what it said.
    """
    lines = _error_lines(stderr_tail)
    said = lines[0].removeprefix("error: ") if lines else "it said nothing"
    text = "\n".join(lines)
    if _FULL.search(text):
        return StoreFullError(f"{what}: {said}", hint=ROOM_HINT)
    if _NO_USERS.search(text):
        return SandboxUnavailableError(f"{what}: {said}", hint=BUILD_USERS_HINT)
    # Before the others: the words after it would be taken for those of an unwritable folder.
    if _NO_TERMINALS.search(text):
        return SandboxUnavailableError(f"{what}: {said}", hint=TERMINALS_HINT)
    if _NO_SANDBOX.search(text):
        return SandboxUnavailableError(f"{what}: {said}", hint=USER_NAMESPACES_HINT)
    if _NO_DAEMON.search(said):
        return StoreUnwritableError(f"{what}: {said}", hint=NO_DAEMON_HINT)
    if _SANDBOX_PATHS.search(said):
        return SandboxUnavailableError(f"{what}: {said}", hint=SANDBOX_PATHS_HINT)
    if _OPEN_PARENT.search(said):
        return StoreUnwritableError(f"{what}: {said}", hint=OPEN_PARENT_HINT)
    if _UNWRITABLE.search(said):
        return StoreUnwritableError(
            f"{what}: {said}", hint="make the folder writable, or set NOETHER_HOME to another"
        )
    return EvaluationFailedError(
        f"{what}: {said}", hint="report it, with what noether version prints"
    )


def _error_lines(stderr_tail: bytes) -> list[str]:
    """The lines in which Nix speaks of an error; what a builder prints is not looked at."""
    return [line for line in _lines(stderr_tail) if line.startswith("error: ")]


def _lines(stderr_tail: bytes) -> list[str]:
    text = _COLOURS.sub("", stderr_tail.decode("utf-8", errors="replace"))
    return [line.strip() for line in text.splitlines()]
