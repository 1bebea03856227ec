"""The id of a graph: what it composes, not how it is spelt (reference/noether.md 3.4, 3.5).

Unlike the ancestor's, the id is made after references are resolved: names move, so a name in it
would let one id stand for different code over time.
"""

import hashlib
import json
from collections.abc import Mapping

from noether_nix.formats.canonical_json import canonical_bytes
from noether_nix.graph.check import CheckedGraph
from noether_nix.graph.members import items_of
from noether_nix.graph.model import (
    ConstNode,
    LetNode,
    Node,
    ParallelNode,
    SequentialNode,
    StageNode,
)
from noether_nix.inside.contract import Json
from noether_nix.stage.model import Stage
from noether_nix.types.refinement import MAX_EXACT_INTEGER

# Deeper values are written as text: the library for RFC 8785 is recursive.
_MAX_EXACT_LEVELS = 32


def graph_id(checked: CheckedGraph) -> str:
    """The composition id: 64 hex digits that equal compositions of equal stages share.

    Description, version, labels, limits, the order of keys and the way in which stages are named
    are no part of it; nor is nesting that means nothing, like a Sequential in a Sequential.
    """
    document = canonical_document(checked.graph.root, checked.stages)
    return hashlib.sha256(canonical_bytes(document)).hexdigest()


def canonical_document(node: Node, stages: Mapping[str, Stage]) -> dict[str, Json]:
    """The canonical form of a node, with stages by their id."""
    match node:
        case StageNode():
            document: dict[str, Json] = {"op": "Stage", "id": stages[node.pointer].id}
            if node.config:
                document |= _given("config", dict(node.config))
            return document
        case ConstNode():
            return {"op": "Const", **_given("value", node.value)}
        case SequentialNode():
            parts = [part for one in node.stages for part in _flat(one, stages)]
            return parts[0] if len(parts) == 1 else {"op": "Sequential", "stages": list(parts)}
        case ParallelNode():
            return {"op": "Parallel", "branches": _named(node.branches, stages)}
        case LetNode():
            bindings, body = _named(node.bindings, stages), canonical_document(node.body, stages)
            return {"op": "Let", "bindings": bindings, "body": body}


def _flat(node: Node, stages: Mapping[str, Stage]) -> list[dict[str, Json]]:
    if isinstance(node, SequentialNode):
        return [part for one in node.stages for part in _flat(one, stages)]
    return [canonical_document(node, stages)]


def _named(named: Mapping[str, Node], stages: Mapping[str, Stage]) -> dict[str, Json]:
    return {name: canonical_document(node, stages) for name, node in named.items()}


def _given(key: str, value: Json) -> dict[str, Json]:
    """A value of the graph's own; as text where RFC 8785 would make two values one, or refuse."""
    if _is_exact(value):
        return {key: value}
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return {f"{key}_text": text}


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
