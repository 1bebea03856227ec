"""What must be over before an expression of :mod:`dataflow` has a value, and what stands in one.

It runs inside the sandbox too: the standard library alone, nothing of ours.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from noether_nix.inside.dataflow import Expression, Guards

_NOTHING: frozenset[int] = frozenset()


def shared_needs(shared: Iterable[Expression]) -> list[frozenset[int]]:
    """For each entry of the table, the calls whose outputs it is made of."""
    needs: list[frozenset[int]] = []
    for expression in shared:
        needs.append(direct_needs(expression, needs))
    return needs


def needs_of_call(
    expression: Expression,
    guards: Guards,
    of_shared: Sequence[frozenset[int]],
    of_items: Sequence[frozenset[int]] = (),
) -> frozenset[int]:
    """What must be over before a call with this input and these guards can begin."""
    needs = direct_needs(expression, of_shared, of_items)
    if not guards:
        return needs
    return needs.union(*(direct_needs(one, of_shared, of_items) for one, _ in guards))


def direct_needs(
    expression: Expression,
    of_shared: Sequence[frozenset[int]],
    of_items: Sequence[frozenset[int]] = (),
) -> frozenset[int]:
    """The calls whose outputs ``expression`` is made of, and the eaches, each as ``~number``.

    Of a branch those of both sides: a call that is not taken counts as over.

    Args:
        expression: of a flow.
        of_shared: from shared_needs.
        of_items: for each each of the flow, what its items are made of.
    """
    ((kind, body),) = expression.items()
    match kind:
        case "call":
            return frozenset((body,))
        case "let":
            return of_shared[body]
        case "each":
            return frozenset((~body,))
        case "item":
            number: int = body[0]
            return of_items[number]
        case _:
            parts = _parts(kind, body)
            return _NOTHING.union(*(direct_needs(one, of_shared, of_items) for one in parts))


def _parts(kind: str, body: Any) -> Iterable[Expression]:
    """The expressions that stand directly in one of that kind with that body."""
    match kind:
        case "object":
            return (part for _, part in body)
        case "list" | "overlay" | "branch":
            return tuple(body)
        case "field" | "pick" | "default" | "part":
            return (body[1],)
        case "config":
            return (body[0],)
        case _:
            return ()


def rebuilt(expression: Expression, change: Callable[[Expression], Any]) -> dict[str, Any]:
    """The same form with every expression that stands directly in it changed."""
    ((kind, body),) = expression.items()
    match kind:
        case "object":
            return {kind: [[name, change(part)] for name, part in body]}
        case "list" | "overlay" | "branch":
            return {kind: [change(part) for part in body]}
        case "field" | "pick" | "default" | "part":
            return {kind: [body[0], change(body[1]), *body[2:]]}
        case "config":
            return {kind: [change(body[0]), *body[1:]]}
        case _:
            return {kind: body}
