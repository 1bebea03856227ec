"""A checked graph → a flat list of calls, each with the expression of its input.

This is the whole meaning of a graph at run time (design 11.8): the plan computes keys from it,
and the scheduler in the sandbox follows it. The expressions and their evaluation are those of
:mod:`noether_nix.inside.dataflow`.
"""

from collections.abc import Iterator, Mapping, Sequence

from noether_nix.errors import UnknownNodeError
from noether_nix.frozen import dataclass, field
from noether_nix.graph.check import CheckedGraph
from noether_nix.graph.expression import Expression, ExpressionDocument, Input, Remote, in_order
from noether_nix.graph.expression_document import write_expressions
from noether_nix.graph.flow import (
    Around,
    EachKind,
    Flow,
    FoundCall,
    FoundEach,
    Walker,
    body_of,
    kind_of,
    needed,
    sources_of,
)
from noether_nix.graph.folding import fold_flow, uses_dead
from noether_nix.graph.limits import stated_limits
from noether_nix.graph.model import FilterNode, MapNode, ReduceNode
from noether_nix.graph.problems import shown
from noether_nix.graph.traversal import nodes
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
    ``remotes`` are the pointers of what another server would have to run.
    """

    calls: tuple[Call, ...]
    shared: tuple[ExpressionDocument, ...]
    output: ExpressionDocument
    eaches: tuple[Each, ...] = ()
    remotes: tuple[str, ...] = ()


def every_call(flow: Dataflow) -> Iterator[Call]:
    """All calls of a flow, and those that come once an item, each of them once."""
    yield from flow.calls
    for each in flow.eaches:
        yield from every_call(each.body)


def build_dataflow(
    checked: CheckedGraph, *, only: str | None = None, optimize: bool = False
) -> Dataflow:
    """The calls of a graph; with ``only``, those that the node of that name needs, and its output.

    With ``optimize``, all is worked out that is known before anything runs; see :mod:`folding`.

    Raises:
        UnknownNodeError: the graph has no node named ``only``, or runs it once an item.
    """
    walker = Walker(checked.stages, checked.ports)
    walker.add(checked.graph.root, Input(), Around())
    flow, writer = walker.flow, _Writer(stated_limits(checked.graph))
    wanted = checked.graph.root.pointer if only is None else only
    if wanted not in flow.outputs:
        raise _unknown(checked, wanted)
    calls, eaches = range(len(flow.calls)), range(len(flow.eaches))
    kept = (calls, eaches) if only is None else needed(flow, flow.outputs[wanted])
    if optimize and not flow.is_remote:
        folded = fold_flow(flow, (wanted,))
        if only is None or not uses_dead(folded, folded.outputs[wanted]):
            flow = folded
    eaches_left = [one for one in kept[1] if one not in flow.gone]
    return writer.write(flow, flow.outputs[wanted], kept[0], eaches_left)


def _unknown(checked: CheckedGraph, only: str) -> UnknownNodeError:
    for node in nodes(checked.graph):
        is_each = isinstance(node, MapNode | FilterNode | ReduceNode)
        if is_each and f"{only}/".startswith((f"{node.pointer}/", f"{node.pointer}#")):
            message = f"{shown(only, most=240)} is run once an item, and so has no one output"
            return UnknownNodeError(message, hint=f"name {node.pointer}, which has that of all")
    message = f"{checked.graph.source} has no node {shown(only, most=240)}"
    hint = "noether graph show --format nodes prints the names of all nodes"
    return UnknownNodeError(message, hint=hint)


def _left(flow: Flow) -> list[int]:
    return [one for one in range(len(flow.eaches)) if one not in flow.gone]


class _Writer:
    """Flows as documents; ``limits`` are those that the graph states, by pointer."""

    def __init__(self, limits: Mapping[str, Mapping[str, int]]) -> None:
        self._limits = limits

    def write(
        self, flow: Flow, output: Expression, calls: Sequence[int], eaches: Sequence[int]
    ) -> Dataflow:
        """The flow of what is kept of it, numbered anew."""
        kept: list[FoundCall | FoundEach] = [flow.calls[old] for old in calls]
        kept += [flow.eaches[old] for old in eaches]
        roots = [root for one in kept for root in sources_of(one)]
        shared, documents = write_expressions(
            [*roots, output],
            {old: new for new, old in enumerate(calls)},
            {old: new for new, old in enumerate(eaches)},
        )
        written = iter(documents)
        return Dataflow(
            tuple(self._call(new, flow.calls[old], written) for new, old in enumerate(calls)),
            shared,
            documents[-1],
            tuple(self._each(new, flow.eaches[old], written) for new, old in enumerate(eaches)),
            tuple(one.pointer for one in in_order([*roots, output])[0] if isinstance(one, Remote)),
        )

    def _call(self, index: int, found: FoundCall, written: Iterator[ExpressionDocument]) -> Call:
        pointer = found.node.pointer
        return Call(
            index=index,
            pointer=pointer,
            stage=found.stage,
            input=next(written),
            limits=self._limits.get(pointer, {}),
            guards=_guards(found, written),
            retries=tuple(
                Retry(one.max_attempts, one.delay_ms, one.backoff) for one in found.around.retries
            ),
        )

    def _each(self, index: int, found: FoundEach, written: Iterator[ExpressionDocument]) -> Each:
        body, node = found.body, found.node
        inner, (kind, initial) = body_of(node), kind_of(node)
        return Each(
            index=index,
            pointer=node.pointer,
            kind=kind,
            over=next(written),
            guards=_guards(found, written),
            initial=initial,
            body=self.write(body, body.outputs[inner.pointer], range(len(body.calls)), _left(body)),
        )


def _guards(
    found: FoundCall | FoundEach, written: Iterator[ExpressionDocument]
) -> tuple[Guard, ...]:
    return tuple(Guard(next(written), wanted) for _, wanted in found.around.guards)
