"""Graphs that a real project runs: which of them fit together, and where the others do not.

The graphs and their licence are in tests/golden/compositions.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from noether_nix.errors import GraphInvalidError, Problem
from noether_nix.graph.check import CheckedGraph, check_graph
from noether_nix.graph.parse import parse_graph
from noether_nix.graph.traversal import stage_nodes
from noether_nix.stage.effect import PURE
from noether_nix.stage.model import Stage
from noether_nix.types.document import type_from_document
from noether_nix.types.model import RecordType

FOLDER = Path(__file__).parents[2] / "golden/compositions"
CONTRACTS = json.loads((FOLDER / "contracts.json").read_text())
GOOD: dict[str, Any] = CONTRACTS["type_check"]["pass"]
BAD: dict[str, Any] = CONTRACTS["type_check"]["fail_edges_of_root_sequential"]


def check(name: str) -> CheckedGraph:
    text = (FOLDER / name).read_bytes()
    graph = parse_graph(text, source=name)
    stages = {}
    for node in stage_nodes(graph):
        contract = CONTRACTS["references"][str(node.reference)]
        given, made = map(type_from_document, (contract["input"], contract["output"]))
        stages[node.pointer] = Stage(contract["name"], given, made, (PURE,), b"")
    return check_graph(graph, stages, text)


def edge(problem: Problem) -> tuple[int, int]:
    """The giver and the taker of a misfit in the root's Sequential, by their places."""
    giver = problem.message.split("/root/stages/", 1)[1].split(" ", 1)[0]
    return int(giver), int(problem.place.rsplit("/", 1)[1])


@pytest.mark.parametrize("name", GOOD)
def test_a_good_graph_takes_exactly_these_fields(name: str) -> None:
    graph = check(name)

    assert isinstance(graph.input, RecordType)
    assert [field.name for field in graph.input.fields] == GOOD[name]["root_input_fields"]


@pytest.mark.parametrize("name", BAD)
def test_a_bad_graph_is_refused_at_exactly_these_edges(name: str) -> None:
    with pytest.raises(GraphInvalidError) as caught:
        check(name)

    problems = caught.value.problems
    assert [edge(problem) for problem in problems] == [(a, b) for a, b, _ in BAD[name]]
    for problem, (*_, reason) in zip(problems, BAD[name], strict=True):
        if reason.startswith("missing field"):
            field = reason.removeprefix("missing field ")
            several = rf"the fields (\S+, )*{field}(, \S+)* are missing"
            one = f"at {field}: .* the field is missing"
            assert re.search(f": ({several}|{one})$", problem.message)
        else:
            assert reason == "expected Record, got Text"
            assert "gives Text, but" in problem.message
            assert "takes Record { " in problem.message
