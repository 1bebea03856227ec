"""What of a graph is known before it runs, told by its nodes; see :mod:`folding`."""

from collections.abc import Iterator, Mapping
from typing import Any

from noether_nix.frozen import dataclass
from noether_nix.graph.check import CheckedGraph
from noether_nix.graph.expression import Constant, Expression, Input
from noether_nix.graph.flow import Around, Flow, Walker
from noether_nix.graph.folding import fold_flow
from noether_nix.graph.model import BranchNode, ConstNode, Node, StageNode
from noether_nix.graph.traversal import children

# What a line of words names of each sort.
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class DeadArm:
    """An arm of a Branch that is never taken, with how many calls of stages are in it."""

    pointer: str
    arm: str
    calls: int

    def to_document(self) -> dict[str, Any]:
        """The arm as `--json` shows it."""
        return {"node": self.pointer, "arm": self.arm, "calls": self.calls}


@dataclass(frozen=True, slots=True)
class Simplified:
    """What is known of a graph, whatever it is given.

    Attributes:
        dead: the arms that are never taken; none of those that are in another.
        constant: the outermost nodes that need no call and always give the same, but for Consts.
    """

    dead: tuple[DeadArm, ...] = ()
    constant: tuple[str, ...] = ()

    def to_document(self) -> dict[str, Any]:
        """The same as `--json` shows it."""
        dead = [arm.to_document() for arm in self.dead]
        return {"dead": dead, "constant": list(self.constant)}

    def in_words(self) -> str:
        """One line; empty where nothing is known."""
        words = []
        if self.dead:
            calls = sum(arm.calls for arm in self.dead)
            number = "1 call" if calls == 1 else f"{calls} calls"
            places = _named([arm.pointer for arm in self.dead])
            words.append(f"{number} dropped: dead branch at {places}")
        if self.constant:
            words.append(f"known beforehand: {_named(self.constant)}")
        return "; ".join(words)


def find_simplified(checked: CheckedGraph) -> Simplified:
    """Find what is known of a graph before it runs."""
    walker = Walker(checked.stages, checked.ports)
    walker.add(checked.graph.root, Input(), Around())
    if walker.flow.is_remote:
        return Simplified()
    return _Finder(dict(_outputs(fold_flow(walker.flow)))).find(checked.graph.root)


class _Finder:
    def __init__(self, outputs: Mapping[str, Expression]) -> None:
        self._outputs = outputs
        self._dead: list[DeadArm] = []

    def find(self, root: Node) -> Simplified:
        _, constant = self._look(root)
        return Simplified(tuple(self._dead), tuple(constant))

    def _look(self, node: Node) -> tuple[int, list[str]]:
        """How many calls there are in a node but in dead arms, and what in it is constant."""
        calls, constant = int(isinstance(node, StageNode)), list[str]()
        dead = self._dead_arm(node)
        for name, inner in children(node):
            if name == dead:
                self._dead.append(DeadArm(node.pointer, name, _calls(inner)))
                continue
            more, found = self._look(inner)
            calls += more
            constant += found
        is_known = isinstance(self._outputs[node.pointer], Constant)
        if is_known and not calls and not isinstance(node, ConstNode):
            constant = [node.pointer]
        return calls, constant

    def _dead_arm(self, node: Node) -> str | None:
        if not isinstance(node, BranchNode):
            return None
        match self._outputs[node.predicate.pointer]:
            case Constant(True):
                return "if_false"
            case Constant(False):
                return "if_true"
            case _:
                return None


def _outputs(flow: Flow) -> Iterator[tuple[str, Expression]]:
    yield from flow.outputs.items()
    for each in flow.eaches:
        yield from _outputs(each.body)


def _calls(node: Node) -> int:
    return int(isinstance(node, StageNode)) + sum(_calls(inner) for _, inner in children(node))


def _named(pointers: list[str] | tuple[str, ...]) -> str:
    left = len(pointers) - _MOST_NAMED
    return ", ".join(pointers[:_MOST_NAMED]) + (f" and {left} more" if left > 0 else "")
