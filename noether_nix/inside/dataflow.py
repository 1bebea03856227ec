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
``{"each": number}``                      what came of all items of that each (:mod:`growing`)
``{"item": [number, place]}``             one of the items of an each that has grown
========================================  =====================================================

An entry of the table refers to earlier entries only. Values are shared, never copied deeply
and never changed. It runs inside the sandbox too: the standard library alone, nothing of ours.
It does not check what it is given: expressions come from ``graph.dataflow``.
"""

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from contextlib import suppress
from itertools import compress
from typing import Any, ClassVar, NoReturn, Protocol, TypeAlias

from noether_nix.inside.unusable import (
    FieldAbsentError,
    InputUnusableError,
    NoItemsError,
    NothingToReduceError,
    NotTakenError,
    PredicateNotBooleanError,
    TooManyItemsError,
    UnplacedInputError,
)

Expression: TypeAlias = Mapping[str, Any]

# A call behind guards is made only if each predicate is exactly what is wanted.
Guards: TypeAlias = Sequence[tuple[Expression, bool]]


class GrownEach(Protocol):
    """An each as far as its value depends on it; see :class:`growing.Grown`."""

    kind: str
    over: Expression
    outputs: Sequence[Expression]
    steps: Sequence[int]
    guards: Guards
    pointer: str
    count: int | None


class Valuation:
    """The values of one graph's expressions while its calls end one after the other.

    ``outputs`` gets the output of each call that has succeeded, by its index; ``eaches`` and
    ``shared`` may grow.
    """

    def __init__(
        self,
        value: Any,
        shared: Sequence[Expression] = (),
        outputs: MutableMapping[int, Any] | None = None,
        eaches: Sequence[GrownEach] = (),
    ) -> None:
        self.outputs: MutableMapping[int, Any] = {} if outputs is None else outputs
        self._input = value
        self._shared = shared
        self._known: dict[int, Any] = {}
        self._eaches = eaches
        self._items: dict[int, list[Any]] = {}
        self._of_eaches: dict[int, Any] = {}
        self._faults: dict[int, InputUnusableError] = {}

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
        return _decided(self.value(predicate))

    def _branch(self, predicate: Expression, one: Expression, other: Expression) -> Any:
        return self.value(one if self._holds(predicate) else other)

    def items(self, number: int) -> list[Any]:
        """The items of an each, those of an object in its order.

        Raises:
            InputUnusableError: it has none, because it is no list and no object.
        """
        if number not in self._items:
            whole = self.value(self._eaches[number].over)
            if isinstance(whole, dict):
                whole = list(whole.values())
            if not isinstance(whole, list):
                raise NoItemsError(whole)
            self._items[number] = whole
        return self._items[number]

    def look_at(self, number: int) -> None:
        """Find the value of an each now, so that none later has to look for many before it."""
        with suppress(InputUnusableError):
            self._each(number)

    def _each(self, number: int) -> Any:
        if number in self._faults:
            raise self._faults[number]
        if number not in self._of_eaches:
            try:
                self._of_eaches[number] = self._collected(number, self._eaches[number])
            except InputUnusableError as error:
                self._faults[number] = error
                raise
        return self._of_eaches[number]

    def _refuse(self, number: int, each: GrownEach) -> NoReturn:
        """Say why an each that is asked for has not grown."""
        if not self.is_taken(each.guards):
            raise NotTakenError
        raise TooManyItemsError(len(self.items(number)), each.pointer)

    def _collected(self, number: int, each: GrownEach) -> Any:
        if each.count is None:
            self._refuse(number, each)
        if each.kind == "step":
            return self.value(each.outputs[0])
        if each.kind in ("reduce", "tree"):
            for step in each.steps:  # in their order, so that none looks for all before it
                self._each(step)
            if not each.outputs:
                raise NothingToReduceError
            return self.value(each.outputs[0])
        whole = self.value(each.over)
        results = [self.value(output) for output in each.outputs]
        if each.kind == "map":
            return dict(zip(whole, results, strict=True)) if isinstance(whole, dict) else results
        kept = [_decided(result) for result in results]
        if isinstance(whole, dict):
            return dict(compress(whole.items(), kept))
        return list(compress(whole, kept))

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
        "each": _each,
        "item": lambda self, body: self.items(body[0])[body[1]],
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


def _decided(value: Any) -> bool:
    if value is True or value is False:
        return bool(value)
    raise PredicateNotBooleanError(value)


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
