"""Frozen dataclasses, made when their first object is: a start of noether makes hundreds.

The standard library compiles six functions for each class while its module is imported, half a
millisecond, and importing it takes as long as a tenth of a whole run in which nothing is new: it
looks at signatures, and that looks at everything. Here ``__init__`` is compiled when it is first
called, the other functions are the same for all, and ``dataclasses`` is imported when somebody
asks it about a class (ADR 0021). What is not frozen, or has an order, is made as ever.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar

__all__ = ("dataclass", "field", "field_names", "replace")

_ABSENT: Any = object()


class _Field:
    """One field, and what is special about it; named once its class is made."""

    __slots__ = ("compare", "default", "default_factory", "kw_only", "name", "repr", "type")

    def __init__(
        self,
        *,
        default: Any = _ABSENT,
        default_factory: Any = _ABSENT,
        repr: bool = True,  # noqa: A002 - the standard library's words
        compare: bool = True,
    ) -> None:
        self.name = ""
        self.type: Any = None
        self.kw_only = False
        self.default = default
        self.default_factory = default_factory
        self.repr = repr
        self.compare = compare

    def standard(self) -> Any:
        """The same for the standard library."""
        from dataclasses import field as standard_field

        given = {name: getattr(self, name) for name in ("default", "default_factory")}
        given = {name: value for name, value in given.items() if value is not _ABSENT}
        return standard_field(repr=self.repr, compare=self.compare, **given)


if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace
else:
    field = _Field

    def dataclass(kind=None, /, **options):
        """As ``dataclasses.dataclass``, of which type checkers believe it to be."""

        def make(kind):
            return _make(kind, **options)

        return make if kind is None else make(kind)

    def replace(one, /, **changes):
        """As ``dataclasses.replace``."""
        fields = getattr(one, "_frozen_fields", None)
        if fields is None:
            import dataclasses

            return dataclasses.replace(one, **changes)
        kept = {each.name: getattr(one, each.name) for each in fields if each.name not in changes}
        return type(one)(**kept, **changes)


def field_names(kind: Any) -> tuple[str, ...]:
    """The names of a frozen class's fields, in their order."""
    return tuple(one.name for one in kind._frozen_fields)  # noqa: SLF001 - ours


def _make(
    kind: Any,
    *,
    frozen: bool = False,
    eq: bool = True,
    slots: bool = False,
    kw_only: bool = False,
    **options: bool,
) -> Any:
    if not frozen or options:
        return _make_as_ever(kind, frozen=frozen, eq=eq, slots=slots, kw_only=kw_only, **options)
    bases = [vars(base).get("_frozen_fields", ()) for base in kind.__mro__[:0:-1]]
    inherited = {one.name: one for fields in bases for one in fields}
    added = {one.name: one for one in _own_fields(kind, kw_only=kw_only)}
    own = {name for name, given in vars(kind).items() if given is not None}
    if slots:
        kind = _with_slots(kind, [name for name in added if name not in inherited], set(added))
    else:
        _leave_defaults(kind, added.values())
    return _equip(kind, tuple({**inherited, **added}.values()), own, eq=eq)


def _with_slots(kind: Any, slots: list[str], fields: set[str]) -> Any:
    """The class made anew; where it has slots, none of its attributes is a default."""
    dropped = {"__dict__", "__weakref__", *fields}
    kept = {name: given for name, given in vars(kind).items() if name not in dropped}
    return type(kind)(kind.__name__, kind.__bases__, {**kept, "__slots__": tuple(slots)})


def _leave_defaults(kind: Any, fields: Iterable[_Field]) -> None:
    for one in fields:
        if one.default is not _ABSENT:
            setattr(kind, one.name, one.default)
        elif one.name in vars(kind):
            delattr(kind, one.name)


def _equip(kind: Any, fields: Sequence[_Field], own: set[str], *, eq: bool) -> Any:
    given: dict[str, Any] = {
        "__dataclass_fields__": _OnDemand("__dataclass_fields__"),
        "__dataclass_params__": _OnDemand("__dataclass_params__"),
        "__delattr__": _refuse,
        "__getstate__": _state,
        "__init__": _compile_on_first_use(kind),
        "__match_args__": tuple(one.name for one in fields if not one.kw_only),
        "__repr__": _represent,
        "__setattr__": _refuse,
        "__setstate__": _restore,
        "_frozen_fields": tuple(fields),
    }
    given |= {"__eq__": _equals, "__hash__": _hash} if eq else {}
    for name, value in given.items():
        if name not in own:
            setattr(kind, name, value)
    return kind


