"""The type of a value that nobody declared one for."""

from collections.abc import Mapping, Sequence

from noether_nix.inside.contract import Json
from noether_nix.types.model import (
    ANY,
    BOOL,
    BYTES,
    MAX_TYPE_DEPTH,
    NULL,
    NUMBER,
    TEXT,
    VNODE,
    BytesType,
    Field,
    ListType,
    MapType,
    NullType,
    OpenRecordType,
    RecordType,
    RefinedType,
    Type,
    UnionType,
    VNodeType,
    union,
)

_PLAIN: Mapping[type, Type] = {
    type(None): NULL,
    bool: BOOL,
    int: NUMBER,
    float: NUMBER,
    str: TEXT,
}


def infer_type(value: Json, *, hint: Type | None = None) -> Type:
    """The narrowest type without refinements that ``value`` has.

    All objects in one list give one record, in which a field that some of them lack is
    optional; an empty list is ``List<Any>``. What is nested deeper than types can be is Any.

    Args:
        value: what :func:`~noether_nix.inside.contract.decode` gives.
        hint: the type that is expected, where a value alone cannot tell: a text may be meant
            as Bytes, an object as a Map. It need not fit.
    """
    return _infer([value], hint, 0)


def infer_types(values: Sequence[Json]) -> Type:
    """The narrowest type without refinements that all ``values`` have; Any if there are none."""
    return _infer(values, None, 0)


def _infer(values: Sequence[Json], hint: Type | None, depth: int) -> Type:
    """One type for all of ``values``."""
    # Every level of a value may become two of its type: a union and one of its variants.
    if depth > MAX_TYPE_DEPTH - 4 or not values:
        return ANY
    hint = _plain_hint(hint)
    lists: list[list[Json]] = []
    objects: list[dict[str, Json]] = []
    variants: set[Type] = set()
    for value in values:
        if isinstance(value, list):
            lists.append(value)
        elif isinstance(value, dict):
            objects.append(value)
        elif isinstance(value, str) and isinstance(hint, BytesType):
            variants.add(BYTES)
        else:
            variants.add(_PLAIN[type(value)])
    made: list[Type] = []
    if lists:
        item = hint.item if isinstance(hint, ListType) else None
        made.append(ListType(_infer([item for one in lists for item in one], item, depth + 2)))
    if objects:
        made.append(_infer_objects(objects, hint, depth))
    # A union is made by comparing, which at every level of a deep type takes its time.
    return made[0] if len(made) == 1 and not variants else union(*variants, *made)


def _infer_objects(objects: Sequence[dict[str, Json]], hint: Type | None, depth: int) -> Type:
    if isinstance(hint, VNodeType):
        return VNODE
    if isinstance(hint, MapType):
        values = [value for one in objects for value in one.values()]
        return MapType(TEXT, _infer(values, hint.value, depth + 2))
    hints = {}
    if isinstance(hint, RecordType | OpenRecordType):
        hints = {field.name: field.type for field in hint.fields}
    found: dict[str, list[Json]] = {}
    for one in objects:
        for name, value in one.items():
            found.setdefault(name, []).append(value)
    return RecordType(
        tuple(
            Field(
                name,
                _infer(found[name], hints.get(name), depth + 2),
                optional=len(found[name]) < len(objects),
            )
            for name in sorted(found)
        )
    )


def _plain_hint(hint: Type | None) -> Type | None:
    """What a hint says once refinements and a Null beside it are left out."""
    while True:
        match hint:
            case RefinedType(base, _):
                hint = base
            case UnionType(variants):
                others = [variant for variant in variants if not isinstance(variant, NullType)]
                if len(others) != 1:
                    return None
                hint = others[0]
            case _:
                return hint
