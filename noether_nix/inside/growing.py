"""Flows that grow: calls that are there only once it is known how many items there are.

An *each* is a node that does something with every item of a value. It stands in a flow as a
template. :meth:`Growth.grow` appends what one each becomes for so many items: calls, entries of
the table of shared expressions, and further eaches, numbered from the first free number of each
sort. It depends on nothing but the flow, the order of growing and the counts, so the run outside
and the scheduler inside come to the same calls under the same numbers.

It runs inside the sandbox too: the standard library alone, nothing of ours.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from noether_nix.inside.dataflow import Expression, Guards, Valuation
from noether_nix.inside.needs import direct_needs, needs_of_call, rebuilt, shared_needs
from noether_nix.inside.unusable import MOST_GROWN, InputUnusableError, TooManyItemsError


@dataclass(frozen=True)
class Body:
    """What is done with one item; a flow of its own whose input is the item.

    ``calls`` are anything with an ``input``, ``guards`` and a ``pointer``.
    """

    calls: Sequence[Any]
    shared: Sequence[Expression]
    output: Expression
    eaches: Sequence["Each"]


@dataclass(frozen=True)
class Each:
    """A node before it is known how many items it has; see ``graph.dataflow.Each``."""

    kind: str
    over: Expression
    body: Body
    initial: Expression | None = None
    guards: Guards = ()
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class NewCall:
    """A call that has grown: its number, what it was made of, and its place in the whole flow."""

    index: int
    template: Any
    input: Expression
    guards: Guards
    needs: frozenset[int]
    name: str


@dataclass
class Grown:
    """An each of the whole flow: where its items come from and, once it has grown, what it gives.

    Attributes:
        pointer: the name of its node, with the numbers of the items that it is in.
        needs: what must be over before it can grow.
        count: how many items it has; None until it has grown.
        outputs: the outputs of its items; of a reduction the last one alone.
        steps: eaches that must be looked at in this order before the output.
        value_needs: what must be over before it has a value.
        is_open: whether it can still grow; one that is not taken, or has no items, never does.
    """

    kind: str
    over: Expression
    body: Body | None
    initial: Expression | None
    guards: Guards
    pointer: str
    prefix: int
    needs: frozenset[int]
    count: int | None = None
    outputs: Sequence[Expression] = ()
    steps: Sequence[int] = ()
    value_needs: frozenset[int] = frozenset()
    is_open: bool = True


_SIMPLE = frozenset({"call", "item", "const", "let", "each"})


@dataclass
class Growth:
    """A flow as far as it has grown.

    Attributes:
        calls: how many calls there are.
        shared: the table that its expressions refer to.
        eaches: all of them; the first are those of the flow itself.
        history: which of them have grown, with how many items, in this order.
        named: whether the nodes of calls have pointers.
    """

    calls: int
    shared: list[Expression]
    eaches: list[Grown] = field(default_factory=list)
    history: list[tuple[int, int]] = field(default_factory=list)
    named: bool = True

    def __post_init__(self) -> None:
        self._of_shared = shared_needs(self.shared)
        self._of_items: list[frozenset[int]] = []
        self._room = MOST_GROWN

    def plant(self, eaches: Sequence[Each]) -> None:
        """Take the eaches of the flow itself."""
        for each in eaches:
            self._plant(each, lambda expression: expression, each.pointer)

    def needs(self, expression: Expression) -> frozenset[int]:
        """What must be over before the expression has a value; an each is ``~number``."""
        return direct_needs(expression, self._of_shared, self._of_items)

    def check_room(self, number: int, count: int) -> None:
        """Whether an each may have so many items.

        Raises:
            TooManyItemsError: it may not.
        """
        if count * _weight(self.eaches[number].body) > self._room:
            raise TooManyItemsError(count, self.eaches[number].pointer)

    def grow_by(self, valuation: Valuation, number: int) -> list[NewCall] | None:
        """Let an each grow whose items are known; None when it is not taken or has none."""
        each = self.eaches[number]
        try:
            if valuation.is_taken(each.guards):
                return self.grow(number, len(valuation.items(number)))
        except InputUnusableError:
            pass  # who looks at its value is told so
        each.is_open = False
        return None

    def grow(self, number: int, count: int) -> list[NewCall]:
        """Append what an each becomes for so many items; gives its new calls.

        Raises:
            TooManyItemsError: there are too many.
            ValueError: it has grown already, or there is none of that number.
        """
        if not 0 <= number < len(self.eaches) or not self.eaches[number].is_open:
            raise ValueError(f"there is no each {number} that could grow")
        self.check_room(number, count)
        grown, new = self.eaches[number], list[NewCall]()
        assert grown.body is not None
        self._room -= count * _weight(grown.body)
        self.history.append((number, count))
        grown.count, grown.is_open, planted = count, False, len(self.eaches)
        if grown.kind == "reduce":
            grown.outputs = self._reduce(number, count, new)
        elif grown.kind == "tree":
            grown.outputs = self._tree(number, count, new)
        else:
            grown.outputs = [
                self._copy(number, place, {"item": [number, place]}, new) for place in range(count)
            ]
        if grown.kind in ("reduce", "tree"):
            steps = range(planted, len(self.eaches))
            grown.steps = [step for step in steps if self.eaches[step].kind == "step"]
        grown.value_needs = frozenset().union(*map(self.needs, grown.outputs))
        return new

    # -------------------------------------------------------------------------- inside

    def _reduce(self, number: int, count: int, new: list[NewCall]) -> list[Expression]:
        so_far = self.eaches[number].initial or {"const": None}
        for place in range(count):
            fields = [["accumulator", so_far], ["item", {"item": [number, place]}]]
            so_far = self._step(self._copy(number, place, self._share({"object": fields}), new))
        return [so_far]

    def _tree(self, number: int, count: int, new: list[NewCall]) -> list[Expression]:
        level: list[Expression] = [{"item": [number, place]} for place in range(count)]
        made = 0
        while len(level) > 1:
            above = []
            for left, right in zip(level[::2], level[1::2], strict=False):
                pair = self._share({"object": [["left", left], ["right", right]]})
                above.append(self._step(self._copy(number, made, pair, new)))
                made += 1
            level = above + level[len(level) & ~1 :]
        initial = self.eaches[number].initial
        return level or ([] if initial is None else [initial])

    def _step(self, output: Expression) -> Expression:
        """An output that the next one is made of: an expression that does not grow with them."""
        if _SIMPLE & output.keys():
            return output
        self._of_items.append(frozenset())
        step = Grown("step", {"const": []}, None, None, (), "", 0, frozenset())
        step.count, step.is_open, step.outputs = 1, False, [output]
        step.value_needs = self.needs(output)
        self.eaches.append(step)
        return {"each": len(self.eaches) - 1}

    def _share(self, expression: Expression) -> Expression:
        self.shared.append(expression)
        self._of_shared.append(self.needs(expression))
        return {"let": len(self.shared) - 1}

    def _copy(self, number: int, place: int, item: Expression, new: list[NewCall]) -> Expression:
        """One more of the body, for an item; gives its output."""
        grown = self.eaches[number]
        body = grown.body
        assert body is not None
        bases = {"call": self.calls, "let": len(self.shared), "each": len(self.eaches)}

        def change(expression: Expression) -> Expression:
            ((kind, inner),) = expression.items()
            if kind == "input":
                return item
            if kind in bases:
                return {kind: bases[kind] + inner}
            return expression if kind == "const" else rebuilt(expression, change)

        for shared in body.shared:
            self._share(change(shared))
        name, prefix = f"{grown.pointer}#{place}", grown.prefix
        for each in body.eaches:
            self._plant(each, change, name + each.pointer[prefix:] if self.named else "")
        for call in body.calls:
            source = change(call.input)
            guards = tuple((change(one), wanted) for one, wanted in call.guards)
            needs = needs_of_call(source, guards, self._of_shared, self._of_items)
            pointer = name + call.pointer[prefix:] if self.named else ""
            new.append(NewCall(self.calls, call, source, guards, needs, pointer))
            self.calls += 1
        return change(body.output)

    def _plant(self, each: Each, change: Callable[[Expression], Expression], pointer: str) -> None:
        over, guards = (
            change(each.over),
            tuple((change(one), wanted) for one, wanted in each.guards),
        )
        initial = None if each.initial is None else change(each.initial)
        items = self.needs(over)
        needs = needs_of_call(over, guards, self._of_shared, self._of_items)
        if initial is not None:
            needs |= self.needs(initial)
        self._of_items.append(items)
        self.eaches.append(
            Grown(each.kind, over, each.body, initial, guards, pointer, len(each.pointer), needs)
        )


def _weight(body: Body | None) -> int:
    """How many calls or eaches an item is, at least one."""
    return 1 if body is None else max(1, len(body.calls) + len(body.eaches))
