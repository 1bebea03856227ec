"""Names for the calls of a plan that are there before anything has run.

A call's key needs its input, and that may come to be inside a build only. What it is made of is
known from the start: the program, and how its input follows from the graph's input and from
other calls. Equal names mean equal keys; equal keys may have different names, as when two
graphs come to one value in two ways.

The same done with the items of one list is called the same but for its place at the end, so that
whoever holds all of them by name holds a row, and no heap.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from noether_nix.inside.dataflow import Expression
from noether_nix.inside.growing import Each, Grown
from noether_nix.inside.needs import rebuilt
from noether_nix.plan.growing import GrowingPlan
from noether_nix.plan.planner import PlannedCall

# A digest, and which item of its list it is about, if it is about one alone.
_Name: TypeAlias = tuple[str, int | None]


class StructuralNames:
    """Names for the calls of a plan: 64 hex digits, for one of an item ``+`` and its place.

    Args:
        plan: the calls.
        input_sha256: of the graph's encoded input, in hex.
    """

    def __init__(self, plan: GrowingPlan, input_sha256: str) -> None:
        self._plan = plan
        self._namer = _Namer(plan.shared, plan.eaches, input_sha256)

    def __getitem__(self, index: int) -> str:
        pending = [index]
        while pending:
            missing = [one for one in self._made_of(pending[-1]) if not self._namer.knows(one)]
            if missing:
                pending += missing
                continue
            last = pending.pop()
            if not self._namer.knows(last):
                self._namer.name(last if last < 0 else self._plan.calls[last])
        return _text(self._namer.calls[index])

    def _made_of(self, index: int) -> frozenset[int]:
        """The calls, and the eaches as ``~number``, whose names are in this one's."""
        if index >= 0:
            return self._plan.calls[index].needs
        each = self._plan.eaches[~index]
        return each.value_needs if each.kind == "step" else each.needs


class _Namer:
    """Replaces what an expression refers to by names that mean the same in every graph."""

    def __init__(
        self,
        shared: Sequence[Expression],
        eaches: Sequence[Each | Grown],
        input_name: str,
    ) -> None:
        self._shared = shared
        self._eaches = eaches
        self._input = input_name
        self._shared_names: dict[int, _Name] = {}
        self._each_names: dict[int, str] = {}
        self._item_names: dict[int, str] = {}
        # What the names that are being put together are made of.
        self._leaves: list[list[Any]] = []
        self.calls: dict[int, _Name] = {}

    def knows(self, index: int) -> bool:
        """Whether a call, or an each as ``~number``, has a name."""
        return index in self.calls if index >= 0 else ~index in self._each_names

    def name(self, call: PlannedCall | int) -> None:
        """Name a call, or an each as ``~number``; all that it is made of must have a name."""
        if isinstance(call, int):
            self._each_name(~call)
            return
        program, source, guards = call.program.id, call.input, call.guards
        self.calls[call.index] = self._made(
            lambda: [program, self.named(source), *map(self.guard, guards)]
        )

    def guard(self, guard: tuple[Expression, bool]) -> list[Any]:
        predicate, wanted = guard
        return [self.named(predicate), wanted]

    def named(self, expression: Expression) -> Expression:
        ((kind, body),) = expression.items()
        match kind:
            case "input":
                return {kind: self._input}
            case "call":
                return {kind: self._leaf(self.calls[body])}
            case "let":
                return {kind: self._leaf(self._shared_name(body))}
            case "each":
                return {kind: self._each_name(body)}
            case "item":
                return {kind: self._leaf((self._items_name(body[0]), body[1]))}
            case _:
                return rebuilt(expression, self.named)

    def _leaf(self, name: _Name) -> list[Any]:
        self._leaves.append([*name])
        return self._leaves[-1]

    def _made(self, document: Callable[[], Any]) -> _Name:
        """The name of what is made of what ``document`` names; its place if they have one."""
        before, self._leaves = self._leaves, []
        made = document()
        leaves, self._leaves = self._leaves, before
        places = {place for _, place in leaves if place is not None}
        if len(places) != 1:
            return _digest(made), None
        for leaf in leaves:
            if leaf[1] is not None:
                leaf[1] = "+"
        return _digest(made), places.pop()

    def _shared_name(self, place: int) -> _Name:
        if place not in self._shared_names:
            self._shared_names[place] = self._made(lambda: self.named(self._shared[place]))
        return self._shared_names[place]

    def _items_name(self, number: int) -> str:
        if number not in self._item_names:
            over = self._eaches[number].over
            self._item_names[number] = _text(self._made(lambda: self.named(over)))
        return self._item_names[number]

    def _each_name(self, number: int) -> str:
        if number not in self._each_names:
            each = self._eaches[number]
            self._each_names[number] = _text(self._made(lambda: self._each(each)))
        return self._each_names[number]

    def _each(self, each: Each | Grown) -> list[Any]:
        if each.body is None:  # a step on the way of a reduction
            assert isinstance(each, Grown)
            return [each.kind, self.named(each.outputs[0])]
        body = each.body
        inner = _Namer(body.shared, body.eaches, "item")
        for call in body.calls:
            inner.name(call)
        initial = None if each.initial is None else self.named(each.initial)
        guards = [self.guard(guard) for guard in each.guards]
        return [each.kind, self.named(each.over), initial, guards, inner.named(body.output)]


def _text(name: _Name) -> str:
    digest, place = name
    return digest if place is None else f"{digest}+{place}"


def _digest(document: Any) -> str:
    return hashlib.sha256(json.dumps(document, separators=(",", ":")).encode()).hexdigest()
