"""A graph as its file says it: nodes at their places, references not yet looked up.

Nothing here says whether the references exist or the types fit: that is :mod:`check`.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from noether_nix.frozen import dataclass, field
from noether_nix.graph.projection import NestRule, PickRule
from noether_nix.graph.references import Reference
from noether_nix.inside.contract import Json
from noether_nix.types.model import Type

# What stage a reference that is an identity means: any with that signature, or exactly that one.
Pinning: TypeAlias = Literal["signature", "both"]

# How a Reduce combines: from the first item on, or neighbours level by level.
ReduceMode: TypeAlias = Literal["left", "tree"]

# Every traversal is recursive; with this bound none comes near the end of Python's stack, and
# the types that nested nodes build stay as shallow as types are allowed to be.
MAX_LEVELS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Additions:
    """What any node may have; ``limits`` are for all calls in it, in seconds, bytes, pieces."""

    label: str = ""
    ui: Json = None
    limits: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StageNode(Additions):
    """A stage at its place in the graph, with the input fields that the graph itself gives."""

    pointer: str
    reference: Reference
    config: Mapping[str, Json] | None = None
    pinning: Pinning = "signature"


@dataclass(frozen=True, slots=True)
class RemoteStageNode(Additions):
    """A stage that another server runs; its types are what the graph says that they are."""

    pointer: str
    url: str
    input: Type
    output: Type


@dataclass(frozen=True, slots=True)
class ConstNode(Additions):
    """A literal value; its input is not looked at.

    One from a ``file`` has its value, and the SHA-256 of the file, when it ``waits`` no more.
    """

    pointer: str
    value: Json
    file: str = ""
    sha256: str = ""
    waits: bool = False


@dataclass(frozen=True, slots=True)
class SequentialNode(Additions):
    """Nodes that each take the output of the one before."""

    pointer: str
    stages: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class ParallelNode(Additions):
    """Named nodes side by side, in the order of the file; the output is an object by name.

    A branch takes the input's field of its own name, or the whole input if it has none.
    """

    pointer: str
    branches: "Mapping[str, Node]"


@dataclass(frozen=True, slots=True)
class BranchNode(Additions):
    """One of two nodes, as a third one says; all three take the input."""

    pointer: str
    predicate: "Node"
    if_true: "Node"
    if_false: "Node"


@dataclass(frozen=True, slots=True)
class FanoutNode(Additions):
    """Nodes that all take the output of one; the output is the list of theirs."""

    pointer: str
    source: "Node"
    targets: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class MergeNode(Additions):
    """Nodes whose outputs one takes as the fields ``source_0``, ``source_1`` and so on.

    A source takes the input's field of that name: null if there is none, all that is no object.
    """

    pointer: str
    sources: "tuple[Node, ...]"
    target: "Node"


@dataclass(frozen=True, slots=True)
class RetryNode(Additions):
    """A node whose calls are made again when they fail for a reason that may pass.

    Attributes:
        max_attempts: at least 1.
        delay_ms: the wait before the second attempt, in milliseconds.
        backoff: the factor by which each further wait is longer.
    """

    pointer: str
    stage: "Node"
    max_attempts: int
    delay_ms: int = 0
    backoff: float = 1.0


@dataclass(frozen=True, slots=True)
class LetNode(Additions):
    """Named nodes that all take the input, then a body that sees their outputs as fields.

    No binding sees another.
    """

    pointer: str
    bindings: "Mapping[str, Node]"
    body: "Node"


@dataclass(frozen=True, slots=True)
class MapNode(Additions):
    """A node for every item of a list, or every value of an object.

    The items are those of the input, or of its field ``over``.
    """

    pointer: str
    body: "Node"
    over: str | None = None


@dataclass(frozen=True, slots=True)
class FilterNode(Additions):
    """Those items of a list or of an object for which ``predicate`` gives true."""

    pointer: str
    predicate: "Node"
    over: str | None = None


@dataclass(frozen=True, slots=True)
class ReduceNode(Additions):
    """All items of a list or of an object made into one value, two at a time.

    ``initial`` is the value to begin with; a tree needs none if there is an item.
    """

    pointer: str
    body: "Node"
    initial: Json
    mode: ReduceMode = "left"
    over: str | None = None
    has_initial: bool = True


@dataclass(frozen=True, slots=True)
class ProjectNode(Additions):
    """A part of the input, or an object made of parts; nothing runs for it."""

    pointer: str
    rule: NestRule | PickRule


@dataclass(frozen=True, slots=True)
class ImportNode(Additions):
    """The graph of another file; ``graph`` and the file's ``sha256`` are there once linked."""

    pointer: str
    path: str
    graph: "Graph | None" = None
    sha256: str = ""


Node: TypeAlias = (
    StageNode
    | RemoteStageNode
    | ConstNode
    | SequentialNode
    | ParallelNode
    | BranchNode
    | FanoutNode
    | MergeNode
    | RetryNode
    | LetNode
    | MapNode
    | FilterNode
    | ReduceNode
    | ProjectNode
    | ImportNode
)

ControlNode: TypeAlias = (
    BranchNode | FanoutNode | MergeNode | RetryNode | MapNode | FilterNode | ReduceNode
)

OPERATORS: Mapping[type[Node], str] = {
    kind: kind.__name__.removesuffix("Node") for kind in Node.__args__
}


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph file; ``source`` is the file's name for messages, ``-`` for standard input.

    Once linked, ``files`` are the bytes of the graph files that it imports, by the pointer of
    the node that does.
    """

    description: str
    version: str
    root: Node
    source: str
    ui: Json = None
    limits: Mapping[str, int] = field(default_factory=dict)
    files: "Mapping[str, tuple[str, bytes]]" = field(default_factory=dict)
