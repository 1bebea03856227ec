"""One open database: transactions and queries, with SQLite's errors in our words.

Knows no table. The file is in WAL mode: readers and one writer do not wait for each other, and a
process that is killed loses its own transaction only.
"""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias, TypeVar

from noether_nix.database.disk import check_owner, make_private_folder, unwritable, writing
from noether_nix.database.migrations import Migration, is_up_to_date, migrate
from noether_nix.database.schema import MIGRATIONS
from noether_nix.database.translation import as_ours, damaged, without_wal
from noether_nix.errors import DatabaseDamagedError, InternalError

BUSY_SECONDS = 30.0

Value: TypeAlias = int | float | str | bytes | None
Values: TypeAlias = Sequence[Value]

T = TypeVar("T")


class Access(Enum):
    """How a database is opened."""

    SHARED = "read and written, with others who have it open"
    ALONE = "read and written by nobody else: so it needs no file for sharing, nor room for one"
    READ_ONLY = "read as it stands in a folder that cannot be written"


class Database:
    """The database in one file, open for the thread that opened it.

    Any number of these, in any number of processes, may be open on one file; each belongs to the
    thread that opened it. Made by :meth:`open`.
    """

    __slots__ = ("_connection", "path")

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self.path = path

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        busy_seconds: float = BUSY_SECONDS,
        migrations: Sequence[Migration] = MIGRATIONS,
        access: Access = Access.SHARED,
    ) -> Self:
        """Open the database at ``path``; make it, and the folder, where there is none.

        Args:
            path: the file.
            busy_seconds: how long to wait for a transaction of another process.
            migrations: what makes the tables.
            access: as others do it, or as is still possible on a disk that is full or read-only.

        Raises:
            DatabaseBusyError: another process did not let go of it in time.
            DatabaseDamagedError: the file is no database, a damaged one or another program's.
                It is left as it is.
            DatabaseTooNewError: a later version of this program has written it.
            StoreFullError: there is no room for it.
            StoreUnwritableError: the file or its folder cannot be written.
        """
        path = path.absolute()  # a relative `:memory:` would be no file at all
        read_only = access is Access.READ_ONLY
        if not read_only:
            _make_writable(path)
        try:
            connection = sqlite3.connect(
                _read_only_uri(path) if read_only else path,
                timeout=busy_seconds,
                isolation_level=None,
                uri=read_only,
            )
            if access is Access.ALONE:
                connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            elif read_only:
                connection.execute("PRAGMA query_only = ON")
        except sqlite3.Error as error:
            raise as_ours(error, path) from error
        try:
            _prepare(connection, path, migrations)
        except sqlite3.Error as error:
            connection.close()
            raise as_ours(error, path) from error
        except BaseException:
            connection.close()
            raise
        return cls(connection, path)

    def close(self) -> None:
        """Close it; a second time does nothing."""
        with self._translated():
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Database({str(self.path)!r})"

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do all of the block or nothing; other writers wait from the start of it.

        A transaction inside a transaction is a part of it that may fail alone.

        Raises:
            DatabaseBusyError: another process did not end its own in time.
        """
        if self._connection.in_transaction:
            begin, end, undo = "SAVEPOINT part", "RELEASE part", "ROLLBACK TO part; RELEASE part"
        else:
            begin, end, undo = "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"
        self.execute(begin)
        try:
            yield
            self.execute(end)
        except BaseException:
            # After some errors (a full disk) SQLite has undone it all by itself.
            with suppress(sqlite3.Error):
                for statement in undo.split("; "):
                    self._connection.execute(statement)
            raise

    def execute(self, statement: str, values: Values = ()) -> int:
        """Carry out one statement that gives no rows; says how many rows it changed."""
        with self._translated():
            return self._connection.execute(statement, values).rowcount

    def execute_many(self, statement: str, rows: Iterable[Values]) -> int:
        """Carry out one statement for every row of values; says how many rows it changed."""
        with self.transaction(), self._translated():
            return self._connection.executemany(statement, rows).rowcount

    def rows(self, make: Callable[..., T], query: str, values: Values = ()) -> list[T]:
        """What ``make`` makes of the columns of every row that the query finds."""
        with self._translated():
            found = self._connection.execute(query, values).fetchall()
        return [self._made(make, row) for row in found]

    def row(self, make: Callable[..., T], query: str, values: Values = ()) -> T | None:
        """What ``make`` makes of the first row that the query finds, if it finds one."""
        with self._translated():
            found = self._connection.execute(query, values).fetchone()
        return None if found is None else self._made(make, found)

    def find_damage(self) -> list[str]:
        """Read the whole file and say what is wrong with its structure; nothing is the rule."""
        try:
            found = self.rows(str, "PRAGMA integrity_check(20)")
        except DatabaseDamagedError as error:
            return [error.message]
        return [] if found == ["ok"] else found

    def damaged(self, reason: str) -> DatabaseDamagedError:
        """The error for a caller who finds that what is in here contradicts itself."""
        return damaged(self.path, reason)

    def shrink(self) -> None:
        """Give the room of deleted rows back to the disk."""
        with self._translated():
            # It frees one page a step, and `execute` makes one step where there are no columns.
            self._connection.executescript("PRAGMA incremental_vacuum")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _made(self, make: Callable[..., T], row: Sequence[Value]) -> T:
        try:
            return make(*row)
        except (ValueError, TypeError, RecursionError) as error:
            # SQLite keeps in a column whatever was put there, whatever the table says.
            raise self.damaged(f"a row is not of the form of its table: {error}") from error

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise as_ours(error, self.path) from error
        except (UnicodeEncodeError, OverflowError) as error:
            raise InternalError(f"database {self.path}: {error}") from error


def _read_only_uri(path: Path) -> str:
    """The name under which SQLite opens a file and writes nothing beside it either."""
    from urllib.parse import quote  # not worth its import where a home can be written

    log = path.with_name(f"{path.name}-wal")
    # With nothing in the log the file is all there is, and nobody can change it.
    settled = not (log.exists() and log.stat().st_size)
    return f"file:{quote(str(path))}?mode=ro" + ("&immutable=1" if settled else "")


def _make_writable(path: Path) -> None:
    with writing(path):
        size = path.stat().st_size if path.exists() else None
    if size == 1:  # the one wrong size that SQLite takes for an empty file
        raise damaged(path, "it is cut short")
    if size is None:
        make_private_folder(path.parent)
    check_owner(path.parent)
    if size is None:
        with writing(path):
            # Values may be private; SQLite gives the files beside it the same mode.
            os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    # SQLite would open the file for reading only and fail in the middle of the first write.
    for place in (path, path.parent):
        if not os.access(place, os.W_OK):
            raise unwritable(place, "it is read-only for this user")


def _prepare(connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration]) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")
    if not is_up_to_date(connection, path, migrations):
        if connection.execute("PRAGMA query_only").fetchone() == (1,):
            raise unwritable(path, "it is read-only, and was written by an older version")
        # The change to WAL mode does not wait for others as a transaction does.
        with _only_one(path.parent):
            if is_up_to_date(connection, path, migrations):
                return
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
            if mode != "wal":
                raise without_wal(path, f"it stays in mode {mode}")
            migrate(connection, path, migrations)


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    with writing(folder):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with writing(folder):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
