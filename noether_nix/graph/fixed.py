"""Which nodes are *fixed*: what they give is known whatever they take, as a stage declares it."""

from collections.abc import Mapping

from noether_nix.graph.model import (
    BranchNode,
    ConstNode,
    FanoutNode,
    FilterNode,
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
from noether_nix.graph.traversal import children
from noether_nix.stage.model import Stage
from noether_nix.types.variables import variables_of


class Fixed:
    """The fixed nodes of one graph, each found once."""

    def __init__(self, stages: Mapping[str, Stage]) -> None:
        self._stages = stages
        self._known: dict[str, bool] = {}
        self._generic: dict[int, bool] = {}

    def holds_for(self, node: Node) -> bool:
        """Whether what ``node`` gives is known whatever it takes."""
        known = self._known.get(node.pointer)
        if known is None:
            known = self._known[node.pointer] = self._find(node)
        return known

    def _find(self, node: Node) -> bool:
        match node:
            case StageNode() | RemoteStageNode() | ConstNode():
                return not self._is_generic(node)
            case ProjectNode() | MapNode() | FilterNode() | ReduceNode():
                return False
            case SequentialNode(_, stages):
                return any(map(self.holds_for, stages))
            case FanoutNode(_, source, targets):
                return self.holds_for(source) or all(map(self.holds_for, targets))
            case MergeNode(_, sources, target):
                return self.holds_for(target) or all(map(self.holds_for, sources))
            case BranchNode(_, _, if_true, if_false):
                return self.holds_for(if_true) and self.holds_for(if_false)
            case LetNode(_, _, body):
                return self.holds_for(body)
            case ParallelNode() | RetryNode() | ImportNode():
                return all(self.holds_for(inner) for _, inner in children(node))

    def _is_generic(self, node: StageNode | RemoteStageNode | ConstNode) -> bool:
        """Whether variables stand in what a leaf gives."""
        if isinstance(node, RemoteStageNode):
            return bool(variables_of(node.output))
        stage = None if isinstance(node, ConstNode) else self._stages.get(node.pointer)
        if stage is None:
            return False
        # One stage may stand at ten thousand nodes, and give a record of a thousand fields.
        if id(stage) not in self._generic:
            self._generic[id(stage)] = bool(variables_of(stage.output))
        return self._generic[id(stage)]
