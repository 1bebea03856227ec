"""A graph as the JSON document that it is read from: what :mod:`parse` reads, written."""

import json
from collections.abc import Mapping

from noether_nix.graph.limits import write_limits
from noether_nix.graph.model import (
    OPERATORS,
    ConstNode,
    Graph,
    LetNode,
    Node,
    ParallelNode,
    SequentialNode,
    StageNode,
)
from noether_nix.inside.contract import Json


def graph_to_document(graph: Graph) -> dict[str, Json]:
    """The document of a graph; comments (keys that begin with ``_``) are not part of a graph."""
    document: dict[str, Json] = {"description": graph.description, "version": graph.version}
    if graph.ui is not None:
        document["ui"] = graph.ui
    if graph.limits:
        document["limits"] = write_limits(graph.limits)
    document["root"] = node_to_document(graph.root)
    return document


def node_to_document(node: Node) -> dict[str, Json]:
    """The document of one node and all that is in it."""
    document: dict[str, Json] = {"op": OPERATORS[type(node)], **_additions(node)}
    match node:
        case StageNode():
            document["id"] = str(node.reference)
            if node.pinning != "signature":
                document["pinning"] = node.pinning
            if node.config:
                document["config"] = dict(node.config)
        case ConstNode():
            document["value"] = node.value
        case SequentialNode():
            document["stages"] = [node_to_document(stage) for stage in node.stages]
        case ParallelNode():
            document["branches"] = _named(node.branches)
        case LetNode():
            document["bindings"] = _named(node.bindings)
            document["body"] = node_to_document(node.body)
    return document


def _additions(node: Node) -> dict[str, Json]:
    """What any node may have beside its own keys."""
    document: dict[str, Json] = {}
    if node.label:
        document["label"] = node.label
    if node.ui is not None:
        document["ui"] = node.ui
    if node.limits:
        document["limits"] = write_limits(node.limits)
    return document


def render_graph(graph: Graph) -> str:
    """The text of a graph file."""
    return json.dumps(graph_to_document(graph), ensure_ascii=False, indent=2) + "\n"


def _named(named: Mapping[str, Node]) -> dict[str, Json]:
    return {name: node_to_document(node) for name, node in named.items()}
