"""Which value goes where: the expressions that a graph's calls take their inputs from.

An expression is a JSON object with one key (Python sees dicts and lists):

========================================  =====================================================
``{"input": null}``                       the input of the whole graph
``{"const": value}``                      that value
``{"call": index}``                       the output of that call
``{"let": index}``                        the value of that entry of the table of shared ones
``{"object": [[name, expression], …]}``   an object with these fields in this order
``{"field": [name, expression]}``         the field, if it is an object that has it, else all of it
``{"overlay": [under, over]}``            the fields of ``under``, if it is an object, with those of
                                          ``over``: known keys keep their place, new ones follow
``{"config": [expression, fields, name]}``  if it is an object, overlaid with ``fields``; else an
                                          object of it as the field ``name``, then ``fields``;
                                          with no such name only null will do, as nothing given
========================================  =====================================================

An entry of the table refers to earlier entries only. Values are shared, never copied deeply
and never changed. It runs inside the sandbox too: the standard library alone, nothing of ours.
It does not check what it is given: expressions come from ``graph.dataflow``.
"""

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from typing import Any, TypeAlias

Expression: TypeAlias = Mapping[str, Any]

_NOTHING: frozenset[int] = frozenset()


class UnplacedInputError(Exception):
    """A value that is no object came to a stage whose other fields leave no one field for it."""

    def __init__(self) -> None:
        super().__init__("the input is no object, and not exactly one field is left for it")


class Valuation:
    """The values of one graph's expressions while its calls end one after the other.

    ``outputs`` gets the output of each call that has succeeded, by its index.
    """

    def __init__(
        self,
        value: Any,
        shared: Sequence[Expression] = (),
        outputs: MutableMapping[int, Any] | None = None,
    ) -> None:
        self.outputs: MutableMapping[int, Any] = {} if outputs is None else outputs
        self._input = value
        self._shared = shared
        self._known: dict[int, Any] = {}

    def value(self, expression: Expression) -> Any:
        """The value of ``expression``; every call that it needs must have an output.

        Raises:
            UnplacedInputError: see there.
        """
        ((kind, body),) = expression.items()
        match kind:
            case "input":
                return self._input
            case "const":
                return body
            case "call":
                return self.outputs[body]
            case "let":
                if body not in self._known:
                    self._known[body] = self.value(self._shared[body])
                return self._known[body]
            case "object":
                return {name: self.value(part) for name, part in body}
            case "field":
                whole = self.value(body[1])
                return whole[body[0]] if isinstance(whole, dict) and body[0] in whole else whole
            case "overlay":
                under, over = self.value(body[0]), self.value(body[1])
                return {**under, **over} if isinstance(under, dict) else over
            case "config":
                return _configured(self.value(body[0]), body[1], body[2])
            case _:
                raise ValueError(f"{kind!r} is no expression")


def evaluate(
    expression: Expression,
    value: Any,
    outputs: MutableMapping[int, Any],
    shared: Sequence[Expression] = (),
) -> Any:
    """The value of one expression for the graph's input ``value`` and the calls' ``outputs``.

    Raises:
        UnplacedInputError: see there.
    """
    return Valuation(value, shared, outputs).value(expression)


def shared_needs(shared: Iterable[Expression]) -> list[frozenset[int]]:
    """For each entry of the table, the calls whose outputs it is made of."""
    needs: list[frozenset[int]] = []
    for expression in shared:
        needs.append(direct_needs(expression, needs))
    return needs


def direct_needs(expression: Expression, of_shared: Sequence[frozenset[int]]) -> frozenset[int]:
    """The calls whose outputs ``expression`` is made of; ``of_shared`` from shared_needs."""
    ((kind, body),) = expression.items()
    match kind:
        case "call":
            return frozenset((body,))
        case "let":
            return of_shared[body]
        case "object":
            return _NOTHING.union(*(direct_needs(part, of_shared) for _, part in body))
        case "field":
            return direct_needs(body[1], of_shared)
        case "config":
            return direct_needs(body[0], of_shared)
        case "overlay":
            return direct_needs(body[0], of_shared) | direct_needs(body[1], of_shared)
        case _:
            return _NOTHING


def _configured(value: Any, fields: Mapping[str, Any], name: str | None) -> dict[str, Any]:
    if isinstance(value, dict):
        return {**value, **fields}
    if name is not None:
        return {name: value, **fields}
    if value is None:
        return dict(fields)
    raise UnplacedInputError
