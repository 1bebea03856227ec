"""Results in the database: damage never read as truth, and the same answers as a dictionary."""

import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

import noether_nix
from noether_nix.database.connection import Database
from noether_nix.errors import DatabaseDamagedError, StoreError
from noether_nix.store.record import INLINE_BYTES
from noether_nix.store.results import ResultStore
from tests.fakes.memory_results import MemoryResults
from tests.fakes.memory_values import MemoryValues
from tests.fakes.records import a_record, key_of, value_path_of

SOURCE = Path(noether_nix.__file__).parents[1]
LARGE = b'"' + b"x" * INLINE_BYTES + b'"'
# By name, because hypothesis prints what it draws.
VALUES = {"one": b"1", "two": b"2", "large": LARGE, "larger": LARGE + b" "}


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE results SET inline = x'3433'", id="value"),
        pytest.param("UPDATE results SET inline = '42'", id="value of another type"),
        pytest.param("UPDATE results SET value_sha256 = 'abc'", id="digest"),
        pytest.param("UPDATE results SET recipe = '{}'", id="recipe"),
        pytest.param("UPDATE results SET seal = x'00'", id="seal"),
        pytest.param("UPDATE results SET time = 'never'", id="time"),
    ],
)
def test_a_changed_row_is_moved_aside_and_the_key_is_free_again(
    tmp_path: Path, statement: str
) -> None:
    record, other = a_record(1), a_record(2)
    with Database.open(tmp_path / "noether.sqlite") as database:
        results = ResultStore(database, MemoryValues())
        results.record([record])
        database.execute(statement)
        results.record([other])

        found = results.find_readable([record.key, other.key])

        assert found.records == {other.key: other}
        assert [one.key for one in found.damaged] == [record.key]
        assert database.row(str, "SELECT key FROM damaged_results") == record.key
        assert results.record([record]) == ()
        assert results.find(record.key) == record


def test_a_changed_row_is_never_given_out(tmp_path: Path) -> None:
    record = a_record(1)
    with Database.open(tmp_path / "noether.sqlite") as database:
        results = ResultStore(database, MemoryValues())
        results.record([record])
        database.execute("UPDATE results SET level = 'alone'")

        with pytest.raises(DatabaseDamagedError, match="not as it was written"):
            results.find(record.key)
        assert results.known_inputs(["program"], least="alone", limit_each=9, limit_bytes=99) == {
            "program": []
        }
        assert results.record([record]) == ()
        assert results.find(record.key) == record


@settings(max_examples=150)
@given(
    flips=st.lists(
        st.tuples(st.integers(min_value=100, max_value=1 << 17), st.integers(1, 255)),
        min_size=1,
        max_size=30,
    )
)
def test_flipped_bytes_never_make_a_wrong_result(flips: list[tuple[int, int]]) -> None:
    records = {key_of(n): a_record(n, str(n).encode()) for n in range(60)}
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "noether.sqlite"
        with Database.open(path) as database:
            ResultStore(database, MemoryValues()).record(list(records.values()))
        content = bytearray(path.read_bytes())
        for place, change in flips:
            content[place % len(content)] ^= change
        path.write_bytes(content)

        with suppress(StoreError), Database.open(path) as database:
            results = ResultStore(database, MemoryValues())
            found = results.find_readable(records.keys())
            assert all(records[key] == record for key, record in found.records.items())
            assert results.record(list(records.values())) == ()
            assert results.find_many(records.keys()) == records


RECORD = """
import sys; from pathlib import Path
from noether_nix.database.connection import Database
from noether_nix.store.results import ResultStore
from tests.fakes.memory_values import MemoryValues
from tests.fakes.records import a_record
with Database.open(Path(sys.argv[1])) as database:
    results = ResultStore(database, MemoryValues())
    told = [results.record([a_record(n), a_record(1000, sys.argv[2].encode())]) for n in range(50)]
    results.touch([a_record(n).key for n in range(50)], 1e9)
print(sum(map(len, told)))
"""


def test_processes_that_record_at_once_keep_one_value_and_tell_the_others(tmp_path: Path) -> None:
    path = tmp_path / "noether.sqlite"
    children = [
        subprocess.Popen(
            [sys.executable, "-c", RECORD, path, str(number)], stdout=subprocess.PIPE, cwd=SOURCE
        )
        for number in range(3)
    ]

    told = sorted(int(child.communicate()[0]) for child in children)

    assert told == [0, 50, 50]
    with Database.open(path) as database:
        results = ResultStore(database, MemoryValues())
        assert len(results.contradictions()) == 2
        assert database.row(int, "SELECT count(*) FROM results") == 51


class SameAnswers(RuleBasedStateMachine):
    """Whatever is done to the real keeper and to the one in memory, they answer the same."""

    numbers = st.integers(min_value=0, max_value=4)
    contents = st.sampled_from(sorted(VALUES))

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "noether.sqlite"
        self.database = Database.open(self.path)
        self.values = MemoryValues()
        self.real = ResultStore(self.database, self.values)
        self.fake = MemoryResults(self.values)
        self.clock = 0.0

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()

    @rule(calls=st.lists(st.tuples(numbers, contents), max_size=4))
    def record(self, calls: list[tuple[int, str]]) -> None:
        self.clock += 1
        given = [(number, VALUES[name]) for number, name in calls]
        records = [a_record(number, value, time=self.clock) for number, value in given]
        self.values.add({value_path_of(value): value for _, value in given})
        assert self.real.record(records) == self.fake.record(records)

    @rule(name=contents, spoilt=st.sampled_from([b"", b"spoilt"]))
    def spoil(self, name: str, spoilt: bytes) -> None:
        path = value_path_of(VALUES[name])
        if path in self.values.files:
            self.values.files[path] = spoilt

    @rule(asked=st.sets(numbers))
    def find_readable(self, asked: set[int]) -> None:
        keys = [key_of(number) for number in asked]
        real, fake = self.real.find_readable(keys), self.fake.find_readable(keys)
        assert real.records == fake.records
        assert {one.key for one in real.damaged} == {one.key for one in fake.damaged}

    @rule(asked=st.sets(numbers), days=st.integers(min_value=0, max_value=3))
    def touch(self, asked: set[int], days: int) -> None:
        keys = [key_of(number) for number in asked]
        assert self.real.touch(keys, days * 86_400.0) == self.fake.touch(keys, days * 86_400.0)

    @rule()
    def open_again(self) -> None:
        self.database.close()
        self.database = Database.open(self.path)
        self.real = ResultStore(self.database, self.values)

    @invariant()
    def all_is_the_same(self) -> None:
        keys = [key_of(number) for number in range(5)]
        assert self.real.find_many(keys) == self.fake.find_many(keys)
        assert set(self.real.contradictions()) == set(self.fake.contradictions())


TestSameAnswers = SameAnswers.TestCase
TestSameAnswers.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
