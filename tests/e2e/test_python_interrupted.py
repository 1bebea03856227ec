"""Ctrl-C in a Python program that runs a graph: KeyboardInterrupt, after an orderly stop."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.homes import PROJECT, Noether, copy_home, prepared_home
from tests.e2e.watched import Watched, expected, write_graph
from tests.nix.left_behind import left_behind

pytestmark = pytest.mark.nix

_BRANCHES, _LENGTH = 10, 20
_CALLS = _BRANCHES * _LENGTH

PROGRAM = """
import signal
import sys

sys.path.insert(0, sys.argv[2])
import noether_nix
from noether_nix.run.events import CallEnded


def tell(event):
    if isinstance(event, CallEnded) and event.call.ok:
        print(event.call.pointer, flush=True)


try:
    noether_nix.run(sys.argv[1], on_event=tell)
except KeyboardInterrupt:
    print("interrupted", flush=True)
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
"""


@pytest.fixture
def noether(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Noether:
    prepared = prepared_home(tmp_path_factory, worker_id)
    return Noether(copy_home(prepared, tmp_path / "home"), tmp_path)


def start(noether: Noether, graph: Path) -> "subprocess.Popen[str]":
    process: subprocess.Popen[str] = subprocess.Popen(
        [
            "/usr/bin/env", "--default-signal=INT", sys.executable, "-P", "-c", PROGRAM,
            str(graph), str(PROJECT),
        ],
        cwd=noether.folder,
        env=noether.environment,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    return process


@pytest.mark.parametrize("times", [1, 2])
def test_what_had_ended_is_kept_and_nothing_remains(noether: Noether, times: int) -> None:
    graph = write_graph(noether.folder, times, branches=_BRANCHES, length=_LENGTH, seconds=0.02)
    with start(noether, graph) as process:
        assert process.stdout is not None
        told = [process.stdout.readline().strip() for _ in range(20)]
        for _ in range(times):
            process.send_signal(signal.SIGINT)
        told += process.stdout.read().splitlines()  # what was read ahead is in there too
        err = process.stderr.read() if process.stderr else ""
    left = left_behind(noether.home, within_seconds=2.0)
    run = json.loads(noether("show", "last", "--json").out)
    again = Watched.start(noether, graph)
    output = json.loads(again.end())["output"]

    assert (process.returncode, err, told[-1]) == (0, "", "interrupted")
    assert left == []
    assert run["state"] == "interrupted"
    assert run["counts"]["interrupted"] > 0
    assert output == expected(times, branches=_BRANCHES, length=_LENGTH)
    assert set(told[:-1]).isdisjoint(again.started)
    if times == 1:  # the second one stops also what would be told
        assert len(again.computed) == run["counts"]["interrupted"] == _CALLS - len(told[:-1])
