"""Graphs and stages that ask for more than they may have are refused with the place."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from noether_nix.catalog.answers import Found
from noether_nix.errors import LimitRefusedError
from noether_nix.graph.dataflow import build_dataflow
from noether_nix.run.limit_check import check_limits
from noether_nix.run.loading import LoadedGraph, load_graph_text
from noether_nix.stage.python_file import parse_stage_file

CEILINGS = {"memory": 2 << 30, "wall": 60}


def loaded(root: dict[str, object], stage_limits: str = "") -> LoadedGraph:
    text = (
        f'"""Test.\n\nInput: Any\nOutput: Any\nEffects: [Pure]\n{stage_limits}\n"""\n\n\n'
        "def execute(x):\n    return x\n"
    )
    stage = replace(parse_stage_file(text.encode(), place="same.py"), origin="same.py")
    graph = {"description": "", "version": "1", "root": root}
    return load_graph_text(
        json.dumps(graph, indent=1).encode(),
        source="graph.json",
        name="test",
        folder=Path(),
        find=lambda _name: Found(stage),
    )


def check(graph: LoadedGraph, **given: int) -> None:
    check_limits(graph, build_dataflow(graph.checked).calls, given, CEILINGS)


SAME = {"op": "Stage", "id": "same"}


def test_a_node_that_exceeds_a_ceiling_is_refused_with_file_line_and_node() -> None:
    graph = loaded({"op": "Sequential", "limits": {"memory": "3GiB"}, "stages": [SAME, SAME]})

    with pytest.raises(LimitRefusedError, match="3GiB, and its ceiling here is 2GiB") as caught:
        check(graph)

    (problem,) = caught.value.problems
    assert problem.place == "graph.json:7 /root/limits/memory"
    assert "--limit memory=3GiB" in caught.value.hint
    assert caught.value.exit_code == 9


def test_a_stage_that_exceeds_a_ceiling_is_refused_once_with_its_file() -> None:
    graph = loaded({"op": "Sequential", "stages": [SAME, SAME]}, "Limits: { wall: 5min }")

    with pytest.raises(LimitRefusedError) as caught:
        check(graph)

    assert [problem.place for problem in caught.value.problems] == ["same.py"]


def test_every_refusal_comes_at_once() -> None:
    greedy = {**SAME, "limits": {"memory": "3GiB", "wall": "2min"}}

    with pytest.raises(LimitRefusedError, match="and 2 more") as caught:
        check(loaded({"op": "Sequential", "stages": [greedy, SAME]}, "Limits: { wall: 5min }"))

    assert len(caught.value.problems) == 3


def test_what_the_owner_gives_for_the_run_counts_and_may_exceed() -> None:
    graph = loaded({**SAME, "limits": {"memory": "3GiB"}}, "Limits: { wall: 5min }")

    check(graph, memory=4 << 30, wall=600)


def test_limits_within_their_ceilings_pass() -> None:
    check(loaded({**SAME, "limits": {"memory": "2GiB"}}, "Limits: { wall: 1min }"))
