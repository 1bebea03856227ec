"""From any earlier form of the database to the present one; a newer or foreign one is refused.

The version is the number of migrations that were made; it stands in the file's header together
with the mark that the file is ours.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

from noether_nix.database.translation import damaged
from noether_nix.errors import DatabaseTooNewError

# "noet" in ASCII: `file` and SQLite's own tools show it.
APPLICATION_ID = 0x6E6F6574

Migration: TypeAlias = Sequence[str]
"""The statements that lead from one version to the next."""


def is_up_to_date(
    connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration]
) -> bool:
    """Is the file ours and in its present form? Changes nothing.

    Raises:
        DatabaseDamagedError: the file is the database of another program.
        DatabaseTooNewError: a later version of this program has written it.
    """
    # One snapshot: between two reads another process may make the tables and set the marks.
    connection.execute("BEGIN")
    try:
        return _is_up_to_date(connection, path, migrations)
    finally:
        connection.execute("ROLLBACK")


def migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration]) -> None:
    """Bring the file to its present form, wholly or not at all.

    Several processes may do this at once: all but one find it done.

    Raises:
        DatabaseDamagedError: the file is the database of another program.
        DatabaseTooNewError: a later version of this program has written it.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        if not _is_up_to_date(connection, path, migrations):
            done = _number(connection, "PRAGMA user_version")
            for migration in migrations[done:]:
                for statement in migration:
                    connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {len(migrations)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _is_up_to_date(
    connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration]
) -> bool:
    application = _number(connection, "PRAGMA application_id")
    version = _number(connection, "PRAGMA user_version")
    if application == APPLICATION_ID and version == len(migrations):
        return True
    if application == APPLICATION_ID and version > len(migrations):
        raise DatabaseTooNewError(
            f"the database {path} has version {version}, and this noether knows"
            f" {len(migrations)} at most",
            hint="use the newer noether that wrote it, or name another folder with NOETHER_HOME",
        )
    pristine = application == version == 0 and not _number(
        connection, "SELECT count(*) FROM sqlite_master"
    )
    if not pristine and (application != APPLICATION_ID or version < 1):
        raise damaged(path, "it is the database of another program")
    return False


def _number(connection: sqlite3.Connection, statement: str) -> int:
    row: tuple[Any, ...] = connection.execute(statement).fetchone()
    return int(row[0])
