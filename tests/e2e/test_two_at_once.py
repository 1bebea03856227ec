"""Two runs of one graph at the same time, of which one may die at any moment."""

import json
import random
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from noether_nix.database.connection import Database
from noether_nix.store.results import ResultStore
from tests.e2e.homes import Noether, copy_home, prepared_home
from tests.fakes.memory_values import MemoryValues
from tests.nix.left_behind import left_behind

pytestmark = pytest.mark.nix

_ROUNDS = 20
_STAGE = '''"""Work for a moment.

Input: Any
Output: Any
Effects: [Pure]
"""

import time


def execute(given):
    time.sleep(0.03)
    return [given, len(repr(given))]
'''


def branch(number: int) -> dict[str, Any]:
    begin = {"op": "Const", "value": number}
    return {"op": "Sequential", "stages": [begin, *[{"op": "Stage", "id": "./work.py"}] * 3]}


def write_graph(folder: Path, salt: int) -> Path:
    (folder / "work.py").write_text(_STAGE)
    branches = {f"b{number}": branch(1000 * salt + number) for number in range(4)}
    root = {"op": "Parallel", "branches": branches}
    graph = folder / "graph.json"
    graph.write_text(json.dumps({"description": "test", "version": "1.0.0", "root": root}))
    return graph


def expected(salt: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number in range(4):
        value: Any = 1000 * salt + number
        for _ in range(3):
            value = [value, len(repr(value))]
        found[f"b{number}"] = value
    return found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    prepared = prepared_home(tmp_path_factory, worker_id)
    return copy_home(prepared, tmp_path_factory.mktemp("two") / "home")


def killed_later(process: "subprocess.Popen[bytes]", draw: random.Random) -> threading.Timer:
    """Sends a signal at a moment of the run that nobody chose."""
    number = draw.choice([signal.SIGKILL, signal.SIGTERM])
    timer = threading.Timer(draw.uniform(0.0, 0.9), lambda: process.send_signal(number))
    timer.start()
    return timer


@pytest.fixture
def pair(home: Path, tmp_path: Path, seed: int) -> Iterator[list["subprocess.Popen[bytes]"]]:
    noether = Noether(home, tmp_path)
    graph = write_graph(tmp_path, seed)
    words = ("run", graph, "--json")
    both = [
        noether.start(*words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) for _ in range(2)
    ]
    yield both
    for process in both:
        process.kill()
        process.wait()


@pytest.mark.parametrize("seed", range(_ROUNDS))
def test_whoever_lives_has_the_right_result_and_nothing_is_left(
    home: Path, tmp_path: Path, seed: int, pair: list["subprocess.Popen[bytes]"]
) -> None:
    draw = random.Random(seed)
    doomed = pair[draw.randrange(2)] if seed % 2 else None
    timer = None if doomed is None else killed_later(doomed, draw)

    said = [process.communicate(timeout=60)[0] for process in pair]

    if timer is not None:
        timer.join()
    for process, out in zip(pair, said, strict=True):
        if process is doomed and process.returncode != 0:
            assert process.returncode in (-signal.SIGKILL, -signal.SIGTERM, 143)
        else:
            assert process.returncode == 0, out
            assert json.loads(out)["output"] == expected(seed)
    assert left_behind(home, within_seconds=2.0) == []
    again = Noether(home, tmp_path)("run", tmp_path / "graph.json", "--json")
    assert json.loads(again.out)["output"] == expected(seed)
    if doomed is None:
        assert all(call["cached"] for call in json.loads(again.out)["calls"])
    assert_sound(home)


def assert_sound(home: Path) -> None:
    file = home / "noether.sqlite"
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert plain.execute("PRAGMA foreign_key_check").fetchall() == []
        keys = {key for (key,) in plain.execute("SELECT key FROM results")}
    plain.close()
    with Database.open(file) as database:
        readable = ResultStore(database, MemoryValues()).find_readable(keys)
    assert readable.damaged == ()
    assert readable.records.keys() == keys
