"""What calls without namespaces share, and how it is kept from being a way between them.

They are one user in one place, so they run one at a time, and whatever one could have left is
gone before the next begins: files, and everything about the folders that hold them.
"""

import contextlib
import errno
import os
import signal
import stat
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from noether_nix.inside import usage

# As on the file system of a call that has one of its own.
_MOST_FILES = 16384
_MOST_DEEP = 200
# What is open: its status, and where the kernel tells more of it.
_Opened: TypeAlias = tuple[os.stat_result, str]
# Errors that come of what we ourselves lack, not of what lies there.
_OURS = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)


class UnemptiedError(Exception):
    """A folder that calls share cannot be emptied."""


class SharedPlace:
    """The folders that calls take turns in, and the processes that they may leave.

    Args:
        folders: where a call may write.
        emptied: how many of them are the build's own; what is the machine's is left alone.
        bounded: whether seccomp keeps calls from making processes.
    """

    def __init__(self, folders: Sequence[str], *, emptied: int, bounded: bool) -> None:
        self._folders = folders
        self._emptied = folders[:emptied]
        self._bounded = bounded
        self._modes = {name: stat.S_IMODE(os.stat(name).st_mode) for name in self._emptied}  # noqa: PTH116

    def make_ready(self) -> None:
        """Empty the folders; before every call.

        Raises:
            UnemptiedError: something in them cannot be removed.
        """
        for name in self._emptied:
            try:
                _empty(name, self._modes[name])
            except OSError as error:
                raise UnemptiedError(f"{name} cannot be emptied: {error}") from error

    def scratch_bytes(self, pid: int) -> int:
        """What lies in the folders, or is open and has no name; more than all when unbounded."""
        try:
            used, files = 0, 0
            for name in self._emptied:
                for status in _walk_opened(name, 0):
                    used += status.st_blocks << 9
                    files += 1
            for process in self.processes(pid):
                used += self._nameless_bytes(process)
        except OSError as error:
            if error.errno in _OURS:
                raise
            return 1 << 62
        return used if files <= _MOST_FILES else 1 << 62

    def _nameless_bytes(self, pid: int) -> int:
        mapped = set(_mapped_nameless(pid, self._emptied))
        opened = list(_opened(pid))  # afterwards: what is mapped by the usual means is open too
        files = {
            (status.st_dev, status.st_ino): status
            for status, _ in opened
            if stat.S_ISREG(status.st_mode)
        }
        lost = mapped - {inode for _, inode in files}
        # One that is mapped and not open has no size that could be asked for. Python keeps open
        # what it maps, and so does SQLite; what is still mapped was so all the while.
        if lost and lost & set(_mapped_nameless(pid, self._emptied)):
            return 1 << 62
        # Nor has one on its way through a socket. Who sends one to himself takes it at once.
        if _has_sent(opened) and _has_sent(_opened(pid)):
            return 1 << 62
        return sum(file.st_blocks << 9 for file in files.values() if file.st_nlink == 0)

    def processes(self, pid: int) -> list[int]:
        """The call and what it has started, as far as that can be told."""
        if self._bounded or os.getpid() != 1:
            return [pid]
        return [int(name) for name in os.listdir("/proc") if name.isdigit() and name != "1"]  # noqa: PTH208

    def end_all(self) -> None:
        """End every process but this one; whatever a call has left runs no more."""
        if self._bounded or os.getpid() != 1:
            return
        # All at once: a process that is being ended makes no more children.
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while True:
                os.wait()


# ------------------------------------------------------------------------------ folders


def _empty(folder: str, mode: int) -> None:
    ours = os.stat(folder).st_uid == os.geteuid()  # noqa: PTH116
    if ours:
        os.chmod(folder, mode)  # noqa: PTH101
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        while names := os.listdir(place):  # noqa: PTH208
            for name in names:
                if not _unlink(name, place):
                    _dissolve(name, place)
        if ours:
            for attribute in os.listxattr(place):
                os.removexattr(place, attribute)
            os.utime(place)
        else:
            # Its times tell of the last change, which from now on is this one.
            os.mkdir(".noether-was-here", dir_fd=place)
            os.rmdir(".noether-was-here", dir_fd=place)
    finally:
        os.close(place)


