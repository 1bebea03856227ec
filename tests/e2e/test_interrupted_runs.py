"""Runs that are stopped, and runs whose Nix or builder is: a right end, or a right resume."""

import json
import signal
import time
from pathlib import Path

import psutil
import pytest

from noether_nix.process.child import GRACE_SECONDS
from tests.e2e.homes import Noether, copy_home, prepared_home
from tests.e2e.watched import Shape, Watched, chains, growing
from tests.nix.endless import builders, running
from tests.nix.left_behind import left_behind

pytestmark = pytest.mark.nix

_SHAPES = [
    pytest.param(chains(branches=10, length=20, seconds=0.02), id="chains"),
    pytest.param(growing(rows=10, columns=10, seconds=0.02), id="growing"),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    prepared = prepared_home(tmp_path_factory, worker_id)
    return copy_home(prepared, tmp_path_factory.mktemp("interrupted") / "home")


@pytest.fixture
def noether(home: Path, tmp_path: Path) -> Noether:
    return Noether(home, tmp_path)


def start_and_wait(noether: Noether, shape: Shape, salt: int, ended: int) -> Watched:
    """A run of 200 calls of which so many have ended, and by far not all."""
    run = Watched.start(noether, shape.write(noether.folder, salt))
    for _ in run.read():
        if len(run.computed) >= ended:
            return run
    raise AssertionError(run.lines)


@pytest.mark.parametrize("shape", _SHAPES)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_a_run_in_order_and_the_next_goes_on_from_there(
    noether: Noether, number: signal.Signals, shape: Shape
) -> None:
    salt = number + 100 * shape.grows
    run = start_and_wait(noether, shape, salt, ended=20)

    document = json.loads(run.end(number))

    assert run.process.returncode == 128 + number
    assert document["ok"] is False
    assert document["error"]["code"] == "run-interrupted"
    assert number.name in document["error"]["message"]
    outcomes = [call["outcome"] for call in document["calls"]]
    assert set(outcomes) == {"succeeded", "interrupted"}
    assert len(outcomes) < shape.calls if shape.grows else len(outcomes) == shape.calls
    assert document["counts"]["interrupted"] == outcomes.count("interrupted")
    assert document["counts"]["run"] == outcomes.count("succeeded") == len(run.computed)
    assert run.lines[-1]["event"] == "run-ended"
    assert run.lines[-1]["counts"] == document["counts"]
    assert left_behind(noether.home, within_seconds=2.0) == []

    again = Watched.start(noether, noether.folder / f"graph-{salt}.json")
    assert json.loads(again.end())["output"] == shape.expected(salt)
    assert run.succeeded.isdisjoint(again.started)
    assert len(again.computed) == shape.calls - len(run.computed)


def test_a_second_signal_ends_a_run_at_once_also_when_nix_does_not_answer(
    noether: Noether,
) -> None:
    with running(noether) as process:
        (nix,) = psutil.Process(process.pid).children()
        nix.suspend()

        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=60)
        took = time.monotonic() - began

    assert process.returncode in (128 + signal.SIGTERM, 128 + signal.SIGINT)
    assert json.loads(out)["error"]["code"] == "run-interrupted"
    assert took < GRACE_SECONDS
    assert left_behind(noether.home, within_seconds=2.0) == []


@pytest.mark.parametrize("shape", _SHAPES)
@pytest.mark.parametrize("victim", ["nix", "scheduler", "zygote"])
def test_a_build_whose_processes_are_killed_is_made_again_with_what_is_left(
    noether: Noether, victim: str, shape: Shape
) -> None:
    salt = 1000 + 2 * len(victim) + shape.grows
    run = start_and_wait(noether, shape, salt, ended=20)

    if victim == "nix":
        (process,) = psutil.Process(run.process.pid).children()
    else:
        process = builders(noether.home)[0 if victim == "scheduler" else 1]
    process.kill()
    document = json.loads(run.end())

    assert run.process.returncode == 0, document["error"]
    assert document["output"] == shape.expected(salt)
    (warning,) = document["warnings"]
    assert "tried once more" in warning
    assert len(run.computed) == len(set(run.computed)) == shape.calls
    assert left_behind(noether.home, within_seconds=2.0) == []
