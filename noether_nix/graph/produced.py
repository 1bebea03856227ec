"""What is known before a run about the value that a node gives or gets.

More than a type: of a literal the value itself is known, of what a graph assembles field by
field each field. So a literal object may flow into a Map, and a message can name the node that
a wrong field came from.
"""

from collections.abc import Mapping
from typing import TypeAlias, TypeVar

from noether_nix.errors import TypeUnsupportedError
from noether_nix.formats import json_pointer
from noether_nix.frozen import dataclass, field
from noether_nix.inside.contract import Json
from noether_nix.types.display import field_text, render_type_short
from noether_nix.types.fits import Misfit, Within, fits
from noether_nix.types.infer import infer_type
from noether_nix.types.model import (
    AnyType,
    Field,
    MapType,
    NullType,
    OpenRecordType,
    RecordType,
    RefinedType,
    Type,
    UnionType,
    VarType,
    VNodeType,
)
from noether_nix.types.validate import validator


@dataclass(frozen=True, slots=True)
class Typed:
    """Some value of a type; ``giver`` names where it comes from, for messages."""

    type: Type
    giver: str


@dataclass(frozen=True, slots=True)
class Literal:
    """This very value."""

    value: Json
    giver: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """An object put together from parts.

    Those of ``fields`` that are in ``optional`` may be absent. It has no fields but these when it
    ``is_closed``; when it ``is_unknown`` any other field may be counted on, as with Any.
    """

    fields: "Mapping[str, Produced]"
    giver: str
    optional: frozenset[str] = field(default=frozenset())
    is_closed: bool = True
    is_unknown: bool = False


# As in types.fits.
_MISSING = "the field is missing"
_OPTIONAL = "the field is optional in what is produced"

Produced: TypeAlias = Typed | Literal | Gathered

# A type taken apart gives types, whatever else is only itself.
_Variant = TypeVar("_Variant", Typed, Typed | Literal | Gathered)


@dataclass(frozen=True, slots=True)
class Difference:
    """Why something produced does not fit: the part that differs, and who gives that part."""

    misfit: Misfit
    giver: str

    @property
    def is_missing(self) -> bool:
        """Whether a field is not there at all."""
        return self.misfit.produced is None and self.misfit.reason == _MISSING

    @property
    def may_be_absent(self) -> bool:
        """Whether a field may be there and may be not."""
        return self.misfit.reason == _OPTIONAL


Known: TypeAlias = dict[int, "tuple[Produced, Type]"]
"""Types that were found already, by the object of which they are."""


def type_of(produced: Produced, known: Known | None = None) -> Type:
    """The type of what is produced, as far as types can say it.

    With ``known``, what is part of several things is looked at once.
    """
    match produced:
        case Typed(whole, _):
            return whole
        case Literal(value, _):
            return infer_type(value)
        case Gathered():
            if known is None:
                return _gathered_type(produced, {})
            if id(produced) not in known:
                known[id(produced)] = (produced, _gathered_type(produced, known))
            return known[id(produced)][1]


def _gathered_type(produced: Gathered, known: Known) -> Type:
    return RecordType(
        tuple(
            Field(name, type_of(part, known), optional=name in produced.optional)
            for name, part in sorted(produced.fields.items())
        )
    )


def variants(produced: _Variant) -> tuple[_Variant, ...]:
    """What is of a union type, taken apart; together they are all of it."""
    if isinstance(produced, Typed):
        whole = unrefined(produced.type)
        if isinstance(whole, UnionType):
            return tuple(Typed(part, produced.giver) for part in whole.variants)
    return (produced,)


def is_object(produced: Produced) -> bool:
    """Whether it is an object for certain or, where nothing is known, may be one."""
    match produced:
        case Typed(whole, _):
            return isinstance(
                unrefined(whole),
                AnyType | VarType | MapType | RecordType | OpenRecordType | VNodeType,
            )
        case Literal(value, _):
            return isinstance(value, dict)
        case Gathered():
            return True


