"""What a failed Nix process means: by its exit code first, by its own last words second.

Whatever a builder prints stands in Nix's standard error too, word for word, and Nix even says it
as its own when it comes as a message in Nix's form. So only what Nix says last is looked at: by
then the builder is gone. The texts are those of Nix 2.8.0 and 2.34.8, as they were recorded
(``tests/golden/transcripts``, written by ``scripts/record_transcripts.py``).
"""

import re
from enum import IntEnum
from pathlib import Path

from noether_nix.errors import (
    EvaluationFailedError,
    NoetherError,
    RunInterruptedError,
    SandboxUnavailableError,
    StoreFullError,
    StoreUnwritableError,
)
from noether_nix.frozen import dataclass
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
    f"{BUILD_USERS_GROUP}$n; done   (or run as an ordinary user, or with a private store)"
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
BROKEN_DISK_HINT = (
    "there is room, so look at the disk itself (dmesg), or set NOETHER_HOME to a folder on another"
)
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


# Compiled when they are looked for: that seldom happens, and all of them take some milliseconds.
_COLOURS = r"\x1b\[[0-9;]*m"
_FULL = r"No space left on device|Disk quota exceeded|database or disk is full"
# What SQLite says of a full disk where it makes the file for sharing; and of a broken disk.
_IO_ERROR = r"disk I/O error,? \(in '(.+)'\)"
# Statements of several lines, which Nix repeats before it says what was wrong with them.
_OF_THE_DATABASE = r"(executing|creating|setting|preparing|initialising) .*SQLite"
# Nix looks at the disk after a builder has failed, and then gives another exit code too.
_FULL_NOTE = "note: build failure may have been caused by lack of free disk space"
_NOT_STARTED = "unable to start build process"
_NO_SANDBOX = (
    r"(?m)cloning builder process"
    r"|does not support the kernel namespaces"
    r"|cannot perform a sandboxed build"
    r"|(setting up|set up) a private mount namespace"
    rf"|{_NOT_STARTED}"
    r"|(mounting|unmounting|pivot_root|unsharing|bind mount)\b.*: Operation not permitted"
    r"|unable to make '/' private"  # in a chroot, as root
    r"|^unshare: "  # ours, which shows build users
    r"|user namespaces? (is|are) (not enabled|disabled)"
)
_NO_TERMINALS = r"opening pseudoterminal (master|slave)"
# The others are how it shows when the builder was gone before Nix 2.8 looked after it.
_NO_FILTER = (
    rb"error: .*(seccomp|getting sandbox mount namespace|writing to file: Broken pipe)"
    rb"|startBuilder\(\): Assertion"
)
_NO_USERS = r"build-users-group|build users group"
_UNREACHABLE = r"cannot connect to (socket|daemon) at"
_NO_DAEMON = (
    rf"{_UNREACHABLE}|cannot open connection to remote store"
    r"|Nix daemon disconnected unexpectedly|unexpected end-of-file"
)
# While something is sent to it. Where no daemon is in between, this is something else.
_HUNG_UP = r"(write of \d+ bytes|writing to file|reading from file): (Broken pipe|Connection reset)"
_UNWRITABLE = (
    r"(creating|opening|cannot open|could not set permissions|unable to open|getting status of).*"
    r"(Permission denied|Read-only file system|Operation not permitted|No such file|"
    r"Not a directory)"
    r"|remounting .* writable"
    r"|is a symlink; this is not allowed for the Nix store"
)
# Ours is empty; this is what the machine's own configuration wants to show to every build.
_SANDBOX_PATHS = r"getting (attributes|status) of( path)? '?\"?/(?!nix/store/)"
# 2.30 and later build below the store's own folder, and nobody else may reach into it.
_OPEN_PARENT = r"is world-writable or a symlink"
_ALTERED = (
    b"was modified",
    b"is not valid",
    b"disappeared",
    b"getting status of",
    b"does not exist",
)
_BUILDER_ALONE = (
    r"builder for '/nix/store/[^']*' failed to produce output path"
    r"|building (of|derivation) '/nix/store/[^']*'.* killed after writing more than .* of log"
)
# Before it has said a word, while Nix still sets up its sandbox: it was killed by somebody.
_BUILDER_GONE = (
    r"reading a line: Input/output error|unexpected EOF reading a line"
    r"|getting sandbox mount namespace: No such file or directory"
    r"|opening file ['\"]/proc/\d+/uid_map['\"]: (Permission denied|No such file or directory)"
)
# Where a daemon builds nix-build ends with 1, and with 100 where it builds itself. The first form
# is that of 2.8.0, the second, in two lines, that of 2.34.8.
_BUILDER_FAILED = (
    r"(builder for '[^'\n]*'|Cannot build '[^'\n]*'\.\nReason: builder) failed "
    r"(with exit code|due to signal)"
)


