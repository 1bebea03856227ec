"""Graphs: what the commands of `noether graph` print."""

from typing import Literal, TypeAlias

from noether_nix.cli.documents.calls import ResolvedStageDocument, SimplifiedDocument
from noether_nix.cli.documents.envelope import AnswerDocument
from noether_nix.cli.documents.model import Count, Document, Node, Sha256

Operator: TypeAlias = Literal[
    "Stage",
    "RemoteStage",
    "Const",
    "Sequential",
    "Parallel",
    "Branch",
    "Fanout",
    "Merge",
    "Retry",
    "Let",
    "Map",
    "Filter",
    "Reduce",
    "Project",
    "Import",
]


class GraphTypesDocument(Document):
    """The types of a whole graph."""

    input: str
    output: str


class NodeDocument(Document):
    """One node; what is told of its stage is null for operators."""

    node: Node
    op: Operator
    label: str
    stage: ResolvedStageDocument | None
    input: str | None
    output: str | None
    limits: dict[str, Count]
    """Stated here for all calls in the node, in seconds, bytes and pieces."""


class GraphDocument(AnswerDocument):
    """A sound graph, with its nodes from the outside in."""

    graph: str
    """A short name for people."""
    id: Sha256
    """That of what the graph composes, however it is spelt, with stages by their ids."""
    composition: Sha256
    """The same of the graph as it was written, with stages by the names that stand in it."""
    type_check: GraphTypesDocument
    effects: tuple[str, ...]
    optimized: SimplifiedDocument
    nodes: tuple[NodeDocument, ...]


class NodeEffectsDocument(Document):
    """One node with the effects of all that is in it."""

    node: Node
    op: Operator
    stage: str | None
    """The name of the stage, where the node is one."""
    effects: tuple[str, ...]


class GraphEffectsDocument(AnswerDocument):
    """What a graph may do beside computing."""

    graph: str
    id: Sha256
    effects: tuple[str, ...]
    cents: Count
    """What all nodes together declare to cost, each once."""
    nodes: tuple[NodeEffectsDocument, ...]