def _own_fields(kind: Any, *, kw_only: bool) -> list[_Field]:
    """The fields that a class itself declares.

    Raises:
        ValueError: all objects would share a default that can change.
    """
    fields = []
    for name, annotation in kind.__annotations__.items():
        if _is_of_the_class(annotation):
            continue
        given = vars(kind).get(name, _ABSENT)
        # With slots a class that inherits has its fields' places as attributes.
        one = given if isinstance(given, _Field) else _Field(default=given)
        if getattr(one.default, "__hash__", None) is None:
            message = f"mutable default {type(one.default)} for field {name} is not allowed"
            raise ValueError(f"{message}: use default_factory")
        one.name, one.type, one.kw_only = name, annotation, kw_only
        fields.append(one)
    return fields


def _is_of_the_class(annotation: Any) -> bool:
    if isinstance(annotation, str):
        return annotation.partition("[")[0] in ("ClassVar", "typing.ClassVar")
    return getattr(annotation, "__origin__", annotation) is ClassVar


def _make_as_ever(kind: Any, **options: bool) -> Any:
    from dataclasses import dataclass as standard

    for name, given in list(vars(kind).items()):
        if isinstance(given, _Field):
            setattr(kind, name, given.standard())
    return standard(**options)(kind)


class _OnDemand:
    """What ``dataclasses`` looks for in a class, made by itself once it does."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, _one: object, kind: Any) -> Any:
        return getattr(_stand_in(kind), self._name)


@cache
def _stand_in(kind: Any) -> Any:
    """A class of the standard library with the same fields."""
    from dataclasses import KW_ONLY
    from dataclasses import dataclass as standard

    fields = sorted(kind._frozen_fields, key=lambda one: one.kw_only)  # noqa: SLF001 - ours
    annotations: dict[str, Any] = {}
    for one in fields:
        if one.kw_only:
            annotations.setdefault("_", KW_ONLY)
        annotations[one.name] = one.type
    namespace = {one.name: one.standard() for one in fields}
    return standard(frozen=True)(
        type(kind.__name__, (), {**namespace, "__annotations__": annotations})
    )


def _refuse(_self: object, name: str, *_value: object) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, one.name) for one in self._frozen_fields]


def _restore(self: Any, state: list[Any]) -> None:
    for one, value in zip(self._frozen_fields, state, strict=True):
        object.__setattr__(self, one.name, value)


def _represent(self: Any) -> str:
    shown = (one.name for one in self._frozen_fields if one.repr)
    parts = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
    return f"{type(self).__qualname__}({parts})"


@cache
def _reader(kind: Any) -> Callable[[object], Any]:
    """What two objects of a class are compared by, at the speed of C."""
    names = [one.name for one in kind._frozen_fields if one.compare]  # noqa: SLF001 - ours
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
    scope: dict[str, Any] = {"_set": object.__setattr__, "_absent": _ABSENT}
    by_place, body = ["self"], []
    by_name: list[str] = []
    for one in kind._frozen_fields:  # noqa: SLF001 - ours
        word = value = one.name
        if one.default is not _ABSENT:
            scope[f"_default_{one.name}"] = one.default
            word = f"{one.name}=_default_{one.name}"
        elif one.default_factory is not _ABSENT:
            scope[f"_new_{one.name}"] = one.default_factory
            word = f"{one.name}=_absent"
            value = f"_new_{one.name}() if {one.name} is _absent else {one.name}"
        (by_name if one.kw_only else by_place).append(word)
        slot: Any = getattr(kind, one.name, None)
        if hasattr(slot, "__objclass__") and hasattr(slot, "__set__"):
            # Found once: setting by name looks for it each time, which takes half as long again.
            scope[f"_set_{one.name}"] = slot.__set__
            body.append(f"    _set_{one.name}(self, {value})\n")
        else:
            body.append(f"    _set(self, {one.name!r}, {value})\n")
    if hasattr(kind, "__post_init__"):
        body.append("    self.__post_init__()\n")
    words = ", ".join([*by_place, *(["*", *by_name] if by_name else [])])
    text = f"def __init__({words}):\n{''.join(body) or '    pass'}"
    exec(text, scope)  # noqa: S102 - the names of fields, and nothing else
    made: Callable[..., None] = scope["__init__"]
    made.__qualname__ = f"{kind.__qualname__}.__init__"
    return made
