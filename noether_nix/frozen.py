"""Frozen dataclasses, made when their first object is: a start of noether makes hundreds.

The standard library compiles six functions for each class while its module is imported, half a
millisecond; that was a quarter of the processor time before a run's first call (ADR 0021). Here
the fields are the standard library's, ``__init__`` is compiled when it is first called, and the
other functions are the same for all. What is not frozen, or has an order, is made as ever.
"""

import dataclasses
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

__all__ = ("dataclass",)

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(kind=None, /, **options):
        """As ``dataclasses.dataclass``, of which type checkers believe it to be."""

        def make(kind):
            return _make(kind, **options)

        return make if kind is None else make(kind)


def _make(kind: Any, *, frozen: bool = False, eq: bool = True, **options: bool) -> Any:
    if not frozen or options.get("order"):
        return dataclasses.dataclass(frozen=frozen, eq=eq, **options)(kind)
    own = {name for name, given in vars(kind).items() if given is not None}
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, **options)(kind)
    given: dict[str, Any] = {
        "__delattr__": _refuse,
        "__getstate__": _state,
        "__init__": _compile_on_first_use(made),
        "__repr__": _represent,
        "__setattr__": _refuse,
        "__setstate__": _restore,
    }
    given |= {"__eq__": _equals, "__hash__": _hash} if eq else {}
    for name, function in given.items():
        if name not in own:
            setattr(made, name, function)
    return made


def _refuse(_self: object, name: str, *_value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, one.name) for one in dataclasses.fields(self)]


def _restore(self: Any, state: list[Any]) -> None:
    for one, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, one.name, value)


def _represent(self: Any) -> str:
    shown = (one.name for one in dataclasses.fields(self) if one.repr)
    parts = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
    return f"{type(self).__qualname__}({parts})"


@cache
def _reader(kind: Any) -> Callable[[object], Any]:
    """What two objects of a class are compared by, at the speed of C."""
    names = [one.name for one in dataclasses.fields(kind) if one.compare]
    return attrgetter(*names) if names else lambda _self: ()


def _values(self: Any) -> Any:
    kind: Any = type(self)
    return _reader(kind)(self)


def _equals(self: Any, other: object) -> Any:
    if self is other:
        return True
    if type(other) is not type(self):
        return NotImplemented
    return bool(_values(self) == _values(other))


def _hash(self: Any) -> int:
    return hash(_values(self))


def _compile_on_first_use(kind: Any) -> Callable[..., None]:
    def construct(self: object, *given: object, **named: object) -> None:
        kind.__init__ = made = _compile(kind)
        made(self, *given, **named)

    return construct


def _compile(kind: Any) -> Callable[..., None]:
    """The ``__init__`` that the standard library would have made of the fields."""
    absent = object()
    scope: dict[str, Any] = {"_set": object.__setattr__, "_absent": absent}
    by_place, body = ["self"], []
    by_name: list[str] = []
    for one in dataclasses.fields(kind):
        word = value = one.name
        if one.default is not dataclasses.MISSING:
            scope[f"_default_{one.name}"] = one.default
            word = f"{one.name}=_default_{one.name}"
        elif one.default_factory is not dataclasses.MISSING:
            scope[f"_new_{one.name}"] = one.default_factory
            word = f"{one.name}=_absent"
            value = f"_new_{one.name}() if {one.name} is _absent else {one.name}"
        (by_name if one.kw_only else by_place).append(word)
        body.append(f"    _set(self, {one.name!r}, {value})\n")
    if hasattr(kind, "__post_init__"):
        body.append("    self.__post_init__()\n")
    words = ", ".join([*by_place, *(["*", *by_name] if by_name else [])])
    text = f"def __init__({words}):\n{''.join(body) or '    pass'}"
    exec(text, scope)  # noqa: S102 - the names of fields, and nothing else
    made: Callable[..., None] = scope["__init__"]
    made.__qualname__ = f"{kind.__qualname__}.__init__"
    return made