@dataclass(frozen=True, slots=True)
class LastWords:
    """What Nix said last: ``said`` is the line that counts, ``more`` what stands below it."""

    said: str
    more: tuple[str, ...] = ()

    @property
    def is_builder_failure(self) -> bool:
        """Whether exit code 1 came from the builder, as when it ends well but leaves no output."""
        if _FULL_NOTE in self.more:
            return False
        told = "\n".join((self.said, *self.more[:1]))
        return any(
            re.match(form, told) for form in (_BUILDER_ALONE, _BUILDER_FAILED, _BUILDER_GONE)
        )

    @property
    def is_full(self) -> bool:
        """Whether there was no room."""
        return _FULL_NOTE in self.more or any(re.search(_FULL, text) for text in self._texts)

    @property
    def unreadable(self) -> Path | None:
        """The database that could not be read or written, for whatever reason."""
        found = next(filter(None, (re.search(_IO_ERROR, text) for text in self._texts)), None)
        return None if found is None else Path(found[1])

    @property
    def _texts(self) -> tuple[str, ...]:
        """The lines that belong to the message itself."""
        return (self.said, *(self.more if re.match(_OF_THE_DATABASE, self.said) else ()))


def last_words(stderr_tail: bytes) -> LastWords:
    """Find them: from the last line on that begins with ``error:``.

    Nix indents every line of a message but the first, and quotes what a builder printed behind
    ``>``. What else a builder wrote, whatever it looks like, stands before it. Lines end with line
    feeds alone: whatever else ends a line for Python may stand in a name.
    """
    text = re.sub(_COLOURS, "", stderr_tail.decode("utf-8", errors="replace"))
    lines = text.rstrip().split("\n")
    begins = [number for number, line in enumerate(lines) if line.startswith("error:")]
    if not begins:
        return LastWords(lines[-1].strip() or "it said nothing")
    block = [line.strip() for line in lines[begins[-1] :]]
    # With the story of what it was doing, the message comes below, after the same word.
    start = 0
    if block[0] == "error:":
        start = next((n for n, line in enumerate(block) if line.startswith("error: ")), 0)
    said = block[start].removeprefix("error:").strip()
    if said == _NOT_STARTED and len(begins) > 1:
        # Why is said before, by another process. No builder has run that could have said it.
        said = f"{lines[begins[-2]].removeprefix('error:').strip()} ({said})"
    return LastWords(said, tuple(line for line in block[start + 1 :] if not line.startswith(">")))


def lacks_filter(stderr_tail: bytes) -> bool:
    """Whether Nix could not build because the kernel has no filters of system calls."""
    return re.search(_NO_FILTER, stderr_tail) is not None


def lacks_shown_path(end: Exit) -> bool:
    """Whether Nix could not build because a path that builds are shown is not on this machine."""
    return not end.ok and re.search(_SANDBOX_PATHS, last_words(end.stderr_tail).said) is not None


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


def says_daemon_gone(stderr_tail: bytes) -> bool:
    """Whether a daemon could not be reached, or hung up; only where there is one in between."""
    said = last_words(stderr_tail).said
    return any(re.match(form, said) for form in (_NO_DAEMON, _HUNG_UP))


def says_unreachable(stderr_tail: bytes) -> bool:
    """Whether there was no daemon to begin with: nothing was built, and nobody was asked to."""
    return re.match(_UNREACHABLE, last_words(stderr_tail).said) is not None


def to_error(what: str, stderr_tail: bytes) -> NoetherError:
    """The error of ours for a Nix process that failed for no fault of a builder.

    Args:
        what: what was asked of Nix, as in ``adding value.json``.
        stderr_tail: the end of what it said.
    """
    words = last_words(stderr_tail)
    said = words.said
    message = f"{what}: {said}"
    if re.search(_NO_USERS, said):
        return SandboxUnavailableError(message, hint=BUILD_USERS_HINT)
    # Before the others: the words after it would be taken for those of an unwritable folder.
    if re.search(_NO_TERMINALS, said):
        return SandboxUnavailableError(message, hint=TERMINALS_HINT)
    # Before the full disk: a limit on namespaces that is reached has the same words.
    if re.search(_NO_SANDBOX, said):
        return SandboxUnavailableError(message, hint=USER_NAMESPACES_HINT)
    if words.is_full:
        return StoreFullError(f"{what}: {_short(words)}", hint=ROOM_HINT)
    if words.unreadable is not None:
        return _of_io_error(message, words.unreadable)
    if re.match(_NO_DAEMON, said):
        return StoreUnwritableError(message, hint=NO_DAEMON_HINT)
    if re.search(_SANDBOX_PATHS, said):
        return SandboxUnavailableError(message, hint=SANDBOX_PATHS_HINT)
    if re.search(_OPEN_PARENT, said):
        return StoreUnwritableError(message, hint=OPEN_PARENT_HINT)
    if re.search(_UNWRITABLE, said):
        return StoreUnwritableError(
            message, hint="make the folder writable, or set NOETHER_HOME to another"
        )
    return EvaluationFailedError(message, hint="report it, with what noether version prints")


def _of_io_error(message: str, database: Path) -> NoetherError:
    from noether_nix.process.disk_room import is_full  # only here, as it takes some imports

    if is_full(database.parent):
        return StoreFullError(message, hint=ROOM_HINT)
    return StoreUnwritableError(message, hint=BROKEN_DISK_HINT)


def _short(words: LastWords) -> str:
    """What was said of a full disk, where a whole statement of the database may stand before it."""
    if _FULL_NOTE in words.more:
        return f"{words.said} ({_FULL_NOTE.removeprefix('note: ')})"
    found = re.search(_FULL, "\n".join((words.said, *words.more)))
    whole = re.search(_FULL, words.said)
    return words.said if whole or found is None else f"{words.said[:80]}…: {found.group()}"
