"""What nodes are called in messages."""

from collections.abc import Mapping

from noether_nix.graph.fitting import bare
from noether_nix.graph.model import OPERATORS, Node, StageNode
from noether_nix.stage.model import Stage


class Titles:
    """What each node of a graph is called, made once: it is asked for wherever two nodes meet."""

    def __init__(self, stages: Mapping[str, Stage]) -> None:
        self._stages = stages
        self._known: dict[str, str] = {}

    def of(self, node: Node) -> str:
        """The stage or the operator, and where."""
        known = self._known.get(node.pointer)
        if known is None:
            known = self._known[node.pointer] = self._make(node)
        return known

    def _make(self, node: Node) -> str:
        if isinstance(node, StageNode):
            stage = self._stages.get(node.pointer)
            name = bare(str(node.reference)) if stage is None else stage.name
            return f"{name} at {bare(node.pointer)}"
        return f"the {OPERATORS[type(node)]} at {bare(node.pointer)}"
