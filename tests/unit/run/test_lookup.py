import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from noether_nix.database.connection import Database
from noether_nix.plan.growing import GrowingPlan
from noether_nix.run.lookup import Found, look_up, recall
from noether_nix.run.values import RunValues
from noether_nix.store.interface import Readable, ValueFiles
from tests.fakes.fake_runs import FakeRuns
from tests.fakes.memory_results import MemoryResults


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[FakeRuns]:
    with Database.open(tmp_path / "noether.sqlite") as database:
        yield FakeRuns(database, tmp_path / "logs")


class CountingResults(MemoryResults):
    """Notes how many keys each question had."""

    def __init__(self, values: ValueFiles) -> None:
        super().__init__(values)
        self.asked: list[int] = []

    def find_readable(self, keys: Collection[str]) -> Readable:
        self.asked.append(len(keys))
        return super().find_readable(keys)


def chain(*nodes: Mapping[str, Any]) -> dict[str, Any]:
    return {"op": "Sequential", "stages": list(nodes)}


def look(runs: FakeRuns, plan: GrowingPlan, value: bytes) -> tuple[Found, RunValues]:
    values = RunValues(plan, value)
    return look_up(plan, values, runs.results), values


def test_what_is_known_is_followed_until_something_is_not(runs: FakeRuns) -> None:
    add, double = runs.stage("add", "return x + 1"), runs.stage("double", "return x * 2")
    runs.run(chain(add, double), 3)
    plan = runs.plan(chain(add, double, double, add))

    found, values = look(runs, plan, b"3")

    assert sorted(found.records) == [0, 1]
    assert {index: known.data for index, known in values.outputs.items()} == {0: b"4", 1: b"8"}
    assert [call.index for call in found.pending] == [2, 3]
    assert sorted(found.keys) == [0, 1, 2]


def test_each_wave_asks_once(runs: FakeRuns) -> None:
    runs.results = counting = CountingResults(runs.values)
    add = runs.stage("add", "return [x]")
    branches = {f"b{number}": chain(add, add, add) for number in range(20)}
    root = {"op": "Parallel", "branches": branches}
    runs.run(root, 1)

    plan = runs.plan(root)
    found = look_up(plan, RunValues(plan, b"1"), runs.results)

    assert found.pending == []
    assert counting.asked[-3:] == [1, 1, 1]  # equal calls have one key


def test_many_calls_of_a_program_are_found_by_their_inputs_and_only_the_rest_is_named(
    runs: FakeRuns,
) -> None:
    names = [f"b{number:02}" for number in range(40)]
    root = {"op": "Parallel", "branches": dict.fromkeys(names, runs.stage("add", "return x + 1"))}
    runs.run(root, {name: number for number, name in enumerate(names)})
    value = {**{name: number for number, name in enumerate(names)}, "b07": -5}
    plan = runs.plan(root)

    found, values = look(runs, plan, json.dumps(value).encode())

    assert [call.index for call in found.pending] == list(found.keys) == [7]
    assert found.keys[7] == plan.calls[7].program.key(hashlib.sha256(b"-5").hexdigest())
    assert {index: known.data for index, known in values.outputs.items()} == {
        index: str(index + 1).encode() for index in range(40) if index != 7
    }
    assert all(
        record.key == str(plan.calls[index].program.key(record.input_sha256))
        for index, record in found.records.items()
    )


def test_a_larger_result_than_the_limit_now_allows_is_not_taken(runs: FakeRuns) -> None:
    text = runs.stage("text", "return 'x' * 100")
    runs.run(text)

    known, _ = look(runs, runs.plan(text, output=102), b"null")
    unknown, _ = look(runs, runs.plan(text, output=101), b"null")

    assert (len(known.records), len(unknown.records)) == (1, 0)
    assert [call.index for call in unknown.pending] == [0]


def test_a_recalled_result_that_is_larger_than_the_limit_now_allows_is_left_out(
    runs: FakeRuns,
) -> None:
    text = runs.stage("text", "return 'x' * 100")
    runs.run(text)
    program = runs.plan(text).calls[0].program.id

    for output, count in ((102, 1), (101, 0)):
        plan = runs.plan(chain(runs.stage("other", "return None"), text), output=output)
        recalled = recall(plan.calls, {}, runs.results)
        assert len(recalled[program]) == count


def test_a_call_whose_input_has_no_place_is_left_to_the_scheduler(runs: FakeRuns) -> None:
    two = {**runs.stage("two", "return x", takes="{a: Any, b: Any, c?: Any}"), "config": {"c": 1}}
    plan = runs.plan(two)

    found, _ = look(runs, plan, b'"text"')

    assert (found.keys, [call.index for call in found.pending]) == ({}, [0])


def test_a_damaged_result_is_told_and_pending(runs: FakeRuns) -> None:
    large = runs.stage("large", "return 'x' * 70000")
    runs.run(chain(large, runs.stage("length", "return len(x)")))
    runs.values.files.clear()
    plan = runs.plan(chain(large, runs.stage("length", "return len(x)")))

    found, _ = look(runs, plan, b"null")

    assert [call.index for call in found.pending] == [0, 1]
    assert len(found.damaged) == 1


def test_only_calls_with_an_unknown_input_are_recalled_for(runs: FakeRuns) -> None:
    add, double = runs.stage("add", "return x + 1"), runs.stage("double", "return x * 2")
    runs.run(chain(add, double), 3)
    runs.run(chain(add, double), 5)
    plan = runs.plan(chain(runs.stage("new", "return x"), double))
    found, _ = look(runs, plan, b"3")

    recalled = recall(found.pending, found.keys, runs.results)

    (program,) = recalled
    assert program == plan.calls[1].program.id
    assert sorted(value.data for _, value in recalled[program]) == [b"12", b"8"]
    assert recall(found.pending[:1], found.keys, runs.results) == {}
