"""Reading files that others named or may have replaced: regular ones, and nothing else.

What is at a path is looked at before it is opened: opening a pipe waits for a writer, and opening
a device may do something (a tape is wound back, a watchdog is armed).
"""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from noether_nix.errors import FileUnreadableError

PlaceCheck = Callable[[Path], None]
"""Is given where a file really lies, all links followed; raises what refuses it."""

_LONGEST_IN_MESSAGE = 400


def read_beginning(path: Path, most: int, check_place: PlaceCheck | None = None) -> bytes:
    """The first ``most`` bytes of a regular file.

    Raises:
        FileUnreadableError: there is none, it is no regular file, or it cannot be read.
    """
    with _opened(path, check_place) as file:
        # Some files of /proc have nothing to give just now, which comes as None.
        return file.read(most) or b""


def read_regular_file(path: Path, *, most: int | None = None) -> bytes | None:
    """What is in a file; None where there is none, no regular one, or more than ``most`` bytes."""
    try:
        with _opened(path, None) as file:
            if most is None:
                return file.read()
            if os.fstat(file.fileno()).st_size > most:
                return None
            data = file.read(most + 1) or b""
            return data if len(data) <= most else None
    except FileUnreadableError:
        return None


def real_folder(path: Path) -> Path:
    """Where a folder really lies, said as a :data:`PlaceCheck` is told it of a file.

    Raises:
        FileUnreadableError: there is none.
    """
    try:
        with _seen(path) as descriptor:
            return _itself(descriptor).readlink()
    except OSError as error:
        raise FileUnreadableError(f"{path_in_message(path)}: {error.strerror}") from error
    except ValueError as error:
        raise FileUnreadableError(
            f"{path_in_message(path)} is no name of a folder: {error}"
        ) from error


def path_in_message(path: Path | str) -> str:
    """The path on one line of bounded length: who wrote it could else make up lines of ours."""
    text = place_in_words(path)
    line = "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )
    half = _LONGEST_IN_MESSAGE // 2
    return line if len(line) <= _LONGEST_IN_MESSAGE else f"{line[:half]}…{line[-half:]}"


def place_in_words(path: Path | str) -> str:
    """The path as a text that can be printed, also where its bytes are no UTF-8."""
    try:
        return os.fsencode(path).decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # no file can be called so
        return str(path).encode("utf-8", "backslashreplace").decode()


@contextmanager
def _opened(path: Path, check_place: PlaceCheck | None) -> Iterator[BinaryIO]:
    """The file at a path, translating what goes wrong while it is open."""
    place = path_in_message(path)
    try:
        with _seen(path) as descriptor:
            _refuse_others(descriptor, place)
            itself = _itself(descriptor)
            if check_place is not None:
                check_place(itself.readlink())
            # What was looked at is opened, whatever the path may lead to by now.
            flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
            with os.fdopen(os.open(itself, flags), "rb") as file:
                yield file
    except FileNotFoundError as error:
        raise FileUnreadableError(f"{place} does not exist") from error
    except OSError as error:
        raise FileUnreadableError(f"{place} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise FileUnreadableError(f"{place} is no name of a file: {error}") from error


@contextmanager
def _seen(path: Path) -> Iterator[int]:
    """A descriptor that says what is at a path, without opening it."""
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _refuse_others(descriptor: int, place: str) -> None:
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISDIR(mode):
        raise FileUnreadableError(f"{place} is a folder, not a file")
    if not stat.S_ISREG(mode):
        raise FileUnreadableError(f"{place} is no regular file")


def _itself(descriptor: int) -> Path:
    return Path(f"/proc/self/fd/{descriptor}")
