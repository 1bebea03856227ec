"""Names for the calls of a plan that are there before anything has run.

A call's key needs its input, and that may come to be inside a build only. What it is made of is
known from the start: the program, and how its input follows from the graph's input and from
other calls. Equal names mean equal keys; equal keys may have different names, as when two
graphs come to one value in two ways.
"""

import hashlib
import json
from typing import Any

from noether_nix.inside.dataflow import Expression, rebuilt
from noether_nix.plan.planner import Plan


def structural_names(plan: Plan, input_sha256: str) -> dict[int, str]:
    """A name of 64 hex digits for every call, by its index.

    Args:
        plan: the calls.
        input_sha256: of the graph's encoded input, in hex.
    """
    namer = _Namer(plan, input_sha256)
    for call in plan.calls:
        namer.calls[call.index] = _digest(
            [call.program.id, namer.named(call.input), *map(namer.guard, call.guards)]
        )
    return namer.calls


class _Namer:
    """Replaces what an expression refers to by names that mean the same in every graph."""

    def __init__(self, plan: Plan, input_sha256: str) -> None:
        self._shared = plan.shared
        self._input = input_sha256
        self._shared_names: dict[int, str] = {}
        self.calls: dict[int, str] = {}

    def guard(self, guard: tuple[Expression, bool]) -> list[Any]:
        predicate, wanted = guard
        return [self.named(predicate), wanted]

    def named(self, expression: Expression) -> Expression:
        ((kind, body),) = expression.items()
        match kind:
            case "input":
                return {kind: self._input}
            case "call":
                return {kind: self.calls[body]}
            case "let":
                return {kind: self._shared_name(body)}
            case _:
                return rebuilt(expression, self.named)

    def _shared_name(self, place: int) -> str:
        if place not in self._shared_names:
            self._shared_names[place] = _digest(self.named(self._shared[place]))
        return self._shared_names[place]


def _digest(document: Any) -> str:
    return hashlib.sha256(json.dumps(document, separators=(",", ":")).encode()).hexdigest()
