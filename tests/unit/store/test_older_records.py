"""Results that were kept before there were proofs: read, moved aside and joined as ever."""

from pathlib import Path

import pytest

from noether_nix.database.connection import Database
from noether_nix.database.schema import MIGRATIONS
from noether_nix.store.record import record_to_row
from noether_nix.store.results import ResultStore
from tests.fakes.memory_values import MemoryValues
from tests.fakes.records import a_record

OLD, OTHER = a_record(1), a_record(2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database as the first version left it, with two results, one of them damaged."""
    file = tmp_path / "noether.sqlite"
    with Database.open(file, migrations=MIGRATIONS[:1]) as database:
        for record in (OLD, OTHER):
            row = record_to_row(record)[:-1]
            places = ", ".join("?" * len(row))
            database.execute(f"INSERT INTO results VALUES (NULL, {places})", row)
        database.execute("UPDATE results SET recipe = '' WHERE key = ?", (OTHER.key,))
        database.execute("INSERT INTO damaged_results SELECT *, 'before' FROM results LIMIT 1")
    return file


def test_a_result_that_is_older_than_proofs_is_found(path: Path) -> None:
    with Database.open(path) as database:
        found = ResultStore(database, MemoryValues()).find(OLD.key)

        assert found == OLD
        assert found.proof is None
        assert database.row(int, "PRAGMA user_version") == len(MIGRATIONS)


def test_one_that_is_damaged_is_moved_aside_beside_those_of_before(path: Path) -> None:
    with Database.open(path) as database:
        found = ResultStore(database, MemoryValues()).find_readable({OTHER.key})
        aside = database.rows(
            lambda key, reason, proof: (key, reason, proof),
            "SELECT key, reason, proof FROM damaged_results ORDER BY id",
        )

    assert [one.key for one in found.damaged] == [OTHER.key]
    assert aside == [
        (OLD.key, "before", None),
        (OTHER.key, "the record is not as it was written", None),
    ]
