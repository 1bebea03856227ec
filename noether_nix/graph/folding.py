"""A flow with all worked out that is known before anything runs; nothing is called for that.

It has the same calls at the same places. What is certain of any input is that it comes to the
same value, and that every call which both make gets the same bytes. What could fail to have a
value still can: nothing is left out that could (docs/adr/0027-what-is-known-before.md).
"""

from collections.abc import Iterable, Iterator

from noether_nix.frozen import replace
from noether_nix.graph.expression import (
    Assembled,
    Chosen,
    Collected,
    Configured,
    Constant,
    Expression,
    Input,
    Listed,
    Output,
    Overlaid,
    Part,
    Picked,
    Remote,
    Selected,
    part,
    parts,
    pick,
    select,
)
from noether_nix.graph.flow import Around, Flow, FoundCall, FoundEach, body_of, needed
from noether_nix.graph.known import are_small, known_of_no_items, known_value

_FALSE = Constant(value=False)
_NOTHING = Constant(None)


def fold_flow(flow: Flow, wanted: Iterable[str] | None = None) -> Flow:
    """The flow with everything in it worked out as far as it is known.

    Args:
        flow: one that nothing on another server has a part in.
        wanted: the pointers of the nodes whose outputs are wanted; all, at every level, if None.
    """
    folder = _Folder()
    for number, each in enumerate(flow.eaches):
        folder.add_each(number, each, everything=wanted is None)
    calls = [folder.call(call) for call in flow.calls]
    pointers = flow.outputs if wanted is None else wanted
    outputs = {pointer: folder.folded(flow.outputs[pointer]) for pointer in pointers}
    return Flow(calls, folder.eaches, outputs, folder.gone)


class _Folder:
    """Expressions that were worked out, by the identity of those that they stand for."""

    def __init__(self) -> None:
        self.eaches: list[FoundEach] = []
        self.gone: set[int] = set()
        self._folded: dict[int, Expression] = {}
        self._partial: set[int] = set()  # results that may turn out to have no value
        self._collected: dict[int, Constant] = {}
        self._around: dict[int, Around] = {}

    def add_each(self, number: int, each: FoundEach, *, everything: bool) -> None:
        inner = body_of(each.node).pointer
        body = fold_flow(each.body, None if everything else (inner,))
        around = self._surroundings(each.around)
        over = _NOTHING if is_dead(around) else self.folded(each.over)
        self.eaches.append(FoundEach(each.node, over, body, around))
        found = known_of_no_items(each.node, over.value) if isinstance(over, Constant) else None
        if found is not None:
            self._collected[number] = found
        if (found is not None or is_dead(around)) and not any(calls_in(each.body)):
            self.gone.add(number)

    def call(self, call: FoundCall) -> FoundCall:
        around = self._surroundings(call.around)
        source = _NOTHING if is_dead(around) else self.folded(call.source)
        if source is call.source and around is call.around:
            return call
        return replace(call, source=source, around=around)

    def folded(self, root: Expression) -> Expression:
        pending = [root]
        while pending:
            expression = pending[-1]
            if id(expression) in self._folded:
                pending.pop()
                continue
            missing = [one for one in parts(expression) if id(one) not in self._folded]
            if missing:
                pending += missing
                continue
            result = self._folded[id(expression)] = self._fold(expression)
            if self._may_have_no_value(result):
                self._partial.add(id(result))
            pending.pop()
        return self._folded[id(root)]

    # -------------------------------------------------------------------------- inside

    def _surroundings(self, around: Around) -> Around:
        """Without the guards that always hold; behind one that never does there are none."""
        if not around.guards:
            return around
        if id(around) not in self._around:
            guards: list[tuple[Expression, bool]] = []
            for predicate, wanted in around.guards:
                known = self.folded(predicate)
                if not isinstance(known, Constant) or not isinstance(known.value, bool):
                    guards.append((known, wanted))
                elif known.value is not wanted:
                    guards.append((_FALSE, True))
                    break
            self._around[id(around)] = replace(around, guards=tuple(guards))
        return self._around[id(around)]

    def _fold(self, expression: Expression) -> Expression:
        made = self._rebuilt(expression)
        if isinstance(made, Constant) or not self._is_all_known(made):
            return made
        return known_value(made) or made

    def _is_all_known(self, expression: Expression) -> bool:
        match expression:
            case Overlaid(under, over):
                return are_small((under, *over.fields.values()))
            case Assembled() | Listed() | Configured():
                return are_small(parts(expression))
            case Selected(_, source) | Picked(_, source) | Part(_, source):
                return isinstance(source, Constant)
            case _:
                return False

    def _rebuilt(self, expression: Expression) -> Expression:
        """The same of what its parts came to; itself if they are what they were."""
        match expression:
            case Collected(each):
                return self._collected.get(each, expression)
            case Chosen(predicate, if_true, if_false):
                known = self._folded[id(predicate)]
                one, other = self._folded[id(if_true)], self._folded[id(if_false)]
                if isinstance(known, Constant) and isinstance(known.value, bool):
                    return one if known.value else other
                if (known, one, other) == (predicate, if_true, if_false):
                    return expression
                return Chosen(known, one, other)
            case Overlaid(under, over):
                below, above = self._folded[id(under)], self._fields(over)
                same = below is under and above is over
                return expression if same else Overlaid(below, above)
            case Assembled():
                return self._fields(expression)
            case Listed(items):
                made = tuple(self._folded[id(one)] for one in items)
                return expression if made == items else Listed(made)
            case Selected() | Picked() | Part() | Configured() | Remote():
                source = self._folded[id(expression.source)]
                return (
                    expression if source is expression.source else self._taken(expression, source)
                )
            case _:
                return expression

    def _fields(self, expression: Assembled) -> Assembled:
        made = {name: self._folded[id(one)] for name, one in expression.fields.items()}
        return expression if made == expression.fields else Assembled(made)

    def _taken(
        self, expression: Selected | Picked | Part | Configured | Remote, source: Expression
    ) -> Expression:
        """The same of another source: a part of it alone, unless the rest may have no value."""
        is_sure = id(source) not in self._partial
        match expression:
            case Selected(name):
                return select(name, source) if is_sure else Selected(name, source)
            case Picked(path, _, default):
                return pick(path, source, default) if is_sure else Picked(path, source, default)
            case Part(name):
                return part(name, source) if is_sure else Part(name, source)
            case Configured() | Remote():
                return replace(expression, source=source)

    def _may_have_no_value(self, expression: Expression) -> bool:
        match expression:
            case Input() | Constant() | Output():
                return False
            case Picked() | Collected() | Chosen() | Configured(_, _, None):
                return True
            case Overlaid(under, over):
                return any(id(one) in self._partial for one in (under, *over.fields.values()))
            case _:
                return any(id(one) in self._partial for one in parts(expression))


def is_dead(around: Around) -> bool:
    """Whether nothing there is ever made; of a flow that was folded."""
    return bool(around.guards) and around.guards[-1][0] is _FALSE


def calls_in(flow: Flow) -> Iterator[FoundCall]:
    """All calls of a flow, also those that come once an item."""
    yield from flow.calls
    for each in flow.eaches:
        yield from calls_in(each.body)


def uses_dead(flow: Flow, output: Expression) -> bool:
    """Whether ``output`` is made of what is never made; of a flow that was folded."""
    calls, eaches = needed(flow, output)
    around = [flow.calls[one].around for one in calls]
    around += [flow.eaches[one].around for one in eaches]
    return any(map(is_dead, around))
