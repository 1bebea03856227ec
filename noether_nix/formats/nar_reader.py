"""Nix archives, read as a stream: unpacked or listed, and never believed.

An archive may come from anybody. Only the one canonical form is accepted: names that stay in
their folder, sorted, no name twice, padding of zeros. So nothing is ever written through a link
that the archive itself has made, and no two archives unpack to the same tree.
"""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from noether_nix.errors import FormatError, StoreFullError, StoreUnwritableError
from noether_nix.formats.nar import MAGIC
from noether_nix.formats.nar_tree import (
    MAXIMUM_NAME_BYTES,
    MAXIMUM_TARGET_BYTES,
    check_depth,
    check_entry_name,
    check_target,
)
from noether_nix.frozen import dataclass

_CHUNK_BYTES = 1 << 18


class Source(Protocol):
    """Whatever gives bytes one after another: a file, a pipe, a decompressor."""

    def read(self, size: int, /) -> bytes:
        """Give at most ``size`` bytes, and none only at the end."""


@dataclass(frozen=True, slots=True)
class NarEntry:
    """One thing in an archive.

    Attributes:
        path: where it is below the root, whose path is empty; ``/`` between names.
        size_bytes: of a file's contents, otherwise 0.
        target: of a symbolic link, otherwise empty.
    """

    path: str
    kind: Literal["directory", "regular", "symlink"]
    size_bytes: int = 0
    executable: bool = False
    target: str = ""


_Event: TypeAlias = NarEntry | bytes


def list_nar(stream: Source) -> tuple[NarEntry, ...]:
    """Read an archive to its end and say what is in it, each folder before its contents.

    Raises:
        FormatError: the bytes are no archive, or one with names that lead astray.
    """
    return tuple(event for event in _events(stream) if isinstance(event, NarEntry))


def read_nar(stream: Source, target: Path) -> None:
    """Unpack an archive to ``target``, which must not exist; its folder must.

    Reads no further than the archive goes. What was written before an error stays.

    Raises:
        FormatError: the bytes are no archive, or one with names that lead astray.
        StoreFullError: there is no room.
        StoreUnwritableError: ``target`` exists already or cannot be written.
    """
    descriptor = -1
    try:
        for event in _events(stream):
            if isinstance(event, bytes):
                _write_all(descriptor, event)
                continue
            if descriptor >= 0:
                os.close(descriptor)
                descriptor = -1
            path = target / event.path if event.path else target
            match event.kind:
                case "directory":
                    path.mkdir(mode=0o755)
                case "symlink":
                    path.symlink_to(event.target)
                case "regular":
                    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
                    descriptor = os.open(path, flags, 0o755 if event.executable else 0o644)
    except OSError as error:
        kind = StoreFullError if error.errno in {errno.ENOSPC, errno.EDQUOT} else None
        raise (kind or StoreUnwritableError)(
            f"{error.filename or target}: {error.strerror}"
        ) from error
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


@dataclass(slots=True)
class _Folder:
    """A folder that is being read."""

    prefix: str
    last_name: bytes = b""


def _events(stream: Source) -> Iterator[_Event]:
    """Every entry, and after each file its contents in pieces."""
    reader = _Reader(stream)
    reader.expect(MAGIC)
    folders: list[_Folder] = []
    path = ""
    while True:
        reader.expect(b"(", b"type")
        match reader.word():
            case b"regular":
                yield from _regular(reader, path)
            case b"symlink":
                reader.expect(b"target")
                target = check_target(reader.token(MAXIMUM_TARGET_BYTES))
                yield NarEntry(path, "symlink", target=os.fsdecode(target))
                reader.expect(b")")
            case b"directory":
                yield NarEntry(path, "directory")
                folders.append(_Folder(path + "/" if path else ""))
                check_depth(len(folders) - 1)
                path = _next_path(reader, folders, closes_entry=False)
                if not path:
                    return
                continue
            case word:
                raise FormatError(f"not a Nix archive: {word!r} is no kind of file")
        path = _next_path(reader, folders, closes_entry=True)
        if not path:
            return


def _next_path(reader: "_Reader", folders: list[_Folder], *, closes_entry: bool) -> str:
    """Step over what ends here, and give the path of the next entry, or nothing at the end."""
    while folders:
        if closes_entry:
            reader.expect(b")")
        folder = folders[-1]
        match reader.word():
            case b"entry":
                reader.expect(b"(", b"name")
                name = check_entry_name(reader.token(MAXIMUM_NAME_BYTES))
                if name <= folder.last_name:
                    raise FormatError(
                        f"an archive holds {name!r} after {folder.last_name!r}: unsorted or twice"
                    )
                folder.last_name = name
                reader.expect(b"node")
                return folder.prefix + os.fsdecode(name)
            case b")":
                folders.pop()
                closes_entry = True
            case word:
                raise FormatError(f"not a Nix archive: {word!r} in a folder")
    return ""


def _regular(reader: "_Reader", path: str) -> Iterator[_Event]:
    word = reader.word()
    executable = word == b"executable"
    if executable:
        reader.expect(b"", b"contents")
    elif word != b"contents":
        raise FormatError(f"not a Nix archive: {word!r} in a file")
    left = size = reader.number()
    yield NarEntry(path, "regular", size_bytes=size, executable=executable)
    while left:
        chunk = reader.exactly(min(left, _CHUNK_BYTES))
        left -= len(chunk)
        yield chunk
    reader.padding(size)
    reader.expect(b")")


class _Reader:
    """Reads the counted and padded strings of which an archive consists."""

    __slots__ = ("_stream",)

    def __init__(self, stream: Source) -> None:
        self._stream = stream

    def exactly(self, size: int) -> bytes:
        """Read that many bytes, however small the pieces in which they come."""
        data = self._stream.read(size)
        if len(data) == size:
            return data
        pieces = [data]
        while data and (size := size - len(data)):
            data = self._stream.read(size)
            pieces.append(data)
        if size:
            raise FormatError("not a Nix archive: it ends too early")
        return b"".join(pieces)

    def number(self) -> int:
        """Read one number."""
        return int.from_bytes(self.exactly(8), "little")

    def padding(self, size: int) -> None:
        """Read what fills up ``size`` bytes to a multiple of eight."""
        if any(self.exactly(-size % 8)):
            raise FormatError("not a Nix archive: the padding is not zero")

    def token(self, maximum: int) -> bytes:
        """Read a string of at most that many bytes."""
        size = self.number()
        if size > maximum:
            raise FormatError(f"not a Nix archive: a text of {size} bytes, {maximum} are allowed")
        data = self.exactly(size)
        self.padding(size)
        return data

    def word(self) -> bytes:
        """Read one of the words of the format."""
        return self.token(16)

    def expect(self, *words: bytes) -> None:
        """Read these words."""
        for word in words:
            found = self.word()
            if found != word:
                raise FormatError(f"not a Nix archive: {word!r} is expected, not {found!r}")
