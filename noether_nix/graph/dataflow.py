"""A checked graph → a flat list of calls, each with the expression of its input.

This is the whole meaning of a graph at run time (design 11.8): the plan computes keys from it,
and the scheduler in the sandbox follows it. The expressions and their evaluation are those of
:mod:`noether_nix.inside.dataflow`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import Literal, TypeAlias

from noether_nix.errors import UnknownNodeError
from noether_nix.frozen import dataclass
from noether_nix.graph.check import CheckedGraph
from noether_nix.graph.expression import (
    Assembled,
    Configured,
    Constant,
    Expression,
    ExpressionDocument,
    Input,
    Output,
    Overlaid,
    select,
    write_expressions,
)
from noether_nix.graph.limits import stated_limits
from noether_nix.graph.model import (
    ConstNode,
    LetNode,
    Node,
    ParallelNode,
    SequentialNode,
    StageNode,
)
from noether_nix.graph.port import Port
from noether_nix.graph.problems import shown
from noether_nix.inside.dataflow import direct_needs, shared_needs
from noether_nix.stage.model import Stage


@dataclass(frozen=True, slots=True)
class Guard:
    """A call behind it is made only if ``predicate`` is exactly ``wanted``."""

    predicate: ExpressionDocument
    wanted: bool


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a call is made before its failure counts.

    Attributes:
        max_attempts: at least 1.
        delay_ms: the wait before the second attempt, in milliseconds.
        backoff: what each further wait is longer by, as a factor of at least 1.
    """

    max_attempts: int
    delay_ms: int = 0
    backoff: float = 1.0


@dataclass(frozen=True, slots=True)
class Call:
    """A stage at its place, with the document of the expression that its input comes from.

    Attributes:
        index: its place among the calls of its flow.
        pointer: the name of its node.
        limits: those that the graph states for it, in seconds, bytes and pieces.
        guards: all must hold, outermost first, else the call is not taken.
        retries: those around it, innermost first.
    """

    index: int
    pointer: str
    stage: Stage
    input: ExpressionDocument
    limits: Mapping[str, int] = field(default_factory=dict)
    guards: tuple[Guard, ...] = ()
    retries: tuple[Retry, ...] = ()


EachKind: TypeAlias = Literal["map", "filter", "reduce", "tree"]


@dataclass(frozen=True, slots=True)
class Each:
    """A node that calls what is in it once an item, so that its calls are not known before.

    Attributes:
        index: its place among those of its flow, which ``{"each": index}`` refers to.
        pointer: the name of its node; item 17 of it is ``pointer#17``.
        kind: what becomes of the body's outputs.
        over: the items, a list or an object.
        initial: what a reduction starts from; of a tree, its value where there is no item.
        guards: as for calls.
        body: what is done with one item; its input is the item, ``{accumulator, item}`` of a
            reduction, ``{left, right}`` of a tree.
    """

    index: int
    pointer: str
    kind: EachKind
    over: ExpressionDocument
    body: "Dataflow"
    initial: ExpressionDocument | None = None
    guards: tuple[Guard, ...] = ()


@dataclass(frozen=True, slots=True)
class Dataflow:
    """What runs and what goes where.

    ``calls`` are in plan order, so each comes after all that it needs, and a call's ``index`` is
    its place among them; so are ``eaches``. ``shared`` is the table that the expressions refer to.
    """

    calls: tuple[Call, ...]
    shared: tuple[ExpressionDocument, ...]
    output: ExpressionDocument
    eaches: tuple[Each, ...] = ()


def build_dataflow(checked: CheckedGraph, *, only: str | None = None) -> Dataflow:
    """The calls of a graph; with ``only``, those that the node of that name needs, and its output.

    Raises:
        UnknownNodeError: the graph has no node named ``only``.
    """
    builder = _Builder(checked.stages, checked.ports)
    builder.add(checked.graph.root, Input())
    write = partial(_write, builder.found, stated_limits(checked.graph))
    everything = range(len(builder.found))
    if only is None:
        return write(everything, builder.outputs[checked.graph.root.pointer])
    output = builder.outputs.get(only)
    if output is None:
        message = f"{checked.graph.source} has no node {shown(only, most=240)}"
        raise UnknownNodeError(
            message, hint="noether graph show --format nodes prints the names of all nodes"
        )
    flow = write(everything, output)
    of_shared = shared_needs(flow.shared)
    return write(needed(flow, *direct_needs(flow.output, of_shared)), output)


def needed(flow: Dataflow, *indexes: int) -> tuple[int, ...]:
    """The calls that must have run before these can have, and these themselves, in plan order."""
    of_shared = shared_needs(flow.shared)
    found = set(indexes)
    pending = list(found)
    while pending:
        call = flow.calls[pending.pop()]
        fresh = direct_needs(call.input, of_shared) - found
        found |= fresh
        pending.extend(fresh)
    return tuple(sorted(found))


class _Builder:
    """Walks a graph once, handing each node the expression of its input."""

    def __init__(self, stages: Mapping[str, Stage], ports: Mapping[str, Port]) -> None:
        self.found: list[_Found] = []
        self.outputs: dict[str, Expression] = {}
        self._stages = stages
        self._ports = ports

    def add(self, node: Node, source: Expression) -> Expression:
        output = self._add(node, source)
        self.outputs[node.pointer] = output
        return output

    def _add(self, node: Node, source: Expression) -> Expression:
        match node:
            case StageNode():
                self.found.append((node, self._stages[node.pointer], self._input(node, source)))
                return Output(len(self.found) - 1)
            case ConstNode():
                return Constant(node.value)
            case SequentialNode():
                for stage in node.stages:
                    source = self.add(stage, source)
                return source
            case ParallelNode():
                # In the order of names: the order in the file means nothing (reference 3, L6, L7).
                branches = sorted(node.branches.items())
                return Assembled(
                    {name: self.add(one, select(name, source)) for name, one in branches}
                )
            case LetNode():
                bindings = sorted(node.bindings.items())
                bound = Assembled({name: self.add(one, source) for name, one in bindings})
                return self.add(node.body, Overlaid(source, bound))

    def _input(self, node: StageNode, source: Expression) -> Expression:
        if not node.config:
            return source
        single = self._ports[node.pointer].single
        config = dict(sorted(node.config.items()))  # the file's order decides nothing
        return Configured(source, config, None if single is None else single.name)


_Found: TypeAlias = tuple[StageNode, Stage, Expression]


def _write(
    found: Sequence[_Found],
    limits: Mapping[str, Mapping[str, int]],
    kept: Sequence[int],
    output: Expression,
) -> Dataflow:
    """The flow of the calls ``kept``, numbered anew."""
    numbers = {old: new for new, old in enumerate(kept)}
    roots = [*(found[old][2] for old in kept), output]
    shared, (*inputs, last) = write_expressions(roots, numbers)
    calls = [
        Call(numbers[old], node.pointer, stage, document, limits.get(node.pointer, {}))
        for old, document in zip(kept, inputs, strict=True)
        for node, stage, _ in [found[old]]
    ]
    return Dataflow(tuple(calls), shared, last)
