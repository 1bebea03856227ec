"""How much processor time it takes to read and check a graph of many nodes; nothing runs.

    python -P benchmarks/check_graph.py [NODES]

Shapes: a chain, nodes side by side, Lets within each other side by side, chains of Projects whose
types follow from the graph's input, and all operators in turn. Prints one line each.
"""

import json
import sys
from time import process_time
from typing import Any

from noether_nix.graph.check import check_graph
from noether_nix.graph.dataflow import build_dataflow
from noether_nix.graph.identity import graph_id
from noether_nix.graph.parse import parse_graph
from noether_nix.graph.traversal import nodes, stage_nodes
from noether_nix.stage.effect import PURE
from noether_nix.stage.model import Stage
from noether_nix.types.text import parse_type

Document = dict[str, Any]

STAGE: Document = {"op": "Stage", "id": "step"}
RECORD = "{ a: Number, b: Text, c: List<{ d: Number }> }"


def chain(parts: list[Document]) -> Document:
    return {"op": "Sequential", "stages": parts}


def side(parts: list[Document]) -> Document:
    return {"op": "Parallel", "branches": {f"b{at}": part for at, part in enumerate(parts)}}


def let(depth: int) -> Document:
    if depth == 0:
        return STAGE
    return {"op": "Let", "bindings": {f"x{depth}": STAGE}, "body": let(depth - 1)}


def all_operators() -> Document:
    """Takes and gives the record; 18 nodes."""
    project = {"op": "Project", "fields": {"a": "a", "b": "b", "c": "c"}}
    fanout = {"op": "Fanout", "source": STAGE, "targets": [STAGE, STAGE]}
    item = {"op": "Project", "fields": {"a": {"const": 1}, "b": {"const": ""}, "c": {"from": []}}}
    return chain(
        [
            {"op": "Retry", "stage": STAGE, "max_attempts": 2},
            {"op": "Branch", "predicate": {"op": "Const", "value": True}, "if_true": project,
             "if_false": STAGE},
            {"op": "Map", "over": "c", "body": {"op": "Project", "fields": {"d": "d"}}},
            {"op": "Filter", "predicate": {"op": "Const", "value": True}},
            item,
            fanout,
            {"op": "Reduce", "mode": "tree", "initial": None, "body": {"op": "Const", "value": 1}},
            {"op": "Const", "value": {"a": 1, "b": "", "c": []}},
        ]
    )  # fmt: skip


def shapes(count: int) -> dict[str, Document]:
    project = {"op": "Project", "fields": {"a": "a", "b": "b", "c": "c"}}
    return {
        "a chain": chain([STAGE] * count),
        "side by side": side([STAGE] * count),
        "Lets in each other": side([let(30)] * (count // 61)),
        "chains of Projects": side([chain([project] * 99 + [STAGE])] * (count // 101)),
        "all operators": chain([all_operators()] * (count // 18)),
    }


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    stage = Stage("step", parse_type(RECORD), parse_type(RECORD), (PURE,), b"")
    for name, root in shapes(count).items():
        text = json.dumps({"description": "", "version": "1", "root": root}).encode()
        start = process_time()
        graph = parse_graph(text, source="graph.json")
        parsed = process_time()
        checked = check_graph(graph, {node.pointer: stage for node in stage_nodes(graph)}, text)
        done = process_time()
        build_dataflow(checked)
        graph_id(checked)
        flat = process_time()
        print(
            f"{name:<20} {sum(1 for _ in nodes(graph)):>6} nodes  {parsed - start:.2f} s to read  "
            f"{done - parsed:.2f} s to check  {flat - done:.2f} s for its flow and its id"
        )


if __name__ == "__main__":
    main()
