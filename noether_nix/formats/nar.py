"""Nix archives, written and hashed as a stream: the one byte form of a tree of files.

The reader is :mod:`noether_nix.formats.nar_reader`.
"""

import hashlib
import os
import stat
from pathlib import Path
from typing import Protocol

from noether_nix.errors import FileUnreadableError, FormatError
from noether_nix.formats.digest import Digest
from noether_nix.formats.nar_tree import (
    Directory,
    RegularFile,
    SymbolicLink,
    Tree,
    check_depth,
    check_entry_name,
    check_target,
)

MAGIC = b"nix-archive-1"

_CHUNK_BYTES = 1 << 18


class Sink(Protocol):
    """Whatever takes bytes one after another: a file, a pipe, a hash."""

    def write(self, data: bytes, /) -> object:
        """Take ``data``."""


class HashingSink:
    """Counts and hashes what is written to it, and hands it on if there is somewhere to go."""

    def __init__(self, onward: Sink | None = None) -> None:
        self._hash = hashlib.sha256()
        self._onward = onward
        self.size_bytes = 0

    def write(self, data: bytes, /) -> None:
        """Take ``data``."""
        self._hash.update(data)
        self.size_bytes += len(data)
        if self._onward is not None:
            self._onward.write(data)

    @property
    def digest(self) -> Digest:
        """The SHA-256 of what was written so far."""
        return Digest("sha256", self._hash.digest())


def write_nar(source: Path | Tree, sink: Sink) -> None:
    """Write the archive of a path or of a tree in memory, never holding a whole file on disk.

    Raises:
        FormatError: the tree holds what an archive cannot: a socket, a file that changes while it
            is read, an impossible name, too many folders in one another.
        FileUnreadableError: something cannot be read.
    """
    sink.write(_token(MAGIC))
    if isinstance(source, Path):
        try:
            _write_path(os.fsencode(source), sink, 0)
        except OSError as error:
            raise FileUnreadableError(f"{error.filename or source}: {error.strerror}") from error
    else:
        _write_tree(source, sink, 0)


def nar_hash_of_path(path: Path) -> tuple[Digest, int]:
    """The SHA-256 and the size in bytes of the archive of ``path``.

    Raises:
        FormatError: see :func:`write_nar`.
        FileUnreadableError: something cannot be read.
    """
    return _hash(path)


def nar_hash_of_tree(tree: Tree) -> tuple[Digest, int]:
    """The SHA-256 and the size in bytes of the archive of ``tree``.

    Raises:
        FormatError: see :func:`write_nar`.
    """
    return _hash(tree)


def _hash(source: Path | Tree) -> tuple[Digest, int]:
    sink = HashingSink()
    write_nar(source, sink)
    return sink.digest, sink.size_bytes


def _token(data: bytes) -> bytes:
    return len(data).to_bytes(8, "little") + data + bytes(-len(data) % 8)


def _tokens(*texts: bytes) -> bytes:
    return b"".join(map(_token, texts))


_REGULAR = _tokens(b"(", b"type", b"regular", b"contents")
_EXECUTABLE = _tokens(b"(", b"type", b"regular", b"executable", b"", b"contents")
_SYMLINK = _tokens(b"(", b"type", b"symlink", b"target")
_DIRECTORY = _tokens(b"(", b"type", b"directory")
_ENTRY = _tokens(b"entry", b"(", b"name")
_NODE = _token(b"node")
_END = _token(b")")


def _write_path(path: bytes, sink: Sink, depth: int) -> None:
    status = os.lstat(path)
    if stat.S_ISREG(status.st_mode):
        _write_file(path, sink)
    elif stat.S_ISLNK(status.st_mode):
        target = os.readlink(path)  # noqa: PTH115 - bytes, which pathlib has not
        sink.write(_SYMLINK + _token(check_target(target)) + _END)
    elif stat.S_ISDIR(status.st_mode):
        check_depth(depth)
        sink.write(_DIRECTORY)
        for name in sorted(os.listdir(path)):  # noqa: PTH208 - bytes, which pathlib has not
            sink.write(_ENTRY + _token(check_entry_name(name)) + _NODE)
            _write_path(path + b"/" + name, sink, depth + 1)
            sink.write(_END)
        sink.write(_END)
    else:
        raise FormatError(f"{os.fsdecode(path)!r} is no file, folder or link: no archive holds it")


def _write_file(path: bytes, sink: Sink) -> None:
    # Opened without following a link, and judged by what was opened: the file may have been
    # replaced since it was listed.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123 - a descriptor
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise FormatError(f"{os.fsdecode(path)!r} changed while it was read")
        left = status.st_size
        sink.write(_EXECUTABLE if status.st_mode & stat.S_IXUSR else _REGULAR)
        sink.write(left.to_bytes(8, "little"))
        while chunk := file.read(min(left, _CHUNK_BYTES)):
            sink.write(chunk)
            left -= len(chunk)
        if left or file.read(1):
            raise FormatError(f"{os.fsdecode(path)!r} changed while it was read")
        sink.write(bytes(-status.st_size % 8) + _END)


def _write_tree(tree: Tree, sink: Sink, depth: int) -> None:
    match tree:
        case RegularFile(contents, executable):
            sink.write(_EXECUTABLE if executable else _REGULAR)
            sink.write(_token(contents) + _END)
        case SymbolicLink(target):
            sink.write(_SYMLINK + _token(check_target(_bytes(target))) + _END)
        case Directory(entries):
            check_depth(depth)
            sink.write(_DIRECTORY)
            for name, child in sorted((_bytes(name), child) for name, child in entries.items()):
                sink.write(_ENTRY + _token(check_entry_name(name)) + _NODE)
                _write_tree(child, sink, depth + 1)
                sink.write(_END)
            sink.write(_END)


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise FormatError(f"{text!a} is no name of a file") from error
