import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from noether_nix.database.connection import Database
from noether_nix.executor.interface import CallDone
from noether_nix.run.keeping import Circumstances, Keeping
from noether_nix.store.record import INLINE_BYTES
from tests.fakes.fake_runs import FakeRuns

FACTS = Circumstances("2.8.0", True, "6.1", "some CPU")


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[FakeRuns]:
    with Database.open(tmp_path / "noether.sqlite") as database:
        yield FakeRuns(database, tmp_path / "logs")


def keeping(runs: FakeRuns) -> Keeping:
    stage = runs.stage("stage", "return x")
    branches = {"a": stage, "b": stage}
    plan = runs.plan({"op": "Parallel", "branches": branches})
    return Keeping(plan, runs.results, runs.values, FACTS)


def done(index: int, value: bytes | None, given: bytes = b"1") -> CallDone:
    digest = hashlib.sha256(given).hexdigest()
    outcome = "stage-raised" if value is None else "succeeded"
    return CallDone(index, outcome, digest, 0.25, value, used={"memory_bytes": 5})


def test_a_small_result_is_kept_inline_with_all_that_is_known_of_it(runs: FakeRuns) -> None:
    keeper = keeping(runs)
    end = done(0, b'{"b":1}')

    assert keeper.keep([end], "run-1", 77.5, "full") == ()

    record = runs.results.find(str(keeper.key(end)))
    assert record is not None
    assert (record.inline, record.value_path, record.value_size) == (b'{"b":1}', None, 7)
    assert record.value_sha256 == hashlib.sha256(b'{"b":1}').hexdigest()
    assert (record.input_sha256, record.run, record.time) == (end.input_sha256, "run-1", 77.5)
    assert (record.level, record.nix_version, record.kernel) == ("full", "2.8.0", "6.1")
    assert json.loads(record.used) == {"memory_bytes": 5, "seconds": 0.25, "log_bytes": 0}
    assert runs.results.read(record) == b'{"b":1}'


@pytest.mark.parametrize("size", [INLINE_BYTES, INLINE_BYTES + 1])
def test_a_large_result_is_kept_as_a_file(runs: FakeRuns, size: int) -> None:
    keeper = keeping(runs)
    value = b'"' + b"x" * (size - 2) + b'"'

    keeper.keep([done(0, value)], "run-1", 1.0, "full")

    record = runs.results.find(str(keeper.key(done(0, value))))
    assert record is not None
    assert (record.inline is None) == (size > INLINE_BYTES)
    assert list(runs.values.files.values()) == ([value] if size > INLINE_BYTES else [])
    assert runs.results.read(record) == value


def test_only_successes_are_kept(runs: FakeRuns) -> None:
    keeper = keeping(runs)

    keeper.keep([done(0, None)], "run-1", 1.0, "full")
    keeper.keep([], "run-1", 1.0, "full")

    assert runs.results.find(str(keeper.key(done(0, None)))) is None


def test_calls_of_one_stage_with_one_input_have_one_key(runs: FakeRuns) -> None:
    keeper = keeping(runs)

    assert keeper.key(done(0, b"1")) == keeper.key(done(1, b"1"))
    assert keeper.key(done(0, b"1")) != keeping(runs).key(done(0, b"1", b"2"))


def test_another_value_under_a_known_key_is_a_contradiction(runs: FakeRuns) -> None:
    keeper = keeping(runs)
    keeper.keep([done(0, b"1")], "run-1", 1.0, "full")

    (found,) = keeper.keep([done(1, b"2")], "run-2", 2.0, "full")

    assert (found.kept.inline, found.other.inline) == (b"1", b"2")
    assert keeping(runs).keep([replace(done(1, b"1"), seconds=9.0)], "r", 3.0, "full") == ()
