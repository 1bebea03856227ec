"""Where what calls print goes when it is too much to be held: one file without a name."""

import os
from typing import BinaryIO


class Spill:
    """A file that nobody else can open; parts of all calls follow one another in it.

    Args:
        folder: a folder of the build's own, in which calls may be able to write too.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._file: int | None = None
        self._size = 0
        self._parts: dict[int, list[tuple[int, int]]] = {}

    def open(self) -> None:
        """Make the file; before any call runs that might see its name for a moment."""
        name = f"{self._folder}/.noether-log"
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self._file = os.open(name, flags, 0o600)
        os.unlink(name)  # noqa: PTH108

    def add(self, call: int, data: bytes) -> None:
        """Add to what a call has printed."""
        if self._file is None:
            self.open()
        view = memoryview(data)
        while view:
            view = view[os.write(self._file or 0, view) :]
        self._parts.setdefault(call, []).append((self._size, len(data)))
        self._size += len(data)

    def forget(self, call: int) -> None:
        """Drop what a call has printed: it is made once more."""
        self._parts.pop(call, None)

    def copy(self, call: int, file: BinaryIO) -> None:
        """Write all that a call has printed to ``file``."""
        for place, size in self._parts.get(call, ()):
            while size:
                part = os.pread(self._file or 0, min(size, 1 << 20), place)
                if not part:
                    raise OSError(0, "the spilt log is cut short")
                file.write(part)
                place, size = place + len(part), size - len(part)  # noqa: PLW2901
