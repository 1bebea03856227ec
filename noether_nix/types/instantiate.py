"""What the variables of a signature stand for at one place where it is used.

Every use is for itself: its variables are found from what flows in there, or from what is wanted
of what comes out. What flows in is the least that a variable stands for, several things together
are a union; what is wanted is the most, several things together are their meet. So records keep
the fields that nobody names. Nothing is refused here: whether the types then fit is for ``fits``.
"""

from collections.abc import Callable
from typing import TypeAlias

from noether_nix.types.fits import fits
from noether_nix.types.meet import meet
from noether_nix.types.model import (
    ANY,
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
    union,
)
from noether_nix.types.variables import Row, Substitution, rename_apart, rests_of, variables_of

_Record: TypeAlias = RecordType | OpenRecordType


def instantiate(taken: Type, given: Type, produced: Type) -> tuple[Type, Type]:
    """What a signature takes and gives where ``produced`` flows into it.

    A variable for which nothing comes in stays one, with a name that ``produced`` does not have.
    """
    if not variables_of(taken, given):
        return taken, given
    taken, given = rename_apart((taken, given), variables_of(produced))
    found = _Bounds(_union)
    _from_below(produced, taken, found)
    # No input says what some stand for; a record has then the fields that it names.
    for name in rests_of(given) - variables_of(taken):
        found.add_row(name, Row())
    substitution = found.substitution()
    # What is no record has no rest that could be named: a record is taken all the same.
    return substitution.of_known_rows().apply(taken), substitution.apply(given)


def demand(taken: Type, given: Type, wanted: Type) -> Type:
    """What a signature must take so that it gives what is ``wanted``, as far as that is found."""
    if not variables_of(given) & variables_of(taken):
        return taken
    taken, given = rename_apart((taken, given), variables_of(wanted))
    found = _Bounds(_meet)
    _from_above(given, wanted, found)
    return found.substitution().apply(taken)


class _Bounds:
    """What is known of variables so far, put together by ``join`` where it is several things."""

    def __init__(self, join: Callable[[Type, Type], Type]) -> None:
        self._join = join
        self._types: dict[str, Type] = {}
        self._rows: dict[str, Row] = {}

    def add(self, name: str, bound: Type) -> None:
        known = self._types.get(name)
        self._types[name] = bound if known is None else self._join(known, bound)

    def add_row(self, name: str, row: Row) -> None:
        known = self._rows.get(name)
        self._rows[name] = row if known is None else self._joined_rows(known, row)

    def add_unknown(self, whole: Type) -> None:
        """Nothing is known of what stands for the variables of ``whole``."""
        for name in variables_of(whole):
            self.add(name, ANY)
            self.add_row(name, Row(is_unknown=True))

    def substitution(self) -> Substitution:
        return Substitution(self._types, self._rows)

    def _joined_rows(self, one: Row, other: Row) -> Row:
        if one.is_unknown or other.is_unknown:
            return Row(is_unknown=True)
        fields = {field.name: field for field in one.fields}
        others = {field.name: field for field in other.fields}
        for name in fields.keys() | others.keys():
            fields[name] = self._joined_field(fields.get(name), others.get(name))
        ordered = tuple(fields[name] for name in sorted(fields))
        return Row(ordered, one.rest if one.rest == other.rest else one.rest or other.rest)

    def _joined_field(self, one: Field | None, other: Field | None) -> Field:
        if one is not None and other is not None:
            joined = self._join(one.type, other.type)
            return Field(one.name, joined, optional=one.optional or other.optional)
        only = one or other
        assert only is not None
        return Field(only.name, only.type, optional=self._join is _union or only.optional)


def _union(one: Type, other: Type) -> Type:
    return union(one, other)


def _meet(one: Type, other: Type) -> Type:
    both = meet(one, other)
    return one if both is None else both


# ------------------------------------------------------------------------ what flows in


