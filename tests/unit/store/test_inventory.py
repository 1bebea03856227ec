"""How much is kept is counted as it is."""

from pathlib import Path

from noether_nix.database.connection import Database
from noether_nix.store.inventory import Inventory, take_inventory
from noether_nix.store.record import INLINE_BYTES
from noether_nix.store.results import ResultStore
from tests.fakes.memory_values import MemoryValues
from tests.fakes.records import a_record, value_path_of

LARGE = b"a" * (INLINE_BYTES + 1)


def test_results_are_counted_and_a_large_value_once(tmp_path: Path) -> None:
    values = MemoryValues()
    values.add({value_path_of(LARGE): LARGE})

    with Database.open(tmp_path / "noether.sqlite") as database:
        empty = take_inventory(database)
        results = ResultStore(database, values)
        results.record([a_record(1, b"12345"), a_record(2, LARGE), a_record(3, LARGE)])
        results.record([a_record(1, b"other")])
        full = take_inventory(database)

    assert empty == Inventory(0, 0, 0, 0, 0)
    assert full == Inventory(
        results=3, small_bytes=5, large=2, large_bytes=len(LARGE), contradictions=1
    )
