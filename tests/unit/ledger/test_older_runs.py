"""Runs that were recorded before compositions were: read, listed and ended as ever."""

from pathlib import Path

from noether_nix.database.connection import Database
from noether_nix.database.schema import MIGRATIONS
from noether_nix.ledger.ledger import Ledger
from noether_nix.ledger.model import RunEnd
from noether_nix.run.retelling import RecordedRun

_OLD = "20261120-101530-a1b2c3"


def test_a_run_of_before_compositions_is_read_without_one_and_can_end(tmp_path: Path) -> None:
    file = tmp_path / "noether.sqlite"
    with Database.open(file, migrations=MIGRATIONS[:3]) as database:
        database.execute("INSERT INTO graph_documents VALUES (?, ?)", ("7" * 64, b"{}"))
        database.execute(
            "INSERT INTO runs VALUES (?, 1795169730.5, NULL, 'running', 'zones', ?, ?, ?, NULL,"
            " NULL, 1, 'mark', 'full', '{}', '2.8.0', '0', '{}', NULL)",
            (_OLD, "9" * 64, "7" * 64, "5" * 64),
        )

    with Database.open(file) as database:
        ledger = Ledger(database, tmp_path / "logs")
        ledger.end_run(_OLD, RunEnd(ended=2e9, state="succeeded", seconds=1.0, counts="{}"))
        run = ledger.find_run(_OLD)

    assert (run.state, run.graph_id, run.composition_id) == ("succeeded", "9" * 64, None)
    assert (run.graph_sha256, run.input_sha256) == ("7" * 64, "5" * 64)
    told = RecordedRun(run, (), {}, (), {}).to_document()["graph"]
    assert told == {"name": "zones", "id": "9" * 64, "composition": None, "sha256": "7" * 64}
