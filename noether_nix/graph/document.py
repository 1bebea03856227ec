"""A graph as the JSON document that it is read from: what :mod:`parse` reads, written."""

import json
from collections.abc import Iterable, Mapping

from noether_nix.graph.limits import write_limits
from noether_nix.graph.model import (
    OPERATORS,
    BranchNode,
    ConstNode,
    ControlNode,
    FanoutNode,
    FilterNode,
    Graph,
    ImportNode,
    LetNode,
    MapNode,
    MergeNode,
    Node,
    ParallelNode,
    ProjectNode,
    ReduceNode,
    RemoteStageNode,
    RetryNode,
    SequentialNode,
    StageNode,
)
from noether_nix.graph.projection import write_project
from noether_nix.inside.contract import Json
from noether_nix.types.document import type_to_document


def graph_to_document(graph: Graph) -> dict[str, Json]:
    """The document of a graph; comments (keys that begin with ``_``) are not part of a graph.

    What a linked graph took from other files stands in it, so that it can be read without them.
    """
    document: dict[str, Json] = {"description": graph.description, "version": graph.version}
    if graph.ui is not None:
        document["ui"] = graph.ui
    if graph.limits:
        document["limits"] = write_limits(graph.limits)
    document["root"] = node_to_document(graph.root)
    return document


def node_to_document(node: Node) -> dict[str, Json]:
    """The document of one node and all that is in it."""
    return {"op": OPERATORS[type(node)], **_additions(node), **_members(node)}


def render_graph(graph: Graph) -> str:
    """The text of a graph file."""
    return json.dumps(graph_to_document(graph), ensure_ascii=False, indent=2) + "\n"


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


def _members(node: Node) -> dict[str, Json]:
    match node:
        case StageNode():
            pinning = {} if node.pinning == "signature" else {"pinning": node.pinning}
            config: dict[str, Json] = {"config": dict(node.config)} if node.config else {}
            return {"id": str(node.reference), **pinning, **config}
        case RemoteStageNode(_, url, given, made):
            types = {"input": type_to_document(given), "output": type_to_document(made)}
            return {"url": url, **types}
        case ConstNode():
            return _const(node)
        case ProjectNode(_, rule):
            return write_project(rule)
        case ImportNode(_, path, graph, sha256):
            pinned: dict[str, Json] = {"sha256": sha256} if sha256 else {}
            return {
                "path": path,
                **pinned,
                **({"import": graph_to_document(graph)} if graph is not None else {}),
            }
        case SequentialNode(_, stages):
            return {"stages": _listed(stages)}
        case ParallelNode(_, branches):
            return {"branches": _named(branches)}
        case LetNode(_, bindings, body):
            return {"bindings": _named(bindings), "body": node_to_document(body)}
        case _:
            return _members_of_control(node)


def _members_of_control(node: ControlNode) -> dict[str, Json]:
    match node:
        case BranchNode(_, predicate, if_true, if_false):
            return {
                "predicate": node_to_document(predicate),
                "if_true": node_to_document(if_true),
                "if_false": node_to_document(if_false),
            }
        case FanoutNode(_, source, targets):
            return {"source": node_to_document(source), "targets": _listed(targets)}
        case MergeNode(_, sources, target):
            return {"sources": _listed(sources), "target": node_to_document(target)}
        case RetryNode(_, stage):
            return {"stage": node_to_document(stage), **retry_members(node)}
        case MapNode(_, body, over):
            return {"body": node_to_document(body), **_over(over)}
        case FilterNode(_, predicate, over):
            return {"predicate": node_to_document(predicate), **_over(over)}
        case ReduceNode(_, body):
            return {"body": node_to_document(body), **reduce_members(node), **_over(node.over)}


def retry_members(node: RetryNode) -> dict[str, Json]:
    """How often a Retry tries, without what need not be said."""
    document: dict[str, Json] = {"max_attempts": node.max_attempts}
    if node.delay_ms:
        document["delay_ms"] = node.delay_ms
    return document if node.backoff == 1 else {**document, "backoff": node.backoff}


def reduce_members(node: ReduceNode) -> dict[str, Json]:
    """What a Reduce begins with and how it combines, without what need not be said."""
    document: dict[str, Json] = {"initial": node.initial} if node.has_initial else {}
    return document if node.mode == "left" else {**document, "mode": node.mode}


def _const(node: ConstNode) -> dict[str, Json]:
    document: dict[str, Json] = {}
    if node.file:
        document["file"] = node.file
    if node.sha256:
        document["sha256"] = node.sha256
    return document if node.waits else {**document, "value": node.value}


def _over(over: str | None) -> dict[str, Json]:
    return {} if over is None else {"over": over}


def _listed(nodes: Iterable[Node]) -> list[Json]:
    return [node_to_document(node) for node in nodes]


def _named(named: Mapping[str, Node]) -> dict[str, Json]:
    return {name: node_to_document(node) for name, node in named.items()}
