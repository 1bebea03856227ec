"""Whole runs of one graph in threads of one process, through the Python API."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.homes import Noether
from tests.e2e.watched import expected, write_graph

pytestmark = pytest.mark.nix

_BRANCHES, _LENGTH = 3, 6

# $1 the graph, $2 how many threads; prints what each of them got.
_PROGRAM = """
import json, sys, threading
import noether_nix
from noether_nix.run.events import CallEnded, CallStarted

graph, number = sys.argv[1], int(sys.argv[2])
begin = threading.Barrier(number)
told = [{} for _ in range(number)]

def run(mine):
    started, computed = [], []
    def hear(event):
        if isinstance(event, CallStarted):
            started.append(event.pointer)
        elif isinstance(event, CallEnded) and not event.call.cached:
            computed.append(event.call.key)
    begin.wait()
    report = noether_nix.run(graph, on_event=hear)
    mine |= {"ok": report.ok, "output": report.output, "warnings": list(report.warnings),
             "started": started, "computed": computed, "run": report.run}

threads = [threading.Thread(target=run, args=(mine,)) for mine in told]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps(told))
"""


@pytest.mark.parametrize("number", [2, 5])
def test_runs_of_one_graph_in_threads_compute_each_call_once(
    own_noether: Noether, number: int
) -> None:
    run_in_threads(own_noether, number)


def test_threads_may_be_the_first_that_ever_run_in_a_home(tmp_path: Path) -> None:
    run_in_threads(Noether(tmp_path / "home", tmp_path), 3)


def run_in_threads(noether: Noether, number: int) -> None:
    """Each call of a graph is started and computed by one of so many threads, for all of them."""
    graph = write_graph(noether.folder, number, branches=_BRANCHES, length=_LENGTH, seconds=0.02)

    done = subprocess.run(
        [sys.executable, "-P", "-c", _PROGRAM, str(graph), str(number)],
        cwd=noether.folder,
        env=noether.environment,
        capture_output=True,
        check=False,
        text=True,
        timeout=100,
    )

    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    calls = expected(number, branches=_BRANCHES, length=_LENGTH)
    assert [one["output"] for one in told] == [calls] * number
    assert [one["warnings"] for one in told] == [[]] * number
    assert len({one["run"] for one in told}) == number
    computed = [key for one in told for key in one["computed"]]
    assert len(computed) == len(set(computed)) == _BRANCHES * _LENGTH
    started = [pointer for one in told for pointer in one["started"]]
    assert len(started) == len(set(started)) == _BRANCHES * _LENGTH
