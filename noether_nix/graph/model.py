"""A graph as its file says it: nodes at their places, references not yet looked up.

Nothing here says whether the references exist or the types fit: that is :mod:`check`. The
``limits`` of a node are for all calls in it, in seconds, bytes and pieces.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from noether_nix.frozen import dataclass
from noether_nix.graph.references import Reference
from noether_nix.inside.contract import Json

# What stage a reference that is an identity means: any with that signature, or exactly that one.
Pinning: TypeAlias = Literal["signature", "both"]

# Every traversal is recursive; with this bound none comes near the end of Python's stack, and
# the types that nested nodes build stay as shallow as types are allowed to be.
MAX_LEVELS = 64


@dataclass(frozen=True, slots=True)
class StageNode:
    """A stage at its place in the graph, with the input fields that the graph itself gives."""

    pointer: str
    reference: Reference
    config: Mapping[str, Json] | None = None
    pinning: Pinning = "signature"
    label: str = ""
    ui: Json = None
    limits: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConstNode:
    """A literal value; its input is not looked at."""

    pointer: str
    value: Json
    label: str = ""
    ui: Json = None
    limits: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SequentialNode:
    """Nodes that each take the output of the one before."""

    pointer: str
    stages: "tuple[Node, ...]"
    label: str = ""
    ui: Json = None
    limits: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ParallelNode:
    """Named nodes side by side, in the order of the file; the output is an object by name.

    A branch takes the input's field of its own name, or the whole input if it has none.
    """

    pointer: str
    branches: "Mapping[str, Node]"
    label: str = ""
    ui: Json = None
    limits: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LetNode:
    """Named nodes that all take the input, then a body that sees their outputs as fields.

    No binding sees another.
    """

    pointer: str
    bindings: "Mapping[str, Node]"
    body: "Node"
    label: str = ""
    ui: Json = None
    limits: Mapping[str, int] = field(default_factory=dict)


Node: TypeAlias = StageNode | ConstNode | SequentialNode | ParallelNode | LetNode

OPERATORS: Mapping[type[Node], str] = {
    StageNode: "Stage",
    ConstNode: "Const",
    SequentialNode: "Sequential",
    ParallelNode: "Parallel",
    LetNode: "Let",
}


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph file; ``source`` is the file's name for messages, ``-`` for standard input."""

    description: str
    version: str
    root: Node
    source: str
    ui: Json = None
    limits: Mapping[str, int] = field(default_factory=dict)


def children(node: Node) -> tuple[tuple[str, Node], ...]:
    """The nodes directly inside, in plan order, each with what it is called there."""
    match node:
        case StageNode() | ConstNode():
            return ()
        case SequentialNode():
            return tuple((str(index), stage) for index, stage in enumerate(node.stages))
        case ParallelNode():
            return tuple(node.branches.items())
        case LetNode():
            return (*node.bindings.items(), ("body", node.body))


def nodes(graph: Graph) -> Iterator[Node]:
    """Every node in plan order: the file's order, but that bindings precede their body."""
    pending: list[Node] = [graph.root]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(child for _, child in reversed(children(node)))


def stage_nodes(graph: Graph) -> Iterator[StageNode]:
    """The nodes that name a stage, in plan order."""
    return (node for node in nodes(graph) if isinstance(node, StageNode))


def find_node(graph: Graph, pointer: str) -> Node | None:
    """The node of that name, if the graph has one."""
    return next((node for node in nodes(graph) if node.pointer == pointer), None)


def node_title(node: Node) -> str:
    """What a node is called on the screen: its label, its reference, or its operator."""
    if node.label:
        return node.label
    return str(node.reference) if isinstance(node, StageNode) else OPERATORS[type(node)]