def is_null(produced: Produced) -> bool:
    """Whether it is null for certain."""
    match produced:
        case Typed(whole, _):
            return isinstance(whole, NullType)
        case Literal(value, _):
            return value is None
        case Gathered():
            return False


def unrefined(whole: Type) -> Type:
    """A type without the refinements on its values as wholes."""
    while isinstance(whole, RefinedType):
        whole = whole.base
    return whole


def difference(produced: Produced, expected: Type) -> Difference | None:
    """None when every value that may be produced may flow into ``expected``, else why not."""
    match produced:
        case Typed(whole, giver):
            return _difference(fits(whole, expected), giver)
        case Literal(value, giver):
            return _difference(_literal_misfit(value, expected), giver)
        case Gathered():
            return _gathered_difference(produced, expected)


def _difference(misfit: Misfit | None, giver: str) -> Difference | None:
    return None if misfit is None else Difference(misfit, giver)


def _literal_misfit(value: Json, expected: Type) -> Misfit | None:
    try:
        mismatch = validator(expected)(value)
    except TypeUnsupportedError:
        return Misfit((), expected, None, "no value is of that type")
    if mismatch is None:
        return None
    reason = _MISSING if mismatch.got is None else f"{mismatch.got} is given"
    return Misfit(json_pointer.parse(mismatch.pointer), mismatch.expected, None, reason)


def _gathered_difference(produced: Gathered, expected: Type) -> Difference | None:
    match expected:
        case AnyType() | VarType():
            return None
        case RecordType(fields) | OpenRecordType(fields, _):
            found = (_field_difference(produced, wanted) for wanted in fields)
            return next((one for one in found if one is not None), None)
        case MapType(key, value) if produced.is_closed:
            return _map_difference(produced, key, value)
        case UnionType(parts):
            tried = [_gathered_difference(produced, part) for part in parts]
            objects = [one for one in tried if one is not None and one.misfit.path]
            if None in tried:
                return None
            return objects[0] if len(objects) == 1 else _whole_difference(produced, expected)
        case _:
            return _whole_difference(produced, expected)


def _whole_difference(produced: Gathered, expected: Type) -> Difference | None:
    return _difference(fits(type_of(produced), expected), produced.giver)


def _field_difference(produced: Gathered, wanted: Field) -> Difference | None:
    part = produced.fields.get(wanted.name)
    if part is None:
        if wanted.may_be_absent or produced.is_unknown:
            return None
        reason = _MISSING
    else:
        inner = difference(part, wanted.type)
        if inner is not None:
            return _below(wanted.name, inner)
        if wanted.may_be_absent or wanted.name not in produced.optional:
            return None
        reason = _OPTIONAL
    misfit = Misfit((wanted.name,), wanted.type, None if part is None else type_of(part), reason)
    return Difference(misfit, produced.giver)


def _map_difference(produced: Gathered, key: Type, value: Type) -> Difference | None:
    for name, part in produced.fields.items():
        misfit = _literal_misfit(name, key)
        if misfit is not None:
            return _below(Within.KEY, Difference(misfit, produced.giver))
        inner = difference(part, value)
        if inner is not None:
            return _below(name, inner)
    return None


def _below(step: str, inner: Difference) -> Difference:
    found = inner.misfit
    misfit = Misfit((step, *found.path), found.expected, found.produced, found.reason)
    return Difference(misfit, inner.giver)


def render_produced(produced: Produced) -> str:
    """The type of what is produced, short enough for a message."""
    return render_type_short(type_of(produced))


def render_difference(found: Difference) -> str:
    """Which part differs and how."""
    misfit = found.misfit
    place = place_within(found)
    wanted = f"{render_type_short(misfit.expected)} is expected, but {misfit.reason}"
    return f"at {place}: {wanted}" if place else wanted


def place_within(found: Difference) -> str:
    """Where in what is produced the part is that differs, as in ``a.b[0]``; nothing of a whole."""
    return "".join(map(_step_text, found.misfit.path)).removeprefix(".")


def _step_text(step: str) -> str:
    if isinstance(step, Within):
        return step
    return f"[{step}]" if step.isdecimal() else f".{field_text(step)}"
