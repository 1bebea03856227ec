"""What SQLite says, in our words: the one table from its result codes to our errors."""

import sqlite3
from pathlib import Path

from noether_nix.database.disk import full_disk, unwritable
from noether_nix.errors import (
    DatabaseBusyError,
    DatabaseDamagedError,
    InternalError,
    NoetherError,
    StoreUnwritableError,
)

_DAMAGED = frozenset(
    {
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_FORMAT,
    }
)
_REFUSED = frozenset(
    {
        sqlite3.SQLITE_AUTH,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_NOLFS,
    }
)
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})
# SQLite says "full" for ENOSPC only; a quota or a limit on file sizes ends as one of these.
_WRITE_CUT_SHORT = frozenset(
    {
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_SHMSIZE,
    }
)
# The write-ahead log has its index in memory that processes share through a file.
_NOT_SHARED = frozenset({sqlite3.SQLITE_IOERR_SHMMAP, sqlite3.SQLITE_IOERR_SHMOPEN})
# Nobody inserts what may be there already without saying what then: an index forgot a row.
_CONTRADICTS_ITSELF = frozenset(
    {
        sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
        sqlite3.SQLITE_CONSTRAINT_ROWID,
        sqlite3.SQLITE_CONSTRAINT_UNIQUE,
    }
)
_READ_CUT_SHORT = frozenset(
    {
        sqlite3.SQLITE_IOERR_CORRUPTFS,
        sqlite3.SQLITE_IOERR_READ,
        sqlite3.SQLITE_IOERR_SHORT_READ,
    }
)


def as_ours(error: Exception, path: Path) -> NoetherError:
    """The error of ours that says what ``error`` of the database at ``path`` means."""
    extended: int = getattr(error, "sqlite_errorcode", 0)
    primary = extended & 0xFF
    if primary == sqlite3.SQLITE_FULL or extended in _WRITE_CUT_SHORT:
        return full_disk(path)
    if extended in _NOT_SHARED:
        return without_wal(path, str(error))
    if primary in _BUSY:
        return busy(path)
    if primary in _REFUSED or (primary == sqlite3.SQLITE_IOERR and extended not in _READ_CUT_SHORT):
        return unwritable(path, str(error))
    if (
        primary in _DAMAGED
        or extended in _READ_CUT_SHORT | _CONTRADICTS_ITSELF
        or _contradicts_its_version(error)
    ):
        return damaged(path, str(error))
    return InternalError(f"database {path}: {error}")


def busy(path: Path) -> DatabaseBusyError:
    """The error for a database that others did not let go of."""
    return DatabaseBusyError(
        f"the database {path} is locked by another process",
        hint="wait for the other command to end, or stop it, and try again",
    )


def without_wal(path: Path, reason: str) -> StoreUnwritableError:
    """The error for a folder in which processes cannot share memory through a file."""
    return StoreUnwritableError(
        f"{path} cannot be shared by processes, as a write-ahead log must be: {reason}",
        hint="set NOETHER_HOME to a folder on a disk of this machine: file systems of networks, "
        "of shared folders of virtual machines and some in user space have no shared memory",
    )


def damaged(path: Path, reason: str) -> DatabaseDamagedError:
    """The error for a database that must not be believed, for ``reason``."""
    return DatabaseDamagedError(
        f"the database {path} is damaged: {reason}",
        hint=f"move {path.name} and its -wal and -shm aside, nothing has been changed in them;"
        " a new one is made by the next command, and what it does not know runs again",
    )


def _contradicts_its_version(error: Exception) -> bool:
    # The tables are there when the version says so; a text column holds text.
    text = str(error)
    return isinstance(error, sqlite3.OperationalError) and text.startswith(
        (
            "no such table",
            "no such column",
            "Could not decode to UTF-8",
            "unsupported file format",
        )
    )