def _from_below(produced: Type, taken: Type, found: _Bounds) -> None:
    if not variables_of(taken):
        return
    match produced, taken:
        case AnyType(), _:
            found.add_unknown(taken)
        case _, VarType(name):
            found.add(name, produced)
        case VarType(), _:
            found.add_unknown(taken)
        case UnionType(variants), _:
            for variant in variants:
                _from_below(variant, taken, found)
        case _, UnionType(variants):
            _into_variants(produced, variants, found)
        case _, RefinedType(base, _):
            _from_below(produced, base, found)
        case RefinedType(base, _), _:
            _from_below(base, taken, found)
        case _:
            _into_parts(produced, taken, found)


def _into_variants(produced: Type, variants: tuple[Type, ...], found: _Bounds) -> None:
    """The variant that it is for: one without variables, else one of its form, else a variable."""
    fitting = [variant for variant in variants if fits(produced, variant) is None]
    if any(not variables_of(variant) for variant in fitting):
        return
    formed = [variant for variant in fitting if not isinstance(variant, VarType)]
    for variant in formed or fitting:
        _from_below(produced, variant, found)


def _into_parts(produced: Type, taken: Type, found: _Bounds) -> None:
    match produced, taken:
        case (ListType(made), ListType(item)) | (StreamType(made), StreamType(item)):
            _from_below(made, item, found)
        case MapType(key, value), MapType(taken_key, taken_value):
            _from_below(key, taken_key, found)
            _from_below(value, taken_value, found)
        case ((RecordType(fields) | OpenRecordType(fields, _)), MapType(_, taken_value)):
            # A literal object may be a map.
            for field in fields:
                _from_below(field.type, taken_value, found)
        case ((RecordType() | OpenRecordType()), (RecordType() | OpenRecordType())):
            _into_fields(produced, taken, found)
        case _, OpenRecordType(_, rest):
            found.add_row(rest, Row(is_unknown=True))
        case _:
            pass


def _into_fields(produced: _Record, taken: _Record, found: _Bounds) -> None:
    for wanted in taken.fields:
        made = produced.field(wanted.name)
        if made is not None:
            _from_below(made.type, wanted.type, found)
    if isinstance(taken, OpenRecordType):
        left = tuple(one for one in produced.fields if taken.field(one.name) is None)
        found.add_row(taken.rest, Row(left, getattr(produced, "rest", None)))


# ------------------------------------------------------------------------ what is wanted


def _from_above(given: Type, wanted: Type, found: _Bounds) -> None:
    if isinstance(wanted, AnyType | VarType) or not variables_of(given):
        return
    match given, wanted:
        case VarType(name), _:
            found.add(name, wanted)
        case UnionType(variants), _:
            for variant in variants:
                _from_above(variant, wanted, found)
        case RefinedType(base, _), _:
            _from_above(base, wanted, found)
        case _, RefinedType(base, _):
            _from_above(given, base, found)
        case _, UnionType(variants):
            alike = [variant for variant in variants if fits(given, variant) is None]
            if len(alike) == 1:
                _from_above(given, alike[0], found)
        case _:
            _of_parts(given, wanted, found)


def _of_parts(given: Type, wanted: Type, found: _Bounds) -> None:
    match given, wanted:
        case (ListType(item), ListType(inner)) | (StreamType(item), StreamType(inner)):
            _from_above(item, inner, found)
        case MapType(key, value), MapType(wanted_key, wanted_value):
            _from_above(key, wanted_key, found)
            _from_above(value, wanted_value, found)
        case ((RecordType() | OpenRecordType()), (RecordType() | OpenRecordType())):
            for field in given.fields:
                other = wanted.field(field.name)
                if other is not None:
                    _from_above(field.type, other.type, found)
            if isinstance(given, OpenRecordType):
                more = tuple(one for one in wanted.fields if given.field(one.name) is None)
                rest = getattr(wanted, "rest", None) or given.rest
                found.add_row(given.rest, Row(more, rest))
        case _:
            pass
