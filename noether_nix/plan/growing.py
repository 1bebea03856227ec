"""A plan while its run goes on: with the calls that are there only once items are known."""

import heapq
from collections.abc import Callable, Iterable, Sequence

from noether_nix.graph.expression import ExpressionDocument
from noether_nix.inside.dataflow import Expression, Valuation
from noether_nix.inside.growing import Body, Grown, Growth, NewCall
from noether_nix.inside.waiting import Waiting
from noether_nix.plan.interpreter import Interpreter
from noether_nix.plan.planner import Plan, PlannedCall


class GrowingPlan:
    """The calls of a plan, those that have grown behind the others.

    Attributes:
        plan: as it was before the run.
        calls: all of them so far, by index.
        unsettled: the eaches that somebody must still wait for.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.calls: list[PlannedCall] = list(plan.calls)
        self._growth = Growth(len(plan.calls), list(plan.shared))
        if plan.eaches:
            self._growth.plant(plan.eaches)
        self.unsettled: set[int] = set(range(len(plan.eaches)))

    @property
    def interpreter(self) -> Interpreter:
        """What the calls run with."""
        return self.plan.interpreter

    @property
    def output(self) -> ExpressionDocument:
        """Where the output comes from."""
        return self.plan.output

    @property
    def shared(self) -> Sequence[Expression]:
        """The table that the expressions share; it grows."""
        return self._growth.shared

    @property
    def eaches(self) -> Sequence[Grown]:
        """All eaches, by number; they grow."""
        return self._growth.eaches

    @property
    def history(self) -> Sequence[tuple[int, int]]:
        """Which of them have grown, with how many items, in this order."""
        return self._growth.history

    def needs_of(self, number: int) -> frozenset[int]:
        """What must be over before the next that is to happen to an each."""
        each = self._growth.eaches[number]
        return each.needs if each.is_open else each.value_needs

    def templates(self, numbers: Iterable[int]) -> list[PlannedCall]:
        """The calls that these eaches will have once an item, as far as they have not grown."""
        bodies = [self._growth.eaches[number] for number in numbers]
        return [call for each in bodies if each.is_open for call in _calls_of(each.body)]

    def grow(self, number: int, count: int) -> list[PlannedCall]:
        """Append what an each becomes for so many items; gives its calls.

        Raises:
            InputUnusableError: there are too many.
            ValueError: there is no such each, or it has grown already.
        """
        planted = len(self._growth.eaches)
        return self._take(self._growth.grow(number, count), planted)

    def grow_by(self, valuation: Valuation, number: int) -> list[PlannedCall]:
        """Let an each grow whose items are known, unless it is not taken or has none."""
        planted = len(self._growth.eaches)
        new = self._growth.grow_by(valuation, number)
        return [] if new is None else self._take(new, planted)

    def _take(self, new: Iterable[NewCall], planted: int) -> list[PlannedCall]:
        self.unsettled.update(range(planted, len(self._growth.eaches)))
        calls = [_planned(call) for call in new]
        self.calls += calls
        return calls


def follow(
    plan: GrowingPlan,
    settled: Iterable[int],
    calls: Iterable[PlannedCall],
    accept: Callable[[PlannedCall], bool] = lambda _: True,
) -> tuple[list[PlannedCall], list[int]]:
    """What can come about once some of ``calls`` run.

    Args:
        plan: where they come from.
        settled: the calls, and the eaches as ``~number``, that are over.
        calls: the others that may be accepted.
        accept: is asked about each that could run, behind all that it needs.

    Returns:
        The calls that were accepted, and the eaches that grow, or come to a value, by them.
    """
    over, waiting = set(settled), Waiting()
    by_index = {call.index: call for call in calls}
    ready = [call.index for call in by_index.values() if waiting.add(call.index, call.needs - over)]
    ready += [~one for one in plan.unsettled if waiting.add(~one, plan.needs_of(one) - over)]
    heapq.heapify(ready)
    accepted: list[PlannedCall] = []
    attended: list[int] = []
    while ready:
        index = heapq.heappop(ready)
        if index < 0:
            attended.append(~index)
        elif accept(by_index[index]):
            accepted.append(by_index[index])
        else:
            continue
        for freed in waiting.settle(index):
            heapq.heappush(ready, freed)
    return accepted, _wanted(plan, accepted, attended)


def _wanted(plan: GrowingPlan, calls: Iterable[PlannedCall], attended: Sequence[int]) -> list[int]:
    """Those of ``attended`` that are still to grow, or whose value these calls come to want."""
    wanted = {number for number in attended if plan.eaches[number].is_open}
    left = set[int]().union(*(call.needs for call in calls), *map(plan.needs_of, wanted))
    possible = set(attended)
    while left:
        fresh = {~index for index in left if index < 0} & possible - wanted
        wanted |= fresh
        left = set[int]().union(*map(plan.needs_of, fresh))
    return sorted(wanted)


def _calls_of(body: Body | None) -> list[PlannedCall]:
    if body is None:
        return []
    return [*body.calls, *(call for each in body.eaches for call in _calls_of(each.body))]


def _planned(call: NewCall) -> PlannedCall:
    made: PlannedCall = call.template
    return PlannedCall(
        index=call.index,
        pointer=call.name,
        program=made.program,
        limits=made.limits,
        input=dict(call.input),
        needs=call.needs,
        guards=tuple((dict(one), wanted) for one, wanted in call.guards),
        retries=made.retries,
    )
