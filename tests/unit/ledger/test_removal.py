"""Which runs go, with everything that was theirs alone."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from noether_nix.database.connection import Database
from noether_nix.database.retention import Retention
from noether_nix.ledger.ledger import Ledger
from noether_nix.ledger.removal import plan_removal, remove_runs
from tests.unit.ledger.test_ledger import CALL, END, NEW

DAY = 86_400.0
NOW = NEW.started + 100 * DAY


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "noether.sqlite") as opened:
        yield opened


@pytest.fixture
def ledger(database: Database, tmp_path: Path) -> Ledger:
    return Ledger(database, tmp_path / "logs")


def run_once(ledger: Ledger, *, days_ago: float, graph: bytes = b"{}") -> str:
    run = ledger.start_run(replace(NEW, started=NOW - days_ago * DAY, graph=graph))
    ledger.record_calls(run, [CALL])
    ledger.logs.write(run, 0, b"12345")
    ledger.end_run(run, END)
    return run


def test_old_runs_go_with_calls_logs_and_graphs(database: Database, ledger: Ledger) -> None:
    old = run_once(ledger, days_ago=50, graph=b"old")
    new = run_once(ledger, days_ago=1, graph=b"new")

    planned = plan_removal(ledger, Retention(days=30), NOW)
    assert len(ledger.runs(9)) == 2
    remove_runs(database, ledger.logs, planned)

    assert [(one.name, one.size_bytes) for one in planned] == [(old, 5)]
    assert [run.id for run in ledger.runs(9)] == [new]
    assert database.rows(str, "SELECT run FROM calls") == [new]
    assert set(ledger.logs.runs()) == {new}
    assert database.row(int, "SELECT count(*) FROM graph_documents") == 1


def test_a_run_that_goes_on_stays(ledger: Ledger) -> None:
    living = ledger.start_run(replace(NEW, started=NOW - 99 * DAY))
    ended = run_once(ledger, days_ago=1)

    planned = plan_removal(ledger, Retention(number=0), NOW)

    assert [one.name for one in planned] == [ended]
    assert ledger.find_run(living).state == "running"


def test_logs_of_no_run_go_when_they_are_not_fresh(
    database: Database, ledger: Ledger, tmp_path: Path
) -> None:
    stale, fresh = "20250101-000000-000000", "20250101-000000-000001"
    for run, age in ((stale, DAY), (fresh, 60)):
        ledger.logs.write(run, 0, b"x")
        os.utime(tmp_path / "logs" / run, (NOW - age, NOW - age))

    planned = plan_removal(ledger, Retention(), NOW)
    remove_runs(database, ledger.logs, planned)

    assert [(one.name, one.reason) for one in planned] == [(stale, "logs of no run")]
    assert set(ledger.logs.runs()) == {fresh}
