"""Databases on disks that are full or cannot be written: reading them, and making room.

A little room is set aside beside the database, as Nix does beside its own: without it nothing
could be deleted from a disk that is really full, as that has to be written down.
"""

import os
from contextlib import suppress
from pathlib import Path

from noether_nix.database.connection import Access, Database
from noether_nix.database.disk import writing
from noether_nix.database.translation import busy
from noether_nix.errors import StoreError, StoreFullError, StoreUnwritableError

_RESERVE_BYTES = 2 << 20
_COPY_TRIES = 5


def open_anyway(path: Path) -> Database:
    """Open a database as well as can be; what cannot be written fails when it is written.

    Raises:
        StoreError: it cannot even be read.
    """
    try:
        return Database.open(path)
    except StoreFullError:
        return Database.open(path, access=Access.ALONE)
    except StoreUnwritableError:
        with suppress(StoreError):
            return Database.open(path, access=Access.READ_ONLY)
        if not _log(path).exists():
            raise
        return read_left_behind(path)


def read_left_behind(path: Path) -> Database:
    """Read what a killed process has left: its log can be read only where it can be written.

    The copy has no name any more when this returns, and is gone when it is closed.

    Raises:
        DatabaseBusyError: somebody who may write there does so all the time.
        StoreFullError: there is no room for a copy in the folder for temporary files.
        StoreError: it cannot be read.
    """
    import tempfile  # nobody else who opens a database needs these

    place = Path(tempfile.gettempdir())
    with writing(place), tempfile.TemporaryDirectory(prefix="noether-read-") as folder:
        copy = Path(folder, path.name)
        _copy_settled(path, copy)
        database = Database.open(copy, access=Access.READ_ONLY)
        database.path = path
        return database


def _copy_settled(path: Path, copy: Path) -> None:
    """Copy a database and its log as they were at one moment."""
    import shutil

    for _ in range(_COPY_TRIES):
        before = _state(path)
        shutil.copyfile(path, copy)
        shutil.copyfile(_log(path), _log(copy))
        if _state(path) == before:
            return
    raise busy(path)


def _state(path: Path) -> tuple[tuple[int, int], ...]:
    found = (path.stat(), _log(path).stat())
    return tuple((one.st_size, one.st_mtime_ns) for one in found)


def _log(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def set_reserve_aside(database: Path) -> None:
    """Set some room aside for :func:`give_reserve`; where there is none, none is."""
    path = _reserve(database)
    with suppress(StoreError, FileExistsError), writing(path):
        if path.exists():
            return
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, _RESERVE_BYTES)
        except OSError:
            path.unlink()
            raise
        finally:
            os.close(descriptor)


def give_reserve(database: Path) -> bool:
    """Give up the room that was set aside; says whether there was some."""
    with suppress(OSError):
        _reserve(database).unlink()
        return True
    return False


def _reserve(database: Path) -> Path:
    return database.with_name(f"{database.name}-reserve")
