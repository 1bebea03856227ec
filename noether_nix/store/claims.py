"""Claims: who computes what just now, so that nobody else does at the same time.

A claim is a lock that the kernel holds: one byte of a file, at a place that a name was hashed
to. It goes with the process that took it, however that ends, so there are no stale ones and
nothing has to be cleaned up. Locks belong to the open file (``F_OFD_SETLK``), so two runs in
threads of one process exclude one another like two processes do.

The kernel keeps the locks of a file in a list, and looks through it each time: 100,000 in sixteen
files cost 40 s, in 128 files 4 s. Neighbours are one lock for it, so names that differ only in a
place at their end are bytes side by side: 100,000 of these cost 0.4 s. A run with nothing to
compute takes none.
"""

import errno
import fcntl
import os
import struct
from collections.abc import Iterable
from pathlib import Path

from noether_nix.database.disk import make_private_folder, writing

# linux/fcntl.h; Python has the name only where it was built with it.
_F_OFD_SETLK = 37
# struct flock: type, whence, start, length, process (which must be 0).
_FLOCK = struct.Struct("@hhqqi4x")
_FILES = 128
_NO_MORE_FILES = frozenset({errno.EMFILE, errno.ENFILE})
_HELD_BY_ANOTHER = frozenset({errno.EAGAIN, errno.EACCES})


class Claims:
    """The claims of one run; names are 64 hex digits, and ``+`` and a number if they are in a row.

    Attributes:
        fault: why no claims can be had in this folder; empty as long as they can. Without them
            everything may be claimed: runs at the same time then compute the same.
    """

    __slots__ = ("_files", "_folder", "_held", "fault")

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[int, int] = {}
        self._held: set[str] = set()
        self.fault = ""

    def claim(self, names: Iterable[str]) -> bool:
        """Claim all of ``names``, or none of them; says whether they are ours now.

        Never waits. What is ours already stays ours.

        Raises:
            StoreFullError: there is no room for the files.
            StoreUnwritableError: the folder cannot be written.
        """
        taken: list[str] = []
        for name in names:
            if name in self._held:
                continue
            if not self._lock(name, fcntl.F_WRLCK):
                self.release(taken)
                return False
            self._held.add(name)
            taken.append(name)
        return True

    def release(self, names: Iterable[str]) -> None:
        """Let go of those of ``names`` that are ours."""
        for name in names:
            if name in self._held:
                self._held.discard(name)
                self._lock(name, fcntl.F_UNLCK)

    def close(self) -> None:
        """Let go of all of them."""
        self._held.clear()
        while self._files:
            os.close(self._files.popitem()[1])

    def _lock(self, name: str, kind: int) -> bool:
        if self.fault:
            return True
        number, place = int(name[:16], 16), int(name[65:] or 0)
        request = _FLOCK.pack(kind, os.SEEK_SET, number // _FILES + place, 1, 0)
        file = self._file(number % _FILES)
        try:
            if file is not None:
                fcntl.fcntl(file, _F_OFD_SETLK, request)
        except OSError as error:
            if error.errno in _HELD_BY_ANOTHER:
                return False
            # Some network file systems have no such locks, nor has a kernel short of memory.
            self.fault = error.strerror or str(error)
        return True

    def _file(self, number: int) -> int | None:
        """A file to lock; None when this process may open no more, which is a fault."""
        if number not in self._files:
            if not self._files:
                make_private_folder(self._folder)
            with writing(self._folder):
                path = self._folder / f"{number:02x}"
                flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
                try:
                    self._files[number] = os.open(path, flags, 0o600)
                except OSError as error:
                    if error.errno not in _NO_MORE_FILES:
                        raise
                    self.fault = os.strerror(error.errno)
                    return None
        return self._files[number]
