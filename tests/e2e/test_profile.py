"""`noether run --profile` and `--trace`: real runs, and what each leaves of where its time went."""

import json
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.homes import Done, Noether
from tests.e2e.watched import Watched, write_graph
from tests.unit.run.trace_schema import read_trace

pytestmark = pytest.mark.nix

STAGE = '''"""Add one.

Input: Number
Output: Number
Effects: [Pure]
"""


def execute(number):
    return 10 // (number - 3)
'''
SUM = '''"""Add up.

Input: List<Number>
Output: Number
Effects: [Pure]
"""


def execute(numbers):
    return sum(numbers)
'''


def write_map(folder: Path) -> Path:
    """A graph of a call for each item and one for all of them; the item 3 raises."""
    (folder / "divide.py").write_text(STAGE)
    (folder / "add_up.py").write_text(SUM)
    body = {"op": "Stage", "id": "./divide.py"}
    stages = [{"op": "Map", "body": body}, {"op": "Stage", "id": "./add_up.py"}]
    graph = folder / "graph.json"
    root = {"op": "Sequential", "stages": stages}
    graph.write_text(json.dumps({"description": "test", "version": "1.0.0", "root": root}))
    return graph


def profile_of(done: Done) -> dict[str, Any]:
    profile: dict[str, Any] = json.loads(done.out)["profile"]
    assert sum(profile["phases"].values()) == pytest.approx(profile["seconds"], abs=1e-4)
    for call in profile["calls"]:
        parts = [call[f"{part}_seconds"] for part in ("queue", "start", "run", "output", "keep")]
        assert min(parts) >= 0.0
        assert call["at"] + sum(parts[1:]) <= profile["seconds"] + 1e-4
    return profile


def test_a_run_of_five_calls_tells_of_each_of_them(noether: Noether) -> None:
    graph = write_map(noether.folder)

    done = noether("run", graph, "--input", "[1, 2, 4, 5]", "--json", "--profile", "--trace", "t")

    profile = profile_of(done)
    assert [call["outcome"] for call in profile["calls"]] == ["succeeded"] * 5
    assert profile["calls"][-1]["node"] == "/root/stages/1"
    last, items = profile["calls"][-1], profile["calls"][:-1]
    ends = [call["at"] + call["start_seconds"] + call["run_seconds"] for call in items]
    assert last["at"] >= max(ends) - 1e-4
    for phase in ("start", "checking", "planning", "lookup", "nix", "calls", "store"):
        assert profile["phases"][phase] > 0, phase
    trace = read_trace((noether.folder / "t").read_bytes())
    assert sorted(span.args["node"] for span in trace.calls) == [
        *(f"/root/stages/0#{item}/body" for item in range(4)), "/root/stages/1",
    ]  # fmt: skip
    assert len({span.tid for span in trace.calls}) == profile["lanes"]


def test_where_nothing_is_new_there_is_no_call_and_it_says_so_on_both_ways(
    noether: Noether,
) -> None:
    graph = write_map(noether.folder)
    words = ("run", graph, "--input", "[11]", "--profile", "--trace", "t")
    assert noether(*words).code == 0

    for ways in (words, (*words, "--fail-fast"), (*words, "--fail-fast")):
        done = noether(*ways)

        assert (done.code, done.out) == (0, "1\n")
        lines = done.err.splitlines()
        lines = lines[lines.index("") :]
        table = {line.split()[0] for line in lines if line}
        assert {"phase", "start", "checking", "lookup", "store", "whole"} <= table
        assert {"nix", "calls", "call,"} & table == set()
        assert max(map(len, lines)) <= 80
        trace = read_trace((noether.folder / "t").read_bytes())
        assert {event.pid for event in trace.traceEvents} == {1}


def test_the_table_is_there_although_nothing_else_is_to_be_said(noether: Noether) -> None:
    graph = write_map(noether.folder)

    done = noether("run", graph, "--input", "[8]", "-q", "--profile")

    assert done.out == "2\n"
    assert done.err.splitlines()[1].split() == ["phase", "ms", "%"]


def test_a_call_that_failed_is_among_them_and_what_it_stopped_is_not(noether: Noether) -> None:
    graph = write_map(noether.folder)

    done = noether("run", graph, "--input", "[3, 13]", "--json", "--profile", "--trace", "t")

    assert done.code == 6
    found = {call["node"]: call["outcome"] for call in profile_of(done)["calls"]}
    assert found == {
        "/root/stages/0#0/body": "stage-raised", "/root/stages/0#1/body": "succeeded",
    }  # fmt: skip
    trace = read_trace((noether.folder / "t").read_bytes())
    assert {span.args["outcome"] for span in trace.calls} == {"stage-raised", "succeeded"}


def test_a_run_that_was_interrupted_tells_where_its_time_went(noether: Noether) -> None:
    graph = write_graph(noether.folder, 77, branches=4, length=50, seconds=0.1)
    run = Watched.start(noether, graph, "--profile", "--trace", "t")
    for _ in run.read():
        if len(run.computed) >= 4:
            break

    out = run.end(signal.SIGTERM).decode()

    assert run.process.returncode == 128 + signal.SIGTERM
    profile = profile_of(Done(0, out, ""))
    outcomes = [call["outcome"] for call in profile["calls"]]
    assert set(outcomes) <= {"succeeded", "interrupted"}
    assert outcomes.count("succeeded") == len(run.computed)
    assert len(read_trace((noether.folder / "t").read_bytes()).calls) == len(outcomes)


def test_who_does_not_ask_pays_nothing(noether: Noether) -> None:
    graph = write_map(noether.folder)
    loud = replace(noether, variables={"PYTHONVERBOSE": "1"})

    for _ in range(2):
        done = loud("run", graph, "--input", "[21]")

        assert done.out == "0\n"
        imported = {line.split("'")[1] for line in done.err.splitlines() if line[:8] == "import '"}
        assert "noether_nix.run.memo" in imported
        measuring = ("run.profile", "run.stopwatch", "run.trace", "cli.profiling")
        assert imported.isdisjoint(f"noether_nix.{module}" for module in measuring)


def test_a_trace_that_cannot_be_written_is_refused_before_anything_runs(noether: Noether) -> None:
    graph = write_map(noether.folder)

    words = ("run", graph, "--input", "[3.0625]", "--json")

    done = noether(*words, "--trace", "nowhere/t")

    assert done.code == 2
    assert "nowhere" in json.loads(done.out)["error"]["message"]
    assert json.loads(noether(*words).out)["counts"]["run"] == 2
