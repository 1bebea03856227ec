"""A checked graph, walked once: its calls, each with the expression that its input comes from.

This is the meaning of every operator at run time (design 11.8); :mod:`dataflow` writes it down.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from noether_nix.frozen import dataclass, field, replace
from noether_nix.graph.expression import (
    Assembled,
    Chosen,
    Collected,
    Configured,
    Constant,
    Expression,
    ExpressionDocument,
    Input,
    Listed,
    Output,
    Overlaid,
    Remote,
    in_order,
    part,
    pick,
    select,
)
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
from noether_nix.graph.port import Port
from noether_nix.graph.projection import ConstRule, FieldRule, NestRule, PickRule
from noether_nix.graph.traversal import imported, source_name
from noether_nix.stage.model import Stage

EachNode: TypeAlias = MapNode | FilterNode | ReduceNode
EachKind: TypeAlias = Literal["map", "filter", "reduce", "tree"]


@dataclass(frozen=True, slots=True)
class Around:
    """What holds for all calls at a place.

    Attributes:
        guards: predicates with the answer that they must give, outermost first.
        retries: innermost first.
    """

    guards: tuple[tuple[Expression, bool], ...] = ()
    retries: tuple[RetryNode, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundCall:
    """A stage at its place, and where its input comes from."""

    node: StageNode
    stage: Stage
    source: Expression
    around: Around


@dataclass(frozen=True, slots=True)
class FoundEach:
    """A node that calls what is in it once an item."""

    node: EachNode
    over: Expression
    body: "Flow"
    around: Around


@dataclass(slots=True)
class Flow:
    """Calls and eaches in plan order, and the output of every node by its pointer.

    Attributes:
        gone: eaches that nothing is left to be done for.
        is_remote: another server has a part in it.
    """

    calls: list[FoundCall] = field(default_factory=list)
    eaches: list[FoundEach] = field(default_factory=list)
    outputs: dict[str, Expression] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    is_remote: bool = False


def needed(flow: Flow, output: Expression) -> tuple[list[int], list[int]]:
    """The calls and the eaches that ``output`` cannot be had without, in plan order."""
    calls: set[int] = set()
    eaches: set[int] = set()
    pending = [output]
    while pending:
        fresh: list[Expression] = []
        for one in in_order(pending)[0]:
            match one:
                case Output(call) if call not in calls:
                    calls.add(call)
                    fresh += sources_of(flow.calls[call])
                case Collected(each) if each not in eaches:
                    eaches.add(each)
                    fresh += sources_of(flow.eaches[each])
        pending = fresh
    return sorted(calls), sorted(eaches)


def sources_of(found: FoundCall | FoundEach) -> list[Expression]:
    """The expressions that a call or an each is made from."""
    source = found.over if isinstance(found, FoundEach) else found.source
    return [source, *(predicate for predicate, _ in found.around.guards)]


def body_of(node: EachNode) -> Node:
    """What is done with one item."""
    return node.predicate if isinstance(node, FilterNode) else node.body


def kind_of(node: EachNode) -> tuple[EachKind, ExpressionDocument | None]:
    """What becomes of the outputs for all items, and what that starts from, if from anything."""
    match node:
        case MapNode():
            return "map", None
        case FilterNode():
            return "filter", None
        case ReduceNode():
            initial: ExpressionDocument | None = None
            if node.has_initial:
                initial = {"const": node.initial}
            return ("tree" if node.mode == "tree" else "reduce"), initial


class Walker:
    """Walks a graph once, handing each node the expression of its input."""

    def __init__(self, stages: Mapping[str, Stage], ports: Mapping[str, Port]) -> None:
        self.flow = Flow()
        self._stages = stages
        self._ports = ports

    def add(self, node: Node, source: Expression, around: Around) -> Expression:
        """Add the calls of ``node``; its output."""
        output = self.flow.outputs[node.pointer] = self._add(node, source, around)
        return output

    def _add(self, node: Node, source: Expression, around: Around) -> Expression:
        match node:
            case StageNode():
                stage = self._stages[node.pointer]
                call = FoundCall(node, stage, self._input(node, source), around)
                self.flow.calls.append(call)
                return Output(len(self.flow.calls) - 1)
            case RemoteStageNode():
                self.flow.is_remote = True
                return Remote(node.pointer, source)
            case ConstNode():
                return Constant(node.value)
            case ProjectNode():
                return _ruled(node.rule, source)
            case SequentialNode():
                for inner in node.stages:
                    source = self.add(inner, source, around)
                return source
            case ParallelNode():
                # In the order of names: the order in the file means nothing (reference 3, L6, L7).
                branches = sorted(node.branches.items())
                return Assembled(
                    {name: self.add(one, select(name, source), around) for name, one in branches}
                )
            case LetNode():
                bindings = sorted(node.bindings.items())
                bound = {name: self.add(one, source, around) for name, one in bindings}
                return self.add(node.body, Overlaid(source, Assembled(bound)), around)
            case _:
                return self._add_control(node, source, around)

    def _add_control(
        self,
        node: BranchNode | FanoutNode | MergeNode | RetryNode | ImportNode | EachNode,
        source: Expression,
        around: Around,
    ) -> Expression:
        match node:
            case BranchNode():
                predicate = self.add(node.predicate, source, around)
                return Chosen(
                    predicate,
                    self.add(node.if_true, source, _guarded(around, predicate, wanted=True)),
                    self.add(node.if_false, source, _guarded(around, predicate, wanted=False)),
                )
            case FanoutNode():
                source = self.add(node.source, source, around)
                return Listed(tuple(self.add(one, source, around) for one in node.targets))
            case MergeNode():
                named = ((source_name(at), one) for at, one in enumerate(node.sources))
                merged = {name: self.add(one, part(name, source), around) for name, one in named}
                return self.add(node.target, Assembled(merged), around)
            case RetryNode():
                return self.add(
                    node.stage, source, replace(around, retries=(node, *around.retries))
                )
            case ImportNode():
                return self.add(imported(node), source, around)
            case MapNode() | ReduceNode() | FilterNode():
                return self._add_each(node, source, around)

    def _add_each(self, node: EachNode, source: Expression, around: Around) -> Expression:
        """The body is a flow of its own, in which a guard around the whole node has no place."""
        inner = Walker(self._stages, self._ports)
        inner.add(body_of(node), Input(), replace(around, guards=()))
        over = source if node.over is None else pick((node.over,), source)
        self.flow.eaches.append(FoundEach(node, over, inner.flow, around))
        self.flow.is_remote |= inner.flow.is_remote
        return Collected(len(self.flow.eaches) - 1)

    def _input(self, node: StageNode, source: Expression) -> Expression:
        if not node.config:
            return source
        single = self._ports[node.pointer].single
        config = dict(sorted(node.config.items()))  # the file's order decides nothing
        return Configured(source, config, None if single is None else single.name)


def _guarded(around: Around, predicate: Expression, *, wanted: bool) -> Around:
    return replace(around, guards=(*around.guards, (predicate, wanted)))


def _projected(fields: Mapping[str, FieldRule], source: Expression) -> Expression:
    return Assembled({name: _ruled(rule, source) for name, rule in sorted(fields.items())})


def _ruled(rule: FieldRule, source: Expression) -> Expression:
    match rule:
        case PickRule(path, default):
            return pick(path, source, default)
        case ConstRule(value):
            return Constant(value)
        case NestRule(fields):
            return _projected(fields, source)
