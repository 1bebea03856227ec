"""Types of what is wanted, taken apart and put together."""

from collections.abc import Iterable, Iterator

from noether_nix.graph.produced import unrefined
from noether_nix.graph.projection import ConstRule, FieldRule, NestRule, PickRule
from noether_nix.types.meet import meet
from noether_nix.types.model import (
    ANY,
    NULL,
    TEXT,
    AnyType,
    Field,
    ListType,
    MapType,
    OpenRecordType,
    RecordType,
    Type,
    UnionType,
    VarType,
    record,
    union,
)


def is_wild(whole: Type) -> bool:
    """Whether anything at all will do."""
    return isinstance(whole, AnyType | VarType)


def meet_all(needs: Iterable[Type]) -> Type | None:
    """What serves all needs, None if nothing does."""
    whole: Type | None = ANY
    for need in needs:
        whole = None if whole is None else meet(whole, need)
    return whole


def field_of(wanted: Type, name: str) -> Type:
    """What is wanted of a field of an object of which ``wanted`` is."""
    match unrefined(wanted):
        case RecordType() | OpenRecordType() as whole:
            field = whole.field(name)
            return ANY if field is None else field.type
        case MapType(_, value):
            return value
        case _:
            return ANY


def field_names(whole: Type) -> Iterator[str]:
    """The fields that what is of a type may be known to have."""
    match unrefined(whole):
        case RecordType(fields) | OpenRecordType(fields, _):
            yield from (field.name for field in fields)
        case UnionType(parts):
            for part in parts:
                yield from field_names(part)
        case _:
            pass


def item_of(wanted: Type) -> Type:
    """What is wanted of the items of a list or of an object."""
    match unrefined(wanted):
        case ListType(item) | MapType(_, item):
            return item
        case _:
            return ANY


def items_as(wanted: Type, item: Type) -> Type:
    """Items of a type, as a list unless an object is wanted."""
    if isinstance(unrefined(wanted), MapType | RecordType | OpenRecordType):
        return MapType(TEXT, item)
    return ListType(item)


def picked_from(name: str | None, whole: Type) -> Type:
    """The object whose field of that name is to be of a type; without a name, the type itself."""
    return whole if name is None else record({name: whole})


def wanted_of_rule(rule: FieldRule, wanted: Type) -> Iterator[Type]:
    """What the input of a Project must be for each part that its rule picks."""
    match rule:
        case PickRule():
            yield _wanted_of_pick(rule, wanted)
        case NestRule(fields):
            for name, inner in fields.items():
                yield from wanted_of_rule(inner, field_of(wanted, name))
        case ConstRule():
            pass


def without(need: Type, names: Iterable[str]) -> Type:
    """What the input of a Let still must have when its bindings give the fields ``names``."""
    bound = frozenset(names)
    whole = unrefined(need)
    if isinstance(whole, UnionType):
        # The body always gets an object, so what is none is out of reach.
        objects = [one for one in whole.variants if not _is_plain(one)]
        rests = [without(one, bound) for one in objects]
        return ANY if not rests or any(map(is_wild, rests)) else union(*rests)
    if not isinstance(whole, RecordType | OpenRecordType):
        return ANY
    left = tuple(field for field in whole.fields if field.name not in bound)
    if not left:
        return ANY
    rest: Type = RecordType(left)
    return union(rest, NULL) if all(field.may_be_absent for field in left) else rest


def _wanted_of_pick(rule: PickRule, part: Type) -> Type:
    if not rule.path:
        return part
    if rule.default:
        found: Type = RecordType((Field(rule.path[-1], part, optional=True),))
        for name in reversed(rule.path[:-1]):
            found = RecordType((Field(name, found, optional=True),))
        return found
    found = _required(part)
    for name in reversed(rule.path):
        found = record({name: found})
    return found


def _required(part: Type) -> Type:
    """What admits null may be absent, and what is picked may not; so null is not asked for."""
    if isinstance(part, UnionType):
        return union(*(one for one in part.variants if one != NULL))
    return ANY if part == NULL else part


def _is_plain(whole: Type) -> bool:
    return not isinstance(unrefined(whole), RecordType | OpenRecordType | AnyType | VarType)
