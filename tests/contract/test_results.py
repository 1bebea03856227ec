"""The promises of a ResultKeeper, held by the real one and by the one that tests use."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from noether_nix.database.connection import Database
from noether_nix.errors import HashMismatchError
from noether_nix.store.interface import ResultKeeper
from noether_nix.store.record import INLINE_BYTES, Record
from noether_nix.store.results import ResultStore
from tests.fakes.memory_results import MemoryResults
from tests.fakes.memory_values import MemoryValues
from tests.fakes.records import a_record, key_of, value_path_of

LARGE = b'"' + b"x" * INLINE_BYTES + b'"'
DAY = 86_400


@pytest.fixture
def values() -> MemoryValues:
    return MemoryValues()


@pytest.fixture(params=["database", "memory"])
def results(
    request: pytest.FixtureRequest, tmp_path: Path, values: MemoryValues
) -> Iterator[ResultKeeper]:
    if request.param == "memory":
        yield MemoryResults(values)
        return
    with Database.open(tmp_path / "noether.sqlite") as database:
        yield ResultStore(database, values)


def large_record(values: MemoryValues, number: int = 0) -> Record:
    values.add({value_path_of(LARGE): LARGE})
    return a_record(number, LARGE)


def test_a_recorded_result_is_found_whole(results: ResultKeeper, values: MemoryValues) -> None:
    small, large = a_record(1), large_record(values, 2)

    results.record([small, large])

    assert results.find(small.key) == small
    assert results.find(large.key) == large
    assert (results.read(small), results.read(large)) == (b"42", LARGE)


def test_an_unknown_key_is_found_nowhere(results: ResultKeeper) -> None:
    results.record([a_record(1)])

    assert results.find(key_of(2)) is None
    assert results.find_many([key_of(2)]) == {}
    assert results.find_many([]) == {}
    assert results.find_readable([key_of(2)]).records == {}


def test_calls_of_one_program_are_found_by_their_inputs(results: ResultKeeper) -> None:
    inputs = [f"{number:064x}" for number in range(60)]
    records = [a_record(at, input_sha256=sha256) for at, sha256 in enumerate(inputs)]
    other = a_record(99, program="another", input_sha256=inputs[0])
    results.record([*records, other])
    program, wanted = records[0].program, inputs[:40]

    found = results.find_by_inputs(program, [*wanted, "f" * 64])

    assert found.records == {record.key: record for record in records[:40]}
    assert results.find_by_inputs("another", wanted).records == {other.key: other}
    assert results.find_by_inputs("nobody's", wanted).records == {}
    assert results.find_by_inputs(program, []).records == {}


def test_many_are_found_at_once(results: ResultKeeper) -> None:
    records = [a_record(number) for number in range(1200)]
    results.record(records)

    found = results.find_many([key_of(number) for number in range(1, 1400)])

    assert found == {record.key: record for record in records[1:]}


def test_recording_twice_is_recording_once(results: ResultKeeper) -> None:
    first = a_record(1, time=5)
    later = replace(first, time=9.5, run="another", used="{}")
    results.record([first])

    assert results.record([first, later]) == ()

    assert results.find(first.key) == first
    assert results.contradictions() == ()


def test_another_value_for_a_known_key_is_told_and_both_are_kept(results: ResultKeeper) -> None:
    first, other = a_record(1, b"1"), a_record(1, b"2")
    results.record([first])

    (told,) = results.record([other, a_record(2)])

    assert (told.key, told.kept, told.other) == (first.key, first, other)
    assert results.find(first.key) == first
    assert results.find(key_of(2)) is not None
    assert results.contradictions() == (told,)


def test_a_contradiction_is_told_each_time_and_kept_once(results: ResultKeeper) -> None:
    first, other = a_record(1, b"1"), a_record(1, b"2")

    told = results.record([first, other, other])

    assert len(told) == 2
    assert len(results.contradictions()) == 1


@pytest.mark.parametrize("value", [b"1", b"2"], ids=["same", "other"])
def test_a_record_of_better_isolation_takes_the_place_of_a_weaker_one(
    results: ResultKeeper, value: bytes
) -> None:
    weak, better = replace(a_record(1, b"1"), level="none"), a_record(1, value)
    results.record([weak])

    told = results.record([better])
    again = results.record([weak])

    assert results.find(weak.key) == better
    assert [(one.kept, one.other) for one in told] == ([] if value == b"1" else [(better, weak)])
    assert [one.kept for one in again] == ([] if value == b"1" else [better])


def test_what_was_computed_with_less_isolation_is_not_recalled(results: ResultKeeper) -> None:
    results.record([replace(a_record(1), level="none")])

    for least, count in (("none", 1), ("alone", 0), ("full", 0)):
        known = results.known_inputs(["program"], least=least, limit_each=9, limit_bytes=99)
        assert len(known["program"]) == count


def test_the_same_value_in_another_encoding_is_another_value(results: ResultKeeper) -> None:
    first = a_record(1)
    results.record([first])

    assert len(results.record([replace(first, encoding="other")])) == 1


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda values: values.files.clear(), id="gone"),
        pytest.param(lambda values: values.files.update({value_path_of(LARGE): b"1"}), id="short"),
        pytest.param(
            lambda values: values.files.update({value_path_of(LARGE): b"y" * len(LARGE)}),
            id="other bytes",
        ),
    ],
)
def test_a_damaged_value_is_unknown_from_then_on(
    results: ResultKeeper, values: MemoryValues, damage: Callable[[MemoryValues], None]
) -> None:
    large, small = large_record(values, 1), a_record(2)
    results.record([large, small])
    damage(values)

    with pytest.raises(HashMismatchError):
        results.read(large)
    found = results.find_readable([large.key, small.key])

    assert found.records == {small.key: small}
    assert [one.key for one in found.damaged] == [large.key]
    assert results.find(large.key) is None
    assert results.find_readable([large.key]).damaged == ()
    assert results.record([large_record(values, 1)]) == ()
    assert results.find_readable([large.key]).records == {large.key: large}


def test_known_inputs_are_the_newest_of_each_program(results: ResultKeeper) -> None:
    results.record(
        [
            a_record(n, str(n).encode(), program=f"p{n % 2}", input_sha256=f"{n:064}", time=n)
            for n in range(10)
        ]
    )

    known = results.known_inputs(["p0", "p1", "p2"], least="alone", limit_each=2, limit_bytes=100)

    assert known == {
        "p0": [(f"{8:064}", b"8"), (f"{6:064}", b"6")],
        "p1": [(f"{9:064}", b"9"), (f"{7:064}", b"7")],
        "p2": [],
    }


def test_known_inputs_stay_within_their_bytes_and_are_small_values(
    results: ResultKeeper, values: MemoryValues
) -> None:
    results.record([a_record(1, b"1" * 10, time=1), a_record(2, b"2" * 10, time=2)])
    results.record([large_record(values, 3), a_record(4, b"4" * 5, time=0.5)])

    known = results.known_inputs(["program"], least="alone", limit_each=9, limit_bytes=15)

    assert [value for _, value in known["program"]] == [b"2" * 10, b"4" * 5]


def test_known_inputs_are_also_some_large_values_where_asked_for(
    results: ResultKeeper, values: MemoryValues
) -> None:
    texts = [b'"%d' % n + LARGE[1:] for n in range(4)]
    values.add({value_path_of(text): text for text in texts})
    results.record([a_record(n, text, time=n) for n, text in enumerate(texts)])
    results.record([a_record(9, b"9", time=0.5)])

    def known(most: int, size: int) -> list[bytes]:
        found = results.known_inputs(
            ["program"],
            least="alone",
            limit_each=9,
            limit_bytes=15,
            limit_large=most,
            limit_large_bytes=size,
        )
        return [value for _, value in found["program"]]

    plenty = 9 * len(texts[0])
    assert known(2, plenty) == [texts[3], texts[2], b"9"]
    assert known(3, 2 * len(texts[0])) == [texts[3], texts[2], b"9"]
    assert known(0, plenty) == [b"9"]
    del values.files[value_path_of(texts[3])]
    assert known(2, plenty) == [texts[2], texts[1], b"9"]


def test_a_result_is_touched_once_a_day(results: ResultKeeper) -> None:
    results.record([a_record(1), a_record(2)])
    both = [key_of(1), key_of(2)]

    assert results.touch([key_of(1)], 5 * DAY + 1.0) == 1
    assert results.touch(both, 5 * DAY + 80_000.0) == 1
    assert results.touch(both, 5 * DAY + 86_399.0) == 0
    assert results.touch(both, 6 * DAY + 0.0) == 2
    assert results.touch(both, 5 * DAY + 0.0) == 0
    assert results.touch([key_of(3)], 9 * DAY + 0.0) == 0
