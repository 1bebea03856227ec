"""Whether what is known to hold of a value makes a refinement hold too.

Whatever is implied is so for every value. Not everything that is so is found: of two patterns
only equal ones imply each other.
"""

import math
from collections.abc import Collection, Mapping

from noether_nix.inside.contract import Json, compile_pattern, compile_type
from noether_nix.types.model import (
    BoolType,
    BytesType,
    ListType,
    MapType,
    NullType,
    NumberType,
    OpenRecordType,
    RecordType,
    RefinedType,
    TextType,
    Type,
    VNodeType,
)
from noether_nix.types.refinement import (
    Integer,
    MaxLength,
    MinLength,
    NonEmpty,
    OneOf,
    Pattern,
    Range,
    Refinement,
)
from noether_nix.types.refinement_document import refinement_to_document

# The types that have so few values that a choice may have them all.
_FEW_VALUES: Mapping[type[Type], tuple[Json, ...]] = {BoolType: (False, True), NullType: (None,)}
_MEASURABLE = (TextType, BytesType, ListType, MapType, RecordType, OpenRecordType, VNodeType)


def refinements(whole: Type) -> set[Refinement]:
    """Every refinement that a type demands of its values as wholes."""
    found = set()
    while isinstance(whole, RefinedType):
        found.add(whole.refinement)
        whole = whole.base
    return found


def implies(produced: Type, refinement: Refinement) -> bool:
    """Whether ``refinement`` holds of every value of ``produced``, as far as that is found."""
    known = refinements(produced)
    if refinement in known or _options_imply(known, refinement):
        return True
    base = produced
    while isinstance(base, RefinedType):
        base = base.base
    match refinement:
        case Range():
            return _is_number(base, known) and _range_implies(known, refinement)
        case NonEmpty():
            return _shortest(base, known) >= 1
        case MinLength(length):
            return _shortest(base, known) >= length
        case MaxLength(length):
            longest = [one.length for one in known if isinstance(one, MaxLength)]
            return bool(longest) and min(longest) <= length
        case OneOf():
            values = _FEW_VALUES.get(type(base), ())
            return bool(values) and all(holds(refinement, value) for value in values)
        case Integer() | Pattern():
            return False


def holds(refinement: Refinement, value: Json) -> bool:
    """Whether a refinement holds of a value."""
    document = {"base": {"kind": "Any"}, "refinement": refinement_to_document(refinement)}
    return compile_type({"kind": "Refined", "value": document})(value) is None


def _options_imply(known: Collection[Refinement], refinement: Refinement) -> bool:
    """Whether all options that the other demands leave are as ``refinement`` says."""
    choices = [one for one in known if isinstance(one, OneOf)]
    if not choices:
        return False
    left = [v for v in choices[0].values if all(holds(one, v) for one in known)]
    return all(holds(refinement, value) for value in left)


def _is_number(base: Type, known: Collection[Refinement]) -> bool:
    return isinstance(base, NumberType) or any(isinstance(one, Range | Integer) for one in known)


def _range_implies(known: Collection[Refinement], wanted: Range) -> bool:
    ranges = [one for one in known if isinstance(one, Range)]
    low = max((one.low for one in ranges if one.low is not None), default=-math.inf)
    high = min((one.high for one in ranges if one.high is not None), default=math.inf)
    if any(isinstance(one, Integer) for one in known):
        low = math.ceil(low) if math.isfinite(low) else low
        high = math.floor(high) if math.isfinite(high) else high
    return (wanted.low is None or low >= wanted.low) and (
        wanted.high is None or high <= wanted.high
    )


def _shortest(base: Type, known: Collection[Refinement]) -> int:
    """The least length that a value can have; -1 where it may have none."""
    least = 0 if isinstance(base, _MEASURABLE) else -1
    for one in known:
        match one:
            case MinLength(length):
                least = max(least, length)
            case NonEmpty():
                least = max(least, 1)
            case MaxLength():
                least = max(least, 0)
            case Pattern(pattern):
                least = max(least, 0 if compile_pattern(pattern)("") else 1)
            case _:
                pass
    return least
