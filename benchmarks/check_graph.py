"""How much processor time it takes to read and check a graph of many nodes; nothing runs.

    python -P benchmarks/check_graph.py [NODES]

Shapes: chains, nodes side by side, operators within each other side by side, chains of Projects
whose types follow from the graph's input, records of a thousand fields, and all operators in turn.
Prints one line each.
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
WIDE: Document = {"op": "Stage", "id": "wide"}
RECORD = "{ a: Number, b: Text, c: List<{ d: Number }> }"
FIELDS = ", ".join(f"f{at}: Number" for at in range(1_000))


def chain(parts: list[Document]) -> Document:
    return {"op": "Sequential", "stages": parts}


def side(parts: list[Document]) -> Document:
    return {"op": "Parallel", "branches": {f"b{at}": part for at, part in enumerate(parts)}}


def let(depth: int) -> Document:
    if depth == 0:
        return STAGE
    return {"op": "Let", "bindings": {f"x{depth}": STAGE}, "body": let(depth - 1)}


def parallel(depth: int) -> Document:
    return STAGE if depth == 0 else side([STAGE, parallel(depth - 1)])


def growing(depth: int) -> Document:
    """Each level takes a field more."""
    one = {"op": "Stage", "id": f"one{depth}"}
    return one if depth == 0 else side([one, growing(depth - 1)])


def branch(depth: int) -> Document:
    if depth == 0:
        return STAGE
    answer = {"op": "Const", "value": True}
    return {"op": "Branch", "predicate": answer, "if_true": STAGE, "if_false": branch(depth - 1)}


def maps(depth: int) -> Document:
    return STAGE if depth == 0 else {"op": "Map", "body": maps(depth - 1)}


def retry(depth: int) -> Document:
    return STAGE if depth == 0 else {"op": "Retry", "stage": retry(depth - 1), "max_attempts": 2}


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
        "a chain of records": chain([WIDE] * count),
        "records side by side": side([WIDE] * count),
        "side by side": side([STAGE] * count),
        "Lets in each other": side([let(30)] * (count // 61)),
        "Parallels in each other": side([parallel(30)] * (count // 61)),
        "growing Parallels": side([growing(30)] * (count // 61)),
        "Branches in each other": side([branch(30)] * (count // 91)),
        "Maps in each other": side([maps(30)] * (count // 31)),
        "Retries in each other": side([retry(30)] * (count // 31)),
        "chains of Projects": side([chain([project] * 99 + [STAGE])] * (count // 101)),
        "all operators": chain([all_operators()] * (count // 18)),
    }


def known_stages() -> dict[str, Stage]:
    """The stages that the shapes are made of."""
    return {
        name: Stage(name, parse_type(whole), parse_type(whole), (PURE,), b"")
        for name, whole in (
            ("step", RECORD),
            ("wide", f"{{ {FIELDS} }}"),
            *((f"one{at}", f"{{ f{at}: Number }}") for at in range(31)),
        )
    }


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    stages = known_stages()
    for name, root in shapes(count).items():
        text = json.dumps({"description": "", "version": "1", "root": root}).encode()
        start = process_time()
        graph = parse_graph(text, source="graph.json")
        parsed = process_time()
        named = {node.pointer: stages[str(node.reference)] for node in stage_nodes(graph)}
        checked = check_graph(graph, named, text)
        done = process_time()
        build_dataflow(checked)
        graph_id(checked)
        flat = process_time()
        print(
            f"{name:<24} {sum(1 for _ in nodes(graph)):>6} nodes  {parsed - start:.2f} s to read  "
            f"{done - parsed:.2f} s to check  {flat - done:.2f} s for its flow and its id"
        )


if __name__ == "__main__":
    main()