def _unlink(name: str, place: int) -> bool:
    """Remove what is no folder; whether it was none."""
    try:
        os.unlink(name, dir_fd=place)
    except IsADirectoryError:
        return False
    return True


def _dissolve(name: str, place: int) -> None:
    """Move the folders in a folder up beside it, and remove it: no depth is too deep."""
    os.chmod(name, 0o700, dir_fd=place)
    within = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=place)
    try:
        for inner in os.listdir(within):  # noqa: PTH208
            if not _unlink(inner, within):
                os.chmod(inner, 0o700, dir_fd=within)
                target = os.urandom(16).hex()
                os.rename(inner, target, src_dir_fd=within, dst_dir_fd=place)
    finally:
        os.close(within)
    os.rmdir(name, dir_fd=place)


def _walk(folder: str, depth: int) -> Iterator[os.stat_result]:
    """What lies below a folder, while somebody is at work in it.

    Raises:
        OSError: it is nested deeper than anybody needs, or keeps us out.
    """
    if depth > _MOST_DEEP:
        raise OSError(0, "nested too deeply")
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):
                yield entry.stat(follow_symlinks=False)
                if entry.is_dir(follow_symlinks=False):
                    yield from _walk_opened(entry.path, depth + 1)


def _walk_opened(folder: str, depth: int) -> Iterator[os.stat_result]:
    """As :func:`_walk`, also into a folder that its owner has closed for a while."""
    mode = stat.S_IMODE(os.lstat(folder).st_mode)
    if mode & 0o500 == 0o500:
        yield from _walk(folder, depth)
        return
    os.chmod(folder, mode | 0o500)  # noqa: PTH101
    try:
        yield from _walk(folder, depth)
    finally:
        os.chmod(folder, mode)  # noqa: PTH101


def _opened(pid: int) -> Iterator[_Opened]:
    """What the threads of a process have open.

    Raises:
        OSError: it keeps us out.
    """
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        # A thread can have descriptors of its own.
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208
            yield from _opened_by(f"/proc/{pid}/task/{thread}")


def _opened_by(thread: str) -> Iterator[_Opened]:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError), _unless_hiding(thread):
        for name in os.listdir(f"{thread}/fd"):  # noqa: PTH208
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                yield os.stat(f"{thread}/fd/{name}"), f"{thread}/fdinfo/{name}"  # noqa: PTH116


def _has_sent(opened: Iterable[_Opened]) -> bool:
    """Whether files are on their way through sockets among these, sent and not yet taken."""
    for status, place in opened:
        if stat.S_ISSOCK(status.st_mode):
            with (
                contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError),
                open(place, "rb") as file,  # noqa: PTH123
            ):
                if any(line.startswith(b"scm_fds:") and int(line[8:]) for line in file):
                    return True
    return False


@contextlib.contextmanager
def _unless_hiding(thread: str) -> Iterator[None]:
    """Let pass that a thread cannot be looked into because it ends, but not that it hides."""
    try:
        yield
    except PermissionError:
        if not usage.is_ending(thread):
            raise


def _mapped_nameless(pid: int, folders: Sequence[str]) -> Iterator[int]:
    """The inodes of files that a process has mapped and that lay in ``folders`` when named."""
    within = tuple(f"{folder}/".encode() for folder in folders)
    with (
        contextlib.suppress(FileNotFoundError, ProcessLookupError),
        _unless_hiding(f"/proc/{pid}"),
        open(f"/proc/{pid}/maps", "rb") as file,  # noqa: PTH123
    ):
        for line in file:
            fields = line.rstrip(b"\n").split(None, 5)
            # A line feed in a name is written out, so a name is one line.
            if (
                len(fields) == 6
                and fields[5].startswith(within)
                and fields[5].endswith(b" (deleted)")
            ):
                yield int(fields[4])
