"""Whether a value of one type may flow where another is expected, and if not, why not.

The rules are those of reference/noether.md 1.3 with the optional fields of design 11.3; in two
places they are wider, and still sound: a union is taken apart before refinements are looked
at, so that every type fits itself, and a refinement may follow from others (``implication``).
A record type says "at least these fields"; a field that the produced type does not name counts
as absent.

Type variables fit everything here; what they stand for is settled elsewhere.
"""

from enum import StrEnum

from noether_nix.frozen import dataclass
from noether_nix.types.display import field_text, render_type_short
from noether_nix.types.implication import implies
from noether_nix.types.model import (
    AnyType,
    Field,
    ListType,
    MapType,
    OpenRecordType,
    RecordType,
    RefinedType,
    StreamType,
    Type,
    UnionType,
    VarType,
)


class Within(StrEnum):
    """A step into a type that is no field."""

    ITEM = "[]"
    KEY = "<key>"
    VALUE = "<value>"


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why one type does not fit another.

    ``path`` leads to the place in both types, by field names and :class:`Within`; ``expected``
    and ``produced`` stand at that place, ``None`` for a field that is not produced. ``reason``
    completes "… is expected, but".
    """

    path: tuple[str, ...]
    expected: Type
    produced: Type | None
    reason: str

    def __str__(self) -> str:
        place = f"at {path_text(self.path)}: " if self.path else ""
        return f"{place}{render_type_short(self.expected)} is expected, but {self.reason}"


def path_text(path: tuple[str, ...]) -> str:
    """A path in a type as it is shown: ``records[].name``."""
    shown = ""
    for step in path:
        if isinstance(step, Within):
            shown += step
        else:
            shown += f".{field_text(step)}" if shown else field_text(step)
    return shown


def fits(produced: Type, expected: Type) -> Misfit | None:
    """``None`` when every value of ``produced`` may flow into ``expected``, else the first reason.

    Any fits everything and is fitted by everything, so what comes out of it is checked by value.
    """
    if produced == expected or _is_wild(produced) or _is_wild(expected):
        return None
    spread = _spread(produced)
    if len(spread) > 1:
        return _every_variant_fits(spread, produced, expected)
    match produced, expected:
        case _, UnionType(variants):
            return _fits_a_variant(produced, variants, expected)
        case _, RefinedType(base, refinement):
            if not implies(produced, refinement):
                return _misfit(produced, expected)
            return fits(produced, base)
        case RefinedType(base, _), _:
            return fits(base, expected)
        case (ListType(made), ListType(wanted)) | (StreamType(made), StreamType(wanted)):
            return _below(Within.ITEM, fits(made, wanted))
        case MapType(key, value), MapType(wanted_key, wanted_value):
            return _below(Within.KEY, fits(key, wanted_key)) or _below(
                Within.VALUE, fits(value, wanted_value)
            )
        case ((RecordType() | OpenRecordType()), (RecordType() | OpenRecordType())):
            return _fields_fit(produced, expected)
        case _:
            return _misfit(produced, expected)


def _is_wild(whole: Type) -> bool:
    return isinstance(whole, AnyType | VarType)


def _spread(whole: Type) -> tuple[Type, ...]:
    """The variants of a union, also of one beneath refinements, each with these refinements."""
    match whole:
        case UnionType(variants):
            return variants
        case RefinedType(base, refinement):
            return tuple(RefinedType(variant, refinement) for variant in _spread(base))
        case _:
            return (whole,)


def _every_variant_fits(
    variants: tuple[Type, ...], produced: Type, expected: Type
) -> Misfit | None:
    for variant in variants:
        misfit = fits(variant, expected)
        if misfit is not None and misfit.path:
            return misfit
        if misfit is not None:
            whole, part = render_type_short(produced), render_type_short(variant)
            return Misfit((), expected, produced, f"{whole} is produced, which may be {part}")
    return None


def _fits_a_variant(produced: Type, variants: tuple[Type, ...], expected: Type) -> Misfit | None:
    deepest = _misfit(produced, expected)
    for variant in variants:
        misfit = fits(produced, variant)
        if misfit is None:
            return None
        if len(misfit.path) > len(deepest.path):
            deepest = misfit
    return deepest


def _fields_fit(
    produced: RecordType | OpenRecordType, expected: RecordType | OpenRecordType
) -> Misfit | None:
    made = {field.name: field for field in produced.fields}
    for wanted in expected.fields:
        misfit = _field_fits(made.get(wanted.name), wanted)
        if misfit is not None:
            return misfit
    return None


def _field_fits(made: Field | None, wanted: Field) -> Misfit | None:
    path = (wanted.name,)
    if made is None:
        if wanted.may_be_absent:
            return None
        return Misfit(path, wanted.type, None, "the field is missing")
    misfit = fits(made.type, wanted.type)
    if misfit is not None:
        return _below(wanted.name, misfit)
    if made.optional and not wanted.may_be_absent:
        return Misfit(path, wanted.type, made.type, "the field is optional in what is produced")
    return None


def _below(step: str, misfit: Misfit | None) -> Misfit | None:
    if misfit is None:
        return None
    return Misfit((step, *misfit.path), misfit.expected, misfit.produced, misfit.reason)


def _misfit(produced: Type, expected: Type) -> Misfit:
    return Misfit((), expected, produced, f"{render_type_short(produced)} is produced")
