"""kill -9 of runs of hundreds of calls, often, and at moments that nobody chose.

What was told is kept: the next run knows it, and does not run it again. Nothing stays behind.
"""

import json
import random
import signal
from pathlib import Path

import pytest

from tests.e2e.homes import Noether, copy_home, prepared_home
from tests.e2e.watched import STAGE, Shape, Watched, chains, growing
from tests.nix.left_behind import left_behind

pytestmark = pytest.mark.nix

_KILLS = 10
_CHAINS = chains(branches=40, length=10)
_GROWING = growing(rows=10, columns=10)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    prepared = prepared_home(tmp_path_factory, worker_id)
    return copy_home(prepared, tmp_path_factory.mktemp("killed") / "home")


def kill_at_random(run: Watched, draw: random.Random, calls: int) -> None:
    """Kill it after some events, or some time before there are any."""
    if draw.random() < 0.2:
        with_events = 0
        run.process.poll()
    else:
        with_events = draw.randrange(1, 2 * calls - calls // 4)
    for _ in range(with_events):
        if next(run.read(), None) is None:
            break
    run.end(signal.SIGKILL)


@pytest.mark.parametrize(
    ("shape", "seed"),
    [
        *(pytest.param(_CHAINS, seed, id=f"chains-{seed}") for seed in range(5)),
        *(pytest.param(_GROWING, seed, id=f"growing-{seed}") for seed in range(5, 9)),
    ],
)
def test_what_was_told_is_known_to_the_next_run_and_nothing_runs_twice(
    home: Path, tmp_path: Path, shape: Shape, seed: int
) -> None:
    draw = random.Random(seed)
    noether = Noether(home, tmp_path)
    kills, salt = 0, seed << 16
    while kills < _KILLS:
        salt += 1
        graph = shape.write(tmp_path, salt)
        told: set[str] = set()
        while kills < _KILLS and len(told) < shape.calls:
            run = Watched.start(noether, graph)
            kill_at_random(run, draw, shape.calls)
            kills += 1
            assert_new_only(run, told)
            told |= run.succeeded
            assert left_behind(home, within_seconds=2.0) == []
        run = Watched.start(noether, graph)
        document = json.loads(run.end())
        assert document["output"] == shape.expected(salt)
        assert_new_only(run, told)
        assert len(run.succeeded) == shape.calls


def assert_new_only(run: Watched, told: set[str]) -> None:
    assert told.isdisjoint(run.started)
    assert told.isdisjoint(run.computed)
    assert len(run.started) == len(set(run.started))


LARGE = '''"""Give more than is told before its build ends.

Input: Any
Output: Any
Effects: [Pure]
"""


def execute(given):
    return {"text": "x" * 5000, "salt": given}
'''
ITEM = '''"""Give little of much, or take long over it.

Input: Any
Output: Any
Effects: [Pure]
"""

import time


def execute(given):
    if given["number"] < 0:
        time.sleep(60)
    return [given["salt"], given["number"]]
'''
_ITEMS = 200


def write_large_graph(folder: Path) -> Path:
    """A large result, of which many small ones are made; one takes longer than the test."""
    (folder / "large.py").write_text(LARGE)
    (folder / "item.py").write_text(ITEM)
    items = {
        f"b{number}": {"op": "Stage", "id": "./item.py", "config": {"number": number}}
        for number in (*range(_ITEMS), -1)
    }
    stages = [
        {"op": "Const", "value": 7},
        {"op": "Stage", "id": "./large.py"},
        {"op": "Parallel", "branches": items},
    ]
    root = {"op": "Sequential", "stages": stages}
    graph = folder / "large.json"
    graph.write_text(json.dumps({"description": "test", "version": "1.0.0", "root": root}))
    return graph


def test_what_was_told_is_known_also_where_it_was_made_of_a_large_value_that_was_lost(
    home: Path, tmp_path: Path
) -> None:
    noether = Noether(home, tmp_path)
    graph = write_large_graph(tmp_path)
    first = Watched.start(noether, graph)
    for _ in first.read():
        if len(first.succeeded) >= _ITEMS:
            break
    first.end(signal.SIGKILL)
    told = first.succeeded

    second = Watched.start(noether, graph)
    for _ in second.read():
        if told <= second.succeeded or not told.isdisjoint(second.started):
            break
    second.end(signal.SIGKILL)

    assert "/root/stages/1" not in told  # the large one, whose build never ended
    assert len(told) == _ITEMS
    assert told <= second.succeeded
    assert_new_only(second, told)
    assert left_behind(home, within_seconds=2.0) == []


LONG = '''"""Make a list that is more than is told of other results before their build ends.

Input: Any
Output: List<Any>
Effects: [Pure]
"""


def execute(given):
    return [[given, number, "x" * 50] for number in range(400)]
'''


def test_a_list_that_calls_came_of_is_kept_before_its_build_ends(
    home: Path, tmp_path: Path
) -> None:
    noether = Noether(home, tmp_path)
    (tmp_path / "long.py").write_text(LONG)
    (tmp_path / "work.py").write_text(STAGE.format(seconds=0.01))
    stages = [
        {"op": "Const", "value": 3},
        {"op": "Stage", "id": "./long.py"},
        {"op": "Map", "body": {"op": "Stage", "id": "./work.py"}},
    ]
    graph = tmp_path / "list.json"
    root = {"op": "Sequential", "stages": stages}
    graph.write_text(json.dumps({"description": "test", "version": "1.0.0", "root": root}))
    first = Watched.start(noether, graph)
    for _ in first.read():
        if len(first.succeeded) >= 20:
            break

    first.end(signal.SIGKILL)

    second = Watched.start(noether, graph)
    assert json.loads(second.end())["ok"] is True
    assert "/root/stages/1" in first.succeeded
    assert_new_only(second, first.succeeded)
    assert len(second.succeeded) == 401
