"""A damaged, foreign or newer file is refused with a remedy, and is never changed."""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.database.connection import Database
from noether_nix.database.migrations import APPLICATION_ID
from noether_nix.database.schema import MIGRATIONS
from noether_nix.errors import DatabaseDamagedError, DatabaseTooNewError, StoreError

TABLES = ("results", "contradictions", "stages", "stage_names", "runs", "calls")


def filled(path: Path) -> bytes:
    with Database.open(path) as database, database.transaction():
        database.execute_many(
            "INSERT INTO stages VALUES (?, ?, 'here', 1.5)",
            [(f"{number:064}", f'{{"number":{number}}}' * 20) for number in range(300)],
        )
    return path.read_bytes()


def flip(content: bytes, *places: int) -> bytes:
    changed = bytearray(content)
    for place in places:
        changed[place % len(content)] ^= 0xFF
    return bytes(changed)


def read_all(path: Path) -> list[str]:
    with Database.open(path) as database:
        for table in TABLES:
            database.rows(lambda *row: row, f"SELECT * FROM {table}")
        return database.rows(str, "SELECT id FROM stages")


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda _: b"a shopping list\n" * 400, id="text file"),
        pytest.param(lambda _: b"x", id="one byte"),
        pytest.param(lambda whole: flip(whole, *range(16)), id="magic flipped"),
        pytest.param(lambda whole: whole[: len(whole) // 2], id="cut in half"),
        pytest.param(lambda whole: whole[:1000], id="cut inside the first page"),
        pytest.param(lambda whole: whole[:4096] + bytes(len(whole) - 4096), id="zeros"),
        pytest.param(lambda whole: flip(whole, *range(4096, len(whole), 64)), id="flipped often"),
    ],
)
def test_a_damaged_file_is_refused_and_left_alone(
    tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "noether.sqlite"
    spoilt = spoil(filled(path))
    path.write_bytes(spoilt)

    with pytest.raises(DatabaseDamagedError) as caught:
        read_all(path)

    assert "noether.sqlite" in caught.value.hint
    assert path.read_bytes() == spoilt


@given(places=st.lists(st.integers(min_value=0, max_value=1 << 20), min_size=1, max_size=40))
def test_flipped_bytes_never_raise_anything_but_our_errors(
    tmp_path_factory: pytest.TempPathFactory, places: list[int]
) -> None:
    path = tmp_path_factory.mktemp("flipped") / "noether.sqlite"
    path.write_bytes(flip(filled(path), *places))

    with suppress(StoreError):
        with Database.open(path) as database:
            assert all(isinstance(line, str) for line in database.find_damage())
        read_all(path)


def test_damage_is_found_by_reading_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "noether.sqlite"
    with Database.open(path) as database:
        assert database.find_damage() == []
    whole = filled(path)
    path.write_bytes(flip(whole, *range(len(whole) - 4096, len(whole), 64)))

    with Database.open(path) as database:
        assert database.find_damage()


@pytest.mark.parametrize("version", [len(MIGRATIONS) + 1, 7, 2**31 - 1])
def test_a_newer_file_is_refused_and_left_alone(tmp_path: Path, version: int) -> None:
    path = tmp_path / "noether.sqlite"
    filled(path)
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    before = path.read_bytes()

    with pytest.raises(DatabaseTooNewError, match=f"version {version}") as caught:
        Database.open(path)

    assert "NOETHER_HOME" in caught.value.hint
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "statements",
    [
        pytest.param(["CREATE TABLE songs (title TEXT)"], id="tables without a mark"),
        pytest.param(["PRAGMA application_id = 77"], id="another mark"),
        pytest.param(["PRAGMA user_version = 1", "CREATE TABLE t (a)"], id="a version, no mark"),
        pytest.param([f"PRAGMA application_id = {APPLICATION_ID}"], id="our mark, no version"),
        pytest.param(
            [f"PRAGMA application_id = {APPLICATION_ID}", "PRAGMA user_version = -3"],
            id="a version below zero",
        ),
    ],
)
def test_the_database_of_another_program_is_refused_and_left_alone(
    tmp_path: Path, statements: list[str]
) -> None:
    path = tmp_path / "noether.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()
    before = path.read_bytes()

    with pytest.raises(DatabaseDamagedError, match="another program"):
        Database.open(path)

    assert path.read_bytes() == before


def test_a_file_without_its_tables_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "noether.sqlite"
    filled(path)
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE calls")
    connection.close()

    with pytest.raises(DatabaseDamagedError, match="no such table: calls"):
        read_all(path)


def test_a_row_that_is_not_of_the_form_of_its_table_is_damage(tmp_path: Path) -> None:
    with Database.open(tmp_path / "noether.sqlite") as database:
        database.execute("INSERT INTO facts (name, value) VALUES ('number', 'none')")
        query = "SELECT value FROM facts"

        for ask in (database.row, database.rows):
            with pytest.raises(DatabaseDamagedError, match="row"):
                ask(int, query)
