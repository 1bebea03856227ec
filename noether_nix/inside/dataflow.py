"""Which value goes where: the expressions that a graph's calls take their inputs from.

An expression is a JSON object with one key (Python sees dicts and lists):

========================================  =====================================================
``{"input": null}``                       the input of the whole graph
``{"const": value}``                      that value
``{"call": index}``                       the output of that call
``{"let": index}``                        the value of that entry of the table of shared ones
``{"object": [[name, expression], …]}``   an object with these fields in this order
``{"list": [expression, …]}``             a list of these
``{"field": [name, expression]}``         the field, if it is an object that has it, else all of it
``{"overlay": [under, over]}``            the fields of ``under``, if it is an object, with those of
                                          ``over``: known keys keep their place, new ones follow
``{"config": [expression, fields, name]}``  if it is an object, overlaid with ``fields``; else an
                                          object of it as the field ``name``, then ``fields``;
                                          with no such name only null will do, as nothing given
``{"pick": [path, expression]}``          the value at the end of a list of field names; all of them
                                          must be there
``{"default": [path, expression, value]}``  the same, but ``value`` where one of them is not there
``{"part": [name, expression]}``          the field, or null, if it is an object, else all of it
``{"branch": [predicate, one, other]}``   ``one`` if the predicate is true, ``other`` if it is
                                          false; only that side is looked at
========================================  =====================================================

An entry of the table refers to earlier entries only. Values are shared, never copied deeply
and never changed. It runs inside the sandbox too: the standard library alone, nothing of ours.
It does not check what it is given: expressions come from ``graph.dataflow``.
"""

from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from typing import Any, ClassVar, TypeAlias

Expression: TypeAlias = Mapping[str, Any]

# A call behind guards is made only if each predicate is exactly what is wanted.
Guards: TypeAlias = Sequence[tuple[Expression, bool]]

_NOTHING: frozenset[int] = frozenset()
_KINDS = {
    type(None): "null", bool: "a boolean", str: "a text", list: "a list", dict: "an object",
}  # fmt: skip


class InputUnusableError(Exception):
    """An expression has no value for what came; whoever needs it ends input-invalid."""


class UnplacedInputError(InputUnusableError):
    """A value that is no object came to a stage whose other fields leave no one field for it."""

    def __init__(self) -> None:
        super().__init__("the input is no object, and not exactly one field is left for it")


class FieldAbsentError(InputUnusableError):
    """A value does not have a field that is picked from it."""

    def __init__(self, path: Sequence[str], name: str, got: Any) -> None:
        place = ".".join(path)
        what = f"has no field {name!r:.80}" if isinstance(got, dict) else "is no object"
        super().__init__(f"{place:.200} is picked from a value that {what}")


class PredicateNotBooleanError(InputUnusableError):
    """What was to decide between two arms is neither true nor false."""

    def __init__(self, value: Any) -> None:
        kind = _KINDS.get(type(value), "a number")
        super().__init__(f"the predicate gave {kind}, and only true and false decide")


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
            InputUnusableError: what came does not do; the message says why.
        """
        ((kind, body),) = expression.items()
        form = self._FORMS.get(kind)
        if form is None:
            raise ValueError(f"{kind!r} is no expression")
        return form(self, body)

    def is_taken(self, guards: Guards) -> bool:
        """Whether all of them hold; behind one that does not, none is looked at.

        Raises:
            InputUnusableError: a predicate has no value, or one that decides nothing.
        """
        return all(self._holds(predicate) is wanted for predicate, wanted in guards)

    def _holds(self, predicate: Expression) -> bool:
        value = self.value(predicate)
        if value is True or value is False:
            return bool(value)
        raise PredicateNotBooleanError(value)

    def _branch(self, predicate: Expression, one: Expression, other: Expression) -> Any:
        return self.value(one if self._holds(predicate) else other)

    def _let(self, place: int) -> Any:
        if place not in self._known:
            self._known[place] = self.value(self._shared[place])
        return self._known[place]

    def _field(self, name: str, of: Expression) -> Any:
        whole = self.value(of)
        return whole[name] if isinstance(whole, dict) and name in whole else whole

    def _part(self, name: str, of: Expression) -> Any:
        whole = self.value(of)
        return whole.get(name) if isinstance(whole, dict) else whole

    def _overlay(self, below: Expression, above: Expression) -> Any:
        under, over = self.value(below), self.value(above)
        return {**under, **over} if isinstance(under, dict) else over

    _FORMS: ClassVar[Mapping[str, "Callable[[Valuation, Any], Any]"]] = {
        "input": lambda self, _: self._input,
        "const": lambda _, body: body,
        "call": lambda self, body: self.outputs[body],
        "let": _let,
        "object": lambda self, body: {name: self.value(part) for name, part in body},
        "list": lambda self, body: [self.value(part) for part in body],
        "field": lambda self, body: self._field(*body),
        "overlay": lambda self, body: self._overlay(*body),
        "config": lambda self, body: _configured(self.value(body[0]), body[1], body[2]),
        "pick": lambda self, body: _picked(self.value(body[1]), body[0]),
        "default": lambda self, body: _picked_or(self.value(body[1]), body[0], body[2]),
        "part": lambda self, body: self._part(*body),
        "branch": lambda self, body: self._branch(*body),
    }


def evaluate(
    expression: Expression,
    value: Any,
    outputs: MutableMapping[int, Any],
    shared: Sequence[Expression] = (),
) -> Any:
    """The value of one expression for the graph's input ``value`` and the calls' ``outputs``.

    Raises:
        InputUnusableError: what came does not do; the message says why.
    """
    return Valuation(value, shared, outputs).value(expression)


def shared_needs(shared: Iterable[Expression]) -> list[frozenset[int]]:
    """For each entry of the table, the calls whose outputs it is made of."""
    needs: list[frozenset[int]] = []
    for expression in shared:
        needs.append(direct_needs(expression, needs))
    return needs


def needs_of_call(
    expression: Expression, guards: Guards, of_shared: Sequence[frozenset[int]]
) -> frozenset[int]:
    """The calls that must be over before one with this input and these guards can begin."""
    needs = direct_needs(expression, of_shared)
    if not guards:
        return needs
    return needs.union(*(direct_needs(predicate, of_shared) for predicate, _ in guards))


def direct_needs(expression: Expression, of_shared: Sequence[frozenset[int]]) -> frozenset[int]:
    """The calls whose outputs ``expression`` is made of; ``of_shared`` from shared_needs.

    Of a branch those of both sides: a call that is not taken counts as over.
    """
    ((kind, body),) = expression.items()
    match kind:
        case "call":
            return frozenset((body,))
        case "let":
            return of_shared[body]
        case _:
            return _NOTHING.union(*(direct_needs(part, of_shared) for part in _parts(kind, body)))


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


def _configured(value: Any, fields: Mapping[str, Any], name: str | None) -> dict[str, Any]:
    if isinstance(value, dict):
        return {**value, **fields}
    if name is not None:
        return {name: value, **fields}
    if value is None:
        return dict(fields)
    raise UnplacedInputError


def _picked(value: Any, path: Sequence[str]) -> Any:
    for name in path:
        if not isinstance(value, dict) or name not in value:
            raise FieldAbsentError(path, name, value)
        value = value[name]
    return value


def _picked_or(value: Any, path: Sequence[str], otherwise: Any) -> Any:
    """As :func:`_picked`; null in the place of an object is an object that is not there."""
    for name in path:
        if value is None or (isinstance(value, dict) and name not in value):
            return otherwise
        if not isinstance(value, dict):
            raise FieldAbsentError(path, name, value)
        value = value[name]
    return value
