"""The nodes in a node, in the order in which everything else here takes them."""

from collections.abc import Callable, Iterator

from noether_nix.errors import InternalError
from noether_nix.frozen import replace
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


def children(node: Node) -> tuple[tuple[str, Node], ...]:
    """The nodes directly inside, in plan order, each with what it is called there."""
    match node:
        case StageNode() | RemoteStageNode() | ConstNode() | ProjectNode():
            return ()
        case SequentialNode(_, stages):
            return tuple((str(index), stage) for index, stage in enumerate(stages))
        case ParallelNode(_, branches):
            return tuple(branches.items())
        case LetNode(_, bindings, body):
            return (*bindings.items(), ("body", body))
        case ImportNode(_, _, graph):
            return () if graph is None else (("root", graph.root),)
        case _:
            return _children_of_control(node)


def _children_of_control(node: ControlNode) -> tuple[tuple[str, Node], ...]:
    match node:
        case BranchNode(_, predicate, if_true, if_false):
            return (("predicate", predicate), ("if_true", if_true), ("if_false", if_false))
        case FanoutNode(_, source, targets):
            return (("source", source), *((str(at), one) for at, one in enumerate(targets)))
        case MergeNode(_, sources, target):
            named = tuple((source_name(at), one) for at, one in enumerate(sources))
            return (*named, ("target", target))
        case RetryNode(_, stage):
            return (("stage", stage),)
        case FilterNode(_, predicate):
            return (("predicate", predicate),)
        case MapNode(_, body) | ReduceNode(_, body):
            return (("body", body),)


def imported(node: ImportNode) -> Node:
    """The root of the graph that a node of a linked graph imports."""
    if node.graph is None:
        raise InternalError(f"{node.pointer} was not linked before it was used")
    return node.graph.root


def source_name(index: int) -> str:
    """The field in which a Merge hands on what its source of that index gives."""
    return f"source_{index}"


def with_children(node: Node, change: Callable[[Node], Node]) -> Node:
    """The node with each node directly inside it changed, but not what it imports."""
    match node:
        case StageNode() | RemoteStageNode() | ConstNode() | ProjectNode() | ImportNode():
            return node
        case SequentialNode():
            return replace(node, stages=tuple(map(change, node.stages)))
        case ParallelNode():
            return replace(node, branches={k: change(one) for k, one in node.branches.items()})
        case LetNode():
            bindings = {name: change(one) for name, one in node.bindings.items()}
            return replace(node, bindings=bindings, body=change(node.body))
        case _:
            return _with_children_of_control(node, change)


def _with_children_of_control(node: ControlNode, change: Callable[[Node], Node]) -> Node:
    match node:
        case FanoutNode():
            targets = tuple(map(change, node.targets))
            return replace(node, source=change(node.source), targets=targets)
        case MergeNode():
            sources = tuple(map(change, node.sources))
            return replace(node, sources=sources, target=change(node.target))
        case RetryNode():
            return replace(node, stage=change(node.stage))
        case FilterNode():
            return replace(node, predicate=change(node.predicate))
        case MapNode() | ReduceNode():
            return replace(node, body=change(node.body))
        case BranchNode():
            return replace(
                node,
                predicate=change(node.predicate),
                if_true=change(node.if_true),
                if_false=change(node.if_false),
            )


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
