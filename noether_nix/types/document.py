"""Types as JSON: the exact form that ids are made from, and the shorthand of specs.

The forms are those of reference/noether.md 1.1 and 1.6 and of design 11.3. Whatever is read
comes out in normal form, so an id does not depend on how a type was spelt.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

from noether_nix.inside.contract import Json, describe
from noether_nix.types.faults import below, check_keys, fault, kind_of, members_of, unknown
from noether_nix.types.model import (
    MAX_TYPE_DEPTH,
    PLAIN_NAMES,
    PLAIN_TYPES,
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
from noether_nix.types.refinement_document import (
    refinement_from_document,
    refinement_to_document,
)
from noether_nix.types.words import IDENTIFIER

Document: TypeAlias = dict[str, Json]

_KIND = "kind of type"


def type_to_document(whole: Type) -> Document:
    """The JSON form of a type, the one that ids and the validator are made from."""
    match whole:
        case ListType(item):
            return {"kind": "List", "value": type_to_document(item)}
        case StreamType(item):
            return {"kind": "Stream", "value": type_to_document(item)}
        case MapType(key, value):
            inner: Json = {"key": type_to_document(key), "value": type_to_document(value)}
            return {"kind": "Map", "value": inner}
        case RecordType(fields):
            return {"kind": "Record", "value": _fields_document(fields), **_optional(fields)}
        case OpenRecordType(fields, rest):
            inner = {"fields": _fields_document(fields), "rest": rest}
            return {"kind": "RecordWith", "value": inner, **_optional(fields)}
        case UnionType(variants):
            return {"kind": "Union", "value": [type_to_document(variant) for variant in variants]}
        case VarType(name):
            return {"kind": "Var", "value": name}
        case RefinedType(base, refinement):
            inner = {
                "base": type_to_document(base),
                "refinement": refinement_to_document(refinement),
            }
            return {"kind": "Refined", "value": inner}
        case plain:
            return {"kind": PLAIN_NAMES[plain]}


def type_from_document(document: object, *, place: str = "") -> Type:
    """Read a type from its JSON form or from the shorthand, anywhere inside it too.

    Args:
        document: what was decoded from JSON.
        place: the JSON Pointer to ``document``, for messages.

    Raises:
        TypeSyntaxError: it is no type, with the JSON Pointer to the fault.
    """
    return _read(document, place, 0)


def _fields_document(fields: tuple[Field, ...]) -> Document:
    return {field.name: type_to_document(field.type) for field in fields}


def _optional(fields: tuple[Field, ...]) -> Document:
    names: list[Json] = [field.name for field in fields if field.optional]
    return {"optional": names} if names else {}


def _read(document: object, place: str, depth: int) -> Type:
    if depth >= MAX_TYPE_DEPTH:
        raise fault(place, f"types are nested deeper than {MAX_TYPE_DEPTH} levels")
    if isinstance(document, str):
        if document not in PLAIN_TYPES:
            raise unknown(place, document, PLAIN_TYPES, _KIND)
        return PLAIN_TYPES[document]
    if isinstance(document, dict) and "kind" in document:
        return _read_canonical(document, kind_of(document, place), place, depth)
    if isinstance(document, dict) and len(document) == 1:
        return _read_shorthand(document, place, depth)
    raise fault(place, f"a type is expected, not {describe(document)}")


def _read_canonical(document: Mapping[str, object], kind: str, place: str, depth: int) -> Type:
    if kind in PLAIN_TYPES:
        check_keys(document, {"kind"}, place)
        return PLAIN_TYPES[kind]
    reader = _READERS.get(kind)
    if reader is None:
        raise unknown(f"{place}/kind", kind, [*PLAIN_TYPES, *_READERS], _KIND)
    optional = {"optional"} if kind in ("Record", "RecordWith") else set()
    check_keys(document, {"kind", "value"}, place, optional)
    if "optional" not in document:
        return reader(document["value"], f"{place}/value", depth)
    whole = cast("RecordType | OpenRecordType", reader(document["value"], f"{place}/value", depth))
    return _with_optional(whole, document["optional"], f"{place}/optional")


def _read_map(value: object, place: str, depth: int) -> Type:
    found = members_of(value, {"key", "value"}, place)
    return MapType(
        _read(found["key"], f"{place}/key", depth + 1),
        _read(found["value"], f"{place}/value", depth + 1),
    )


def _read_record(value: object, place: str, depth: int) -> Type:
    return RecordType(_read_fields(value, place, depth))


def _read_open_record(value: object, place: str, depth: int) -> Type:
    found = members_of(value, {"fields", "rest"}, place)
    fields = _read_fields(found["fields"], f"{place}/fields", depth)
    return OpenRecordType(fields, _read_variable(found["rest"], f"{place}/rest"))


def _read_union(value: object, place: str, depth: int) -> Type:
    if not isinstance(value, list) or not value:
        raise fault(place, "a Union has a list of at least one type")
    return union(*(_read(item, f"{place}/{i}", depth + 1) for i, item in enumerate(value)))


def _read_refined(value: object, place: str, depth: int) -> Type:
    found = members_of(value, {"base", "refinement"}, place)
    base = _read(found["base"], f"{place}/base", depth + 1)
    refinement = refinement_from_document(found["refinement"], f"{place}/refinement")
    return RefinedType(base, refinement)


_Reader: TypeAlias = Callable[[object, str, int], Type]

_READERS: Mapping[str, _Reader] = {
    "List": lambda value, place, depth: ListType(_read(value, place, depth + 1)),
    "Map": _read_map,
    "Record": _read_record,
    "RecordWith": _read_open_record,
    "Refined": _read_refined,
    "Stream": lambda value, place, depth: StreamType(_read(value, place, depth + 1)),
    "Union": _read_union,
    "Var": lambda value, place, _depth: VarType(_read_variable(value, place)),
}


def _read_shorthand(document: Mapping[str, object], place: str, depth: int) -> Type:
    ((kind, value),) = document.items()
    place = below(place, kind)
    match kind, value:
        case (("List" | "Stream" | "Union" | "Var"), _):
            return _READERS[kind](value, place, depth)
        case "Map", [key, item]:
            return _read_map({"key": key, "value": item}, place, depth)
        case "Map", _:
            raise fault(place, f"a Map has a list of two types, not {describe(value)}")
        case "Record", list():
            return RecordType(_read_pairs(value, place, depth))
        case "Record", _:
            raise fault(place, f"a Record has a list of [name, type], not {describe(value)}")
        case "RecordWith", [list() as pairs, rest]:
            fields = _read_pairs(pairs, f"{place}/0", depth)
            return OpenRecordType(fields, _read_variable(rest, f"{place}/1"))
        case "RecordWith", _:
            reason = f"a RecordWith has a list of fields and a variable, not {describe(value)}"
            raise fault(place, reason)
        case "Refined", [base, *refinements] if refinements:
            return _read_refinements(base, refinements, place, depth)
        case "Refined", _:
            reason = f"a Refined has a list of a type and refinements, not {describe(value)}"
            raise fault(place, reason)
        case _:
            raise unknown(place, kind, _READERS, _KIND)


def _read_refinements(base: object, found: list[object], place: str, depth: int) -> Type:
    if depth + len(found) >= MAX_TYPE_DEPTH:
        raise fault(place, f"types are nested deeper than {MAX_TYPE_DEPTH} levels")
    whole = _read(base, f"{place}/0", depth + len(found))
    for index, refinement in enumerate(found, 1):
        whole = RefinedType(whole, refinement_from_document(refinement, f"{place}/{index}"))
    return whole


def _read_pairs(value: list[object], place: str, depth: int) -> tuple[Field, ...]:
    found: dict[str, Field] = {}
    for index, pair in enumerate(value):
        at = f"{place}/{index}"
        match pair:
            case [str(name), _] | [str(name), _, "optional"] if name in found:
                raise fault(at, f"the field {name!r} stands twice")
            case [str(name), inner, *optional] if optional in ([], ["optional"]):
                whole = _read(inner, f"{at}/1", depth + 1)
                found[name] = Field(name, whole, optional=bool(optional))
            case _:
                reason = f"a field is a list of a name and a type, not {describe(pair)}"
                raise fault(at, reason, 'a field that may be absent is ["name", type, "optional"]')
    return tuple(found[name] for name in sorted(found))


def _read_fields(value: object, place: str, depth: int) -> tuple[Field, ...]:
    if not isinstance(value, dict):
        raise fault(place, f"fields are an object of types, not {describe(value)}")
    if not all(isinstance(name, str) for name in value):
        raise fault(place, "the names of fields are texts")
    return tuple(
        Field(name, _read(value[name], below(place, name), depth + 1)) for name in sorted(value)
    )


def _with_optional(
    whole: RecordType | OpenRecordType, value: object, place: str
) -> RecordType | OpenRecordType:
    if not isinstance(value, list):
        raise fault(place, f"the optional fields are a list of names, not {describe(value)}")
    for index, name in enumerate(value):
        if not isinstance(name, str) or whole.field(name) is None:
            raise fault(f"{place}/{index}", f"{describe(name)} names no field of this record")
        if name in value[:index]:
            raise fault(f"{place}/{index}", f"the field {name!r} stands twice")
    fields = tuple(Field(f.name, f.type, optional=f.name in value) for f in whole.fields)
    if isinstance(whole, OpenRecordType):
        return OpenRecordType(fields, whole.rest)
    return RecordType(fields)


def _read_variable(value: object, place: str) -> str:
    if not isinstance(value, str) or not IDENTIFIER.fullmatch(value):
        raise fault(place, f"a variable is a name, not {describe(value)}")
    return value
