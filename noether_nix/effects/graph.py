"""What a graph does: the effects of every node, and where chance ends in a file."""

from collections.abc import Iterable, Iterator, Mapping

from noether_nix.effects.policy import Use
from noether_nix.errors import Problem
from noether_nix.frozen import dataclass
from noether_nix.graph.check import CheckedGraph, own_effects
from noether_nix.graph.model import (
    FanoutNode,
    LetNode,
    MergeNode,
    Node,
    RemoteStageNode,
    SequentialNode,
    StageNode,
)
from noether_nix.graph.traversal import children, nodes
from noether_nix.stage.effect import PURE, EffectKind, Effects, join_effects

_CHANCE = frozenset(
    {EffectKind.CLOCK, EffectKind.LLM, EffectKind.NON_DETERMINISTIC, EffectKind.RANDOM}
)
_WRITES = frozenset({EffectKind.FS_WRITE})
_MOST_TRACES = 8


@dataclass(frozen=True, slots=True)
class NodeEffects:
    """A node with all that it may do, whatever is in it."""

    node: Node
    effects: Effects


def effects_of_nodes(checked: CheckedGraph) -> tuple[NodeEffects, ...]:
    """Every node in plan order; of an operator, the join of all its children's effects."""
    found: dict[str, Effects] = {}
    in_order = list(nodes(checked.graph))
    for node in reversed(in_order):
        inside = [found[child.pointer] for _, child in children(node)]
        found[node.pointer] = join_effects((PURE,), own_effects(node, checked.stages), *inside)
    return tuple(NodeEffects(node, found[node.pointer]) for node in in_order)


def uses_of_graph(checked: CheckedGraph) -> list[Use]:
    """What policies are asked about: every stage and remote stage, also in arms not taken."""
    return [
        Use(node.pointer, name_of_node(checked, node), own_effects(node, checked.stages))
        for node in nodes(checked.graph)
        if isinstance(node, StageNode | RemoteStageNode)
    ]


def name_of_node(checked: CheckedGraph, node: Node) -> str:
    """What a node calls, for people."""
    stage = checked.stages.get(node.pointer)
    if stage is not None:
        return stage.name
    return node.url if isinstance(node, RemoteStageNode) else node.pointer


def cents_of(effects: Iterable[Effects]) -> int:
    """What nodes cost together, each once, in cents."""
    every = (effect for one in effects for effect in one if effect.kind is EffectKind.COST)
    return sum(effect.detail for effect in every if isinstance(effect.detail, int))


@dataclass(frozen=True, slots=True)
class _Trace:
    """Chance in a value: where it came in, and the last pure stage that it went through."""

    source: str
    through: str | None = None


_Traces = frozenset[_Trace]


def find_pollution(checked: CheckedGraph) -> tuple[Problem, ...]:
    """Where a value that chance has a part in goes through a pure stage and is then written.

    The pure stage makes it look like something that would come out the same again. It is followed
    along the edges, not by what is in the values.
    """
    return _Follower(checked).problems()


def _few(traces: _Traces) -> _Traces:
    """Of very many, some: one is enough to warn, and all of them would take all day."""
    if len(traces) <= _MOST_TRACES:
        return traces
    return frozenset(sorted(traces, key=_trace_order)[:_MOST_TRACES])


def _trace_order(trace: _Trace) -> tuple[str, str]:
    return trace.source, trace.through or ""


class _Follower:
    """Follows chance through a graph, from the input of the root to its output."""

    def __init__(self, checked: CheckedGraph) -> None:
        self._checked = checked
        self._found: dict[Problem, None] = {}
        self._kinds: Mapping[str, frozenset[EffectKind]] = {
            use.pointer: frozenset(effect.kind for effect in use.effects)
            for use in uses_of_graph(checked)
        }

    def problems(self) -> tuple[Problem, ...]:
        self._through(self._checked.graph.root, frozenset())
        return tuple(self._found)

    def _through(self, node: Node, given: _Traces) -> _Traces:
        """What leaves a node that is given this."""
        inside = [child for _, child in children(node)]
        match node:
            case StageNode() | RemoteStageNode():
                return self._through_stage(node, given)
            case SequentialNode():
                for child in inside:
                    given = self._through(child, given)
                return given
            case LetNode() | MergeNode() if inside:
                before = self._all(inside[:-1], given)
                outer = given if isinstance(node, LetNode) else frozenset()
                return self._through(inside[-1], _few(before | outer))
            case FanoutNode() if inside:
                return self._all(inside[1:], self._through(inside[0], given))
            case _:
                return self._all(inside, given) if inside else frozenset()

    def _all(self, inside: Iterable[Node], given: _Traces) -> _Traces:
        left: _Traces = frozenset()
        for child in inside:
            left = _few(left | self._through(child, given))
        return left

    def _through_stage(self, node: StageNode | RemoteStageNode, given: _Traces) -> _Traces:
        kinds = self._kinds[node.pointer]
        if kinds & _WRITES:
            self._found.update(dict.fromkeys(self._told(node, given)))
        if kinds & _CHANCE:
            return frozenset({_Trace(node.pointer)})
        if EffectKind.PURE in kinds:
            return frozenset(_Trace(one.source, node.pointer) for one in given)
        return given

    def _told(self, node: StageNode | RemoteStageNode, given: _Traces) -> Iterator[Problem]:
        for trace in sorted(given, key=_trace_order):
            if trace.through is not None:
                way = f"from {self._name(trace.source)} through {self._name(trace.through)}"
                yield Problem(
                    "effect-pollution",
                    f"{name_of_node(self._checked, node)} writes what chance has a part in: "
                    f"it comes {way}, which is Pure",
                    node.pointer,
                    "write what is the same every time, or keep beside it what it was made from",
                )

    def _name(self, pointer: str) -> str:
        stage = self._checked.stages.get(pointer)
        return pointer if stage is None else f"{stage.name} ({pointer})"
