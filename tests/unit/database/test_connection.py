"""One open database: transactions, queries, and errors in our words."""

import os
import sqlite3
import threading
from pathlib import Path

import pytest

from noether_nix.database.connection import Database
from noether_nix.errors import (
    DatabaseBusyError,
    DatabaseDamagedError,
    InternalError,
    NoetherError,
    StoreUnwritableError,
)

MIGRATIONS = (
    ("CREATE TABLE shelf (name TEXT PRIMARY KEY, size INTEGER NOT NULL)",),
    (
        "CREATE TABLE box (name TEXT REFERENCES shelf (name))",
        "INSERT INTO shelf VALUES ('second', 2)",
    ),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "noether.sqlite"


def open_here(path: Path, *, busy_seconds: float = 30.0) -> Database:
    return Database.open(path, busy_seconds=busy_seconds, migrations=MIGRATIONS)


def names(database: Database) -> list[str]:
    return database.rows(str, "SELECT name FROM shelf ORDER BY name")


def empty_and_raise(database: Database) -> None:
    with database.transaction():
        database.execute("DELETE FROM shelf")
        raise KeyError


def test_a_new_database_is_private_to_its_user(path: Path) -> None:
    open_here(path).close()

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_folder_of_ours_that_every_user_can_write_to_is_closed_to_them(path: Path) -> None:
    path.parent.mkdir()
    path.parent.chmod(0o1777)
    (path.parent / "ours").touch()

    open_here(path).close()

    assert path.parent.stat().st_mode & 0o7777 == 0o700


def test_nothing_is_kept_where_another_user_has_put_something(path: Path) -> None:
    path.parent.mkdir()
    path.parent.chmod(0o777)
    if os.geteuid() != 0:
        return  # only root can do what another user would
    (path.parent / "nix").symlink_to("/nowhere")
    os.chown(path.parent / "nix", 1000, 1000, follow_symlinks=False)

    with pytest.raises(StoreUnwritableError) as caught:
        open_here(path)

    assert str(path.parent) in caught.value.message
    assert caught.value.hint.startswith("chmod o-w")
    assert not path.exists()
    assert path.parent.stat().st_mode & 0o777 == 0o777


def test_nothing_is_kept_in_a_folder_of_somebody_else(path: Path) -> None:
    path.parent.mkdir()
    if os.geteuid() != 0:
        return  # only root can give a folder away, or write to that of another
    os.chown(path.parent, 1000, 1000)

    with pytest.raises(StoreUnwritableError) as caught:
        open_here(path)

    assert "belongs to user 1000" in caught.value.message
    assert not path.exists()


def test_an_empty_file_becomes_a_database(path: Path) -> None:
    path.parent.mkdir()
    path.touch()

    with open_here(path) as database:
        assert names(database) == ["second"]


def test_a_database_of_an_earlier_version_is_brought_up_to_date(path: Path) -> None:
    with Database.open(path, migrations=MIGRATIONS[:1]) as database:
        database.execute("INSERT INTO shelf VALUES ('first', 1)")

    with open_here(path) as database:
        assert names(database) == ["first", "second"]
        assert database.row(int, "PRAGMA user_version") == 2


def test_a_migration_that_fails_leaves_the_file_as_it_was(path: Path) -> None:
    broken = (*MIGRATIONS[:1], ("CREATE TABLE box (name TEXT)", "CREATE TABLE box (name TEXT)"))
    Database.open(path, migrations=MIGRATIONS[:1]).close()

    with pytest.raises(InternalError, match="box already exists"):
        Database.open(path, migrations=broken)

    with open_here(path) as database:
        assert names(database) == ["second"]


def test_the_file_is_in_wal_mode_and_gives_room_back(path: Path) -> None:
    with open_here(path) as database:
        with database.transaction():
            database.execute("INSERT INTO shelf VALUES (?, 1)", ("x" * 1_000_000,))
        with database.transaction():
            database.execute("DELETE FROM shelf")
        database.shrink()

        assert database.row(str, "PRAGMA journal_mode") == "wal"
        assert path.stat().st_size < 100_000


def test_a_transaction_that_raises_leaves_nothing(path: Path) -> None:
    with open_here(path) as database:
        with pytest.raises(KeyError):
            empty_and_raise(database)

        assert names(database) == ["second"]


def test_a_transaction_inside_another_may_fail_alone(path: Path) -> None:
    with open_here(path) as database:
        with database.transaction():
            database.execute("INSERT INTO shelf VALUES ('outer', 1)")
            with pytest.raises(KeyError):
                empty_and_raise(database)

        assert names(database) == ["outer", "second"]


def test_many_rows_are_written_together_or_not_at_all(path: Path) -> None:
    with open_here(path) as database:
        with pytest.raises(InternalError):
            database.execute_many("INSERT INTO shelf VALUES (?, ?)", [("a", 1), ("b", None)])
        assert names(database) == ["second"]

        assert database.execute_many("INSERT INTO shelf VALUES (?, 1)", [("a",), ("b",)]) == 2
        assert names(database) == ["a", "b", "second"]


def test_rows_are_what_the_caller_makes_of_them(path: Path) -> None:
    with open_here(path) as database:
        found = database.row(str, "SELECT 1 WHERE false")
        pair = database.row(
            lambda name, size: {name: size}, "SELECT * FROM shelf WHERE size = ?", (2,)
        )

    assert found is None
    assert pair == {"second": 2}


def test_a_locked_database_is_an_error_after_the_wait(path: Path) -> None:
    with (
        open_here(path) as first,
        open_here(path, busy_seconds=0) as second,
        first.transaction(),
    ):
        assert names(second) == ["second"]

        with pytest.raises(DatabaseBusyError, match="locked by another process"):
            second.execute("DELETE FROM shelf")


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        pytest.param("INSERT INTO shelf VALUES (NULL, NULL)", (), id="constraint"),
        pytest.param("INSERT INTO box VALUES ('nowhere')", (), id="foreign key"),
        pytest.param("INSERT INTO", (), id="syntax"),
        pytest.param("INSERT INTO shelf VALUES ('x', ?)", (1 << 64,), id="integer too large"),
        pytest.param("INSERT INTO shelf VALUES (?, 1)", ("\udc80",), id="lone surrogate"),
        pytest.param("INSERT INTO shelf VALUES (?, 1)", (), id="values missing"),
    ],
)
def test_our_own_mistakes_are_internal_errors(
    path: Path, statement: str, values: tuple[int | str, ...]
) -> None:
    with open_here(path) as database, pytest.raises(InternalError):
        database.execute(statement, values)


def test_a_key_that_is_there_twice_is_damage(path: Path) -> None:
    with open_here(path) as database, pytest.raises(DatabaseDamagedError, match="UNIQUE"):
        database.execute("INSERT INTO shelf VALUES ('second', 2)")


def test_a_database_belongs_to_the_thread_that_opened_it(path: Path) -> None:
    caught: list[Exception] = []

    def use(database: Database) -> None:
        try:
            names(database)
        except NoetherError as error:
            caught.append(error)

    with open_here(path) as database:
        thread = threading.Thread(target=use, args=(database,))
        thread.start()
        thread.join()

    assert [type(error) for error in caught] == [InternalError]


def test_a_closed_database_closes_again_and_answers_no_more(path: Path) -> None:
    database = open_here(path)
    database.close()
    database.close()

    with pytest.raises(InternalError) as caught:
        names(database)
    assert isinstance(caught.value.__cause__, sqlite3.ProgrammingError)


def test_a_path_that_sqlite_takes_for_memory_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    open_here(Path(":memory:")).close()

    assert (tmp_path / ":memory:").is_file()
