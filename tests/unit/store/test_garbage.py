"""What of the results goes, and that nothing goes that is needed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from noether_nix.database.connection import Database
from noether_nix.database.retention import Retention
from noether_nix.store.garbage import GarbagePlan, collect, plan_garbage
from noether_nix.store.record import INLINE_BYTES, Record
from noether_nix.store.results import ResultStore
from tests.fakes.memory_values import MemoryValues
from tests.fakes.records import a_record, key_of, value_path_of

DAY = 86_400.0
NOW = 1000 * DAY
A, B = (letter * (INLINE_BYTES + 1) for letter in (b"a", b"b"))


@pytest.fixture
def values() -> MemoryValues:
    return MemoryValues()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "noether.sqlite") as opened:
        yield opened


@pytest.fixture
def results(database: Database, values: MemoryValues) -> ResultStore:
    return ResultStore(database, values)


def old(values: MemoryValues, number: int, value: bytes, *, days: float) -> Record:
    record = a_record(number, value, time=NOW - days * DAY)
    if record.value_path is not None:
        values.now = record.time
        values.add({record.value_path: value})
    return record


def plan(database: Database, values: MemoryValues, retention: Retention) -> GarbagePlan:
    return plan_garbage(database, values, retention, NOW)


def test_what_was_not_used_for_long_goes_with_its_value(
    database: Database, values: MemoryValues, results: ResultStore
) -> None:
    results.record([old(values, 1, b"1" * 10, days=40), old(values, 2, A, days=50)])
    results.record([old(values, 3, B, days=3)])

    planned = plan(database, values, Retention(days=30))
    collect(database, values, planned)

    assert [(one.name, one.size_bytes) for one in planned.results] == [
        (key_of(2), 0),
        (key_of(1), 10),
    ]
    assert [one.name for one in planned.values] == [value_path_of(A)]
    assert planned.size_bytes == 10 + len(A)
    assert set(results.find_many([key_of(n) for n in range(9)])) == {key_of(3)}
    assert set(values.roots) == {value_path_of(B)}


def test_planning_changes_nothing(
    database: Database, values: MemoryValues, results: ResultStore
) -> None:
    record = old(values, 1, A, days=99)
    results.record([record])

    assert plan(database, values, Retention(number=0)) == plan(
        database, values, Retention(number=0)
    )

    assert results.find(record.key) == record
    assert set(values.roots) == {value_path_of(A)}


def test_using_a_result_keeps_it(
    database: Database, values: MemoryValues, results: ResultStore
) -> None:
    results.record([old(values, 1, b"1", days=99), old(values, 2, b"2", days=98)])
    results.touch([key_of(1)], NOW)

    planned = plan(database, values, Retention(number=1))

    assert [one.name for one in planned.results] == [key_of(2)]


def test_what_was_used_since_the_plan_stays(
    database: Database, values: MemoryValues, results: ResultStore
) -> None:
    results.record([old(values, 1, A, days=99), old(values, 2, b"2", days=98)])
    planned = plan(database, values, Retention(number=0))
    results.touch([key_of(1)], NOW)

    collect(database, values, planned)

    assert set(results.find_many([key_of(1), key_of(2)])) == {key_of(1)}
    assert set(values.roots) == {value_path_of(A)}


def test_a_value_that_another_result_names_stays(
    database: Database, values: MemoryValues, results: ResultStore
) -> None:
    results.record([old(values, 1, A, days=99), old(values, 2, A, days=1)])

    planned = plan(database, values, Retention(days=30))

    assert [one.name for one in planned.results] == [key_of(1)]
    assert planned.values == ()


def test_the_evidence_of_a_contradiction_goes_with_its_result(
    database: Database, values: MemoryValues, results: ResultStore
) -> None:
    results.record([old(values, 1, A, days=99)])
    results.record([old(values, 1, B, days=1)])

    assert plan(database, values, Retention()).values == ()
    collect(database, values, plan(database, values, Retention(number=0)))

    assert results.contradictions() == ()
    assert values.roots == {}


def test_a_value_that_no_result_names_goes_when_it_is_not_fresh(
    database: Database, values: MemoryValues
) -> None:
    values.now = NOW - 10 * DAY
    values.add({value_path_of(A): A})
    values.now = NOW - 10
    values.add({value_path_of(B): B})

    planned = plan(database, values, Retention())

    assert [(one.name, one.reason) for one in planned.values] == [
        (value_path_of(A), "no result names it")
    ]


def test_what_was_damaged_goes(
    database: Database, values: MemoryValues, results: ResultStore
) -> None:
    results.record([old(values, 1, A, days=1)])
    values.files.clear()
    results.find_readable([key_of(1)])

    planned = plan(database, values, Retention())
    collect(database, values, planned)

    assert planned.damaged == 1
    assert plan(database, values, Retention()).damaged == 0
