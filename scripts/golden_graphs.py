"""What is said of the graphs of tests/golden/graphs: of those that are refused, message by message.

``types.json`` gives the stages' types by name, ``refused.json`` and ``accepted.json`` a root each,
``files.json`` graphs whose text itself is wrong, or what other files they name.
"""

import json
from pathlib import Path
from typing import Any

from noether_nix.errors import FileUnreadableError, GraphError, Problem
from noether_nix.graph.check import CheckedGraph, check_graph
from noether_nix.graph.link import link_graph
from noether_nix.graph.parse import parse_graph
from noether_nix.graph.traversal import stage_nodes
from noether_nix.stage.effect import PURE
from noether_nix.stage.model import Stage
from noether_nix.types.text import parse_type, render_type

FOLDER = Path(__file__).resolve().parents[1] / "tests/golden/graphs"


def cases(name: str) -> dict[str, Any]:
    """The cases of one of the files, by name."""
    found: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return found


def check_case(root: Any) -> CheckedGraph:
    """The graph with this root, checked.

    Raises:
        GraphError: it is refused.
    """
    document = {"description": "a case", "version": "1", "root": root}
    text = json.dumps(document, indent=1).encode()
    graph = parse_graph(text, source="graph.json")
    types = cases("types.json")
    stages = {}
    for node in stage_nodes(graph):
        name = getattr(node.reference, "name", str(node.reference))
        if name in types:
            given, made = map(parse_type, types[name].split(" -> "))
            stages[node.pointer] = Stage(name, given, made, (PURE,), b"")
    return check_graph(graph, stages, text)


def problems_of(root: Any) -> tuple[Problem, ...]:
    """Everything wrong with the graph with this root."""
    try:
        check_case(root)
    except GraphError as error:
        return error.problems
    return ()


def problems_of_files(files: dict[str, str]) -> tuple[Problem, ...]:
    """Everything wrong with the graph that the first of these files is, by their names."""
    name, text = next(iter(files.items()))

    def open_file(path: str) -> bytes:
        if path not in files:
            raise FileUnreadableError(f"{path}: No such file or directory")
        return files[path].encode()

    try:
        linked = link_graph(parse_graph(text.encode(), source=name), open_file, text.encode())
        check_graph(linked.graph, {}, text.encode())
    except GraphError as error:
        return error.problems
    return ()


def refused_text() -> str:
    """Every message, below the name of its case."""
    found = [(name, problems_of(root)) for name, root in cases("refused.json").items()]
    found += [(name, problems_of_files(files)) for name, files in cases("files.json").items()]
    return "\n".join(f"== {name}\n{told(problems)}" for name, problems in found)


def accepted_text() -> str:
    """The type of every graph that is accepted, beside the name of its case."""
    lines = []
    for name, root in cases("accepted.json").items():
        checked = check_case(root)
        lines.append(f"{name}: {render_type(checked.input)} -> {render_type(checked.output)}\n")
    return "".join(lines)


def told(problems: tuple[Problem, ...]) -> str:
    """Problems as the golden files have them."""
    lines = []
    for one in problems:
        lines += [f"{one.code} · {one.place}", f"    {one.message}"]
        lines += [f"    hint: {one.hint}"] if one.hint else []
    return "".join(f"{line}\n" for line in lines)
