"""Bytes of a graph file → :class:`Graph`, or everything that is wrong with them.

Strict from the first version on: a key that means nothing is an error, so that a slip of the
pen never changes what a graph does in silence. Keys that begin with ``_`` are comments.
"""

import json

from noether_nix.errors import GraphSyntaxError, Problem
from noether_nix.formats.json_mending import how_to_mend
from noether_nix.formats.json_places import find_duplicate_keys
from noether_nix.graph.bounds import MAX_GRAPH_BYTES
from noether_nix.graph.model import Graph
from noether_nix.graph.node_reader import NodeReader
from noether_nix.graph.problems import Finding, locate, raise_problems
from noether_nix.inside.contract import InvalidValueError, Json, decode


def parse_graph(data: bytes, *, source: str, pointer: str = "", level: int = 1) -> Graph:
    """Read a graph file.

    Args:
        data: its bytes.
        source: its name for messages.
        pointer: what the names of its nodes begin with, if another graph imports it.
        level: that of its root.

    Raises:
        GraphSyntaxError: it is no JSON or not of the shape of a graph; with every problem.
    """
    if len(data) > MAX_GRAPH_BYTES:
        size = f"{MAX_GRAPH_BYTES >> 20} MiB"
        raise GraphSyntaxError(
            f"{source} is larger than a graph may be, {size}",
            hint="give large values as the graph's input",
        )
    reader = NodeReader(source)
    graph = reader.graph(_decode(data, source, pointer), pointer, level)
    problems = locate(reader.found, source=source, data=data, base=pointer)
    raise_problems(GraphSyntaxError, f"{source} is no graph", problems)
    assert graph is not None, "a graph that could not be read left no problem"
    return graph


def _decode(data: bytes, source: str, base: str) -> Json:
    try:
        return decode(data)
    except InvalidValueError as error:
        place, reason, hint = source, error.reason, _hint(source)
        if isinstance(error.__cause__, json.JSONDecodeError):
            place = f"{source}:{error.__cause__.lineno}"
            hint = hint or how_to_mend(error.__cause__)
        # Looking for them means reading all of it again, slowly: only where they are the reason.
        pointers = find_duplicate_keys(data) if "stands twice" in error.reason else ()
        twice = [
            Finding("duplicate-key", "the key stands twice in one object", base + pointer)
            for pointer in pointers
        ]
        problems = locate(twice, source=source, data=data, base=base) or (
            Problem("graph-syntax", reason, f"{place} {error.pointer}".rstrip(), hint),
        )
        raise_problems(GraphSyntaxError, f"{source} is no graph", problems)
        raise


def _hint(source: str) -> str:
    return f"a stage is run with noether stage run {source}" if source.endswith(".py") else ""
