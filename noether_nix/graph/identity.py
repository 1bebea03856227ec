"""The ids of a graph: what it composes, not how it is spelt (reference/noether.md 3.4, 3.5).

The closure id is made after references are resolved: names move, so a name in it would let one id
stand for different code over time. The composition id is the ancestor's, of names as written.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import TypeAlias

from noether_nix.formats.canonical_json import canonical_bytes
from noether_nix.frozen import replace
from noether_nix.graph.check import CheckedGraph
from noether_nix.graph.document import retry_members
from noether_nix.graph.members import items_of
from noether_nix.graph.model import (
    OPERATORS,
    ConstNode,
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
from noether_nix.graph.traversal import children, imported
from noether_nix.inside.contract import Json
from noether_nix.types.document import type_to_document
from noether_nix.types.refinement import MAX_EXACT_INTEGER

Namer: TypeAlias = Callable[[StageNode], str]
"""What a stage is called in a canonical form."""

_MOST_ATTEMPTS = (1 << 32) - 1

# Deeper values are written as text: the library for RFC 8785 is recursive.
_MAX_EXACT_LEVELS = 32


def graph_id(checked: CheckedGraph) -> str:
    """The closure id: 64 hex digits that equal compositions of equal stages share.

    Description, version, labels, limits, the order of keys, the way in which stages are named and
    the files that parts are imported from are no part of it; nor is nesting that means nothing,
    like a Sequential in a Sequential.
    """
    stages = checked.stages
    return _digest(canonical_document(checked.graph.root, lambda node: stages[node.pointer].id))


def composition_id(graph: Graph) -> str:
    """The id of a graph as its author wrote it, with stages by the names that stand there."""

    def name(node: StageNode) -> str:
        text = str(node.reference)
        return text if node.pinning == "signature" else f"{text} {node.pinning}"

    return _digest(canonical_document(graph.root, name))


def canonical_document(node: Node, name: Namer) -> dict[str, Json]:
    """The canonical form of a linked node, with stages by what ``name`` calls them."""
    match node:
        case StageNode():
            config = _given("config", dict(node.config)) if node.config else {}
            return {"op": "Stage", "id": name(node), **config}
        case ConstNode():
            return {"op": "Const", **_given("value", node.value)}
        case SequentialNode() | ImportNode():
            parts = _flat(node, name)
            return parts[0] if len(parts) == 1 else {"op": "Sequential", "stages": [*parts]}
        case RetryNode():
            return _retry(node, name)
        case ReduceNode():
            initial = _given("initial", node.initial) if node.has_initial else {}
            return {**_plain(node, name), **initial}
        case ProjectNode():
            written = write_project(node.rule)
            return {"op": "Project", **_all_given(written)}
        case _:
            return _plain(node, name)


def _plain(node: Node, name: Namer) -> dict[str, Json]:
    """An operator whose canonical form is that of what is in it."""
    document: dict[str, Json] = {"op": OPERATORS[type(node)]}

    def inner(one: Node) -> dict[str, Json]:
        return canonical_document(one, name)

    match node:
        case ParallelNode(_, branches):
            return {**document, "branches": {key: inner(one) for key, one in branches.items()}}
        case LetNode(_, bindings, body):
            bound: Json = {key: inner(one) for key, one in bindings.items()}
            return {**document, "bindings": bound, "body": inner(body)}
        case FanoutNode(_, source, targets):
            return {**document, "source": inner(source), "targets": [*map(inner, targets)]}
        case MergeNode(_, sources, target):
            return {**document, "sources": [*map(inner, sources)], "target": inner(target)}
        case RemoteStageNode(_, url, given, made):
            types = {"input": type_to_document(given), "output": type_to_document(made)}
            return {**document, "url": url, **types}
        case MapNode() | FilterNode() | ReduceNode():
            if isinstance(node, ReduceNode) and node.mode != "left":
                document["mode"] = node.mode
            if node.over is not None:
                document["over"] = node.over
        case _:
            pass
    return {**document, **{key: inner(one) for key, one in children(node)}}


def _retry(node: RetryNode, name: Namer) -> dict[str, Json]:
    """One attempt is none again; equal waits within each other are as many as both together."""
    attempts, inner = node.max_attempts, node.stage
    while True:
        match inner:
            case ImportNode():
                inner = imported(inner)
            case SequentialNode(_, (only,)):
                inner = only
            case RetryNode(_, stage, 1):
                inner = stage
            case RetryNode(_, stage, more) if attempts == 1:
                node, attempts, inner = inner, more, stage
            case RetryNode(_, stage, more) if _waits(inner) == _waits(node) and node.backoff == 1:
                attempts, inner = min(attempts * more, _MOST_ATTEMPTS), stage
            case _:
                break
    document = canonical_document(inner, name)
    if attempts == 1:
        return document
    return {"op": "Retry", "stage": document, **retry_members(replace(node, max_attempts=attempts))}


def _waits(node: RetryNode) -> tuple[int, float]:
    return node.delay_ms, node.backoff


def _flat(node: Node, name: Namer) -> list[dict[str, Json]]:
    match node:
        case SequentialNode(_, stages):
            return [part for one in stages for part in _flat(one, name)]
        case ImportNode():
            return _flat(imported(node), name)
        case RetryNode():
            document = _retry(node, name)
            return _stages_of(document) if document["op"] == "Sequential" else [document]
        case _:
            return [canonical_document(node, name)]


def _stages_of(document: Mapping[str, Json]) -> list[dict[str, Json]]:
    stages = document["stages"]
    assert isinstance(stages, list)
    return [one for one in stages if isinstance(one, dict)]


def _digest(document: dict[str, Json]) -> str:
    return hashlib.sha256(canonical_bytes(document)).hexdigest()


def _given(key: str, value: Json) -> dict[str, Json]:
    """A value of the graph's own; as text where RFC 8785 would make two values one, or refuse."""
    if _is_exact(value):
        return {key: value}
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return {f"{key}_text": text}


def _all_given(members: Mapping[str, Json]) -> dict[str, Json]:
    return {key: one for name, value in members.items() for key, one in _given(name, value).items()}


def _is_exact(value: Json) -> bool:
    """Whether RFC 8785 tells the value from all others; stages can tell 1 from 1.0."""
    current: list[Json] = [value]
    for _ in range(_MAX_EXACT_LEVELS):
        if not all(map(_is_exact_alone, current)):
            return False
        current = [item for one in current for item in items_of(one)]
        if not current:
            return True
    return False


def _is_exact_alone(value: Json) -> bool:
    match value:
        case float():
            return not value.is_integer()
        case int():
            return abs(value) <= MAX_EXACT_INTEGER
        case _:
            return True
