"""Types as JSON: the exact form that ids are made from, and the shorthand of specs.

The forms are those of reference/noether.md 1.1 and 1.6 and of design 11.3. Whatever is read
comes out in normal form, so an id does not depend on how a type was spelt.
"""

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import TypeAlias, cast

from noether_nix.errors import TypeSyntaxError
from noether_nix.inside.contract import Json, describe
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
from noether_nix.types.refinement import NonEmpty, OneOf, Range, Refinement, one_of
from noether_nix.types.words import IDENTIFIER, word_hint

Document: TypeAlias = dict[str, Json]


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
                "refinement": _refinement_document(refinement),
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


def _refinement_document(refinement: Refinement) -> Document:
    match refinement:
        case Range(low, high):
            bounds = {"min": low, "max": high}
            return {"kind": "Range", **{k: v for k, v in bounds.items() if v is not None}}
        case OneOf():
            return {"kind": "OneOf", "options": list(refinement.values)}
        case NonEmpty():
            return {"kind": "NonEmpty"}


def _read(document: object, place: str, depth: int) -> Type:
    if depth >= MAX_TYPE_DEPTH:
        raise _fault(place, f"types are nested deeper than {MAX_TYPE_DEPTH} levels")
    if isinstance(document, str):
        if document not in PLAIN_TYPES:
            raise _unknown(place, document, PLAIN_TYPES)
        return PLAIN_TYPES[document]
    if isinstance(document, dict) and "kind" in document:
        return _read_canonical(document, _kind(document, place), place, depth)
    if isinstance(document, dict) and len(document) == 1:
        return _read_shorthand(document, place, depth)
    raise _fault(place, f"a type is expected, not {describe(document)}")


def _kind(document: Mapping[str, object], place: str) -> str:
    kind = document["kind"]
    if not isinstance(kind, str):
        raise _fault(f"{place}/kind", f"a kind is a text, not {describe(kind)}")
    return kind


def _read_canonical(document: Mapping[str, object], kind: str, place: str, depth: int) -> Type:
    if kind in PLAIN_TYPES:
        _check_keys(document, {"kind"}, place)
        return PLAIN_TYPES[kind]
    reader = _READERS.get(kind)
    if reader is None:
        raise _unknown(f"{place}/kind", kind, [*PLAIN_TYPES, *_READERS])
    optional = {"optional"} if kind in ("Record", "RecordWith") else set()
    _check_keys(document, {"kind", "value"}, place, optional)
    if "optional" not in document:
        return reader(document["value"], f"{place}/value", depth)
    whole = cast("RecordType | OpenRecordType", reader(document["value"], f"{place}/value", depth))
    return _with_optional(whole, document["optional"], f"{place}/optional")


def _read_map(value: object, place: str, depth: int) -> Type:
    found = _object(value, {"key", "value"}, place)
    return MapType(
        _read(found["key"], f"{place}/key", depth + 1),
        _read(found["value"], f"{place}/value", depth + 1),
    )


def _read_record(value: object, place: str, depth: int) -> Type:
    return RecordType(_read_fields(value, place, depth))


def _read_open_record(value: object, place: str, depth: int) -> Type:
    found = _object(value, {"fields", "rest"}, place)
    fields = _read_fields(found["fields"], f"{place}/fields", depth)
    return OpenRecordType(fields, _read_variable(found["rest"], f"{place}/rest"))


def _read_union(value: object, place: str, depth: int) -> Type:
    if not isinstance(value, list) or not value:
        raise _fault(place, "a Union has a list of at least one type")
    return union(*(_read(item, f"{place}/{i}", depth + 1) for i, item in enumerate(value)))


def _read_refined(value: object, place: str, depth: int) -> Type:
    found = _object(value, {"base", "refinement"}, place)
    base = _read(found["base"], f"{place}/base", depth + 1)
    return RefinedType(base, _read_refinement(found["refinement"], f"{place}/refinement"))


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
    place = _below(place, kind)
    match kind, value:
        case (("List" | "Stream" | "Union"), _):
            return _READERS[kind](value, place, depth)
        case "Map", [key, item]:
            return _read_map({"key": key, "value": item}, place, depth)
        case "Map", _:
            raise _fault(place, f"a Map has a list of two types, not {describe(value)}")
        case "Record", list():
            return _read_record(_pairs(value, place), place, depth)
        case "Record", _:
            raise _fault(place, f"a Record has a list of [name, type], not {describe(value)}")
        case _:
            raise _unknown(place, kind, ["List", "Map", "Record", "Stream", "Union"])


def _pairs(value: list[object], place: str) -> dict[str, object]:
    found: dict[str, object] = {}
    for index, pair in enumerate(value):
        match pair:
            case [str(name), inner] if name not in found:
                found[name] = inner
            case [str(name), _]:
                raise _fault(f"{place}/{index}", f"the field {name!r} stands twice")
            case _:
                reason = f"a field is a list of a name and a type, not {describe(pair)}"
                raise _fault(f"{place}/{index}", reason)
    return found


def _read_fields(value: object, place: str, depth: int) -> tuple[Field, ...]:
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
        raise _fault(place, f"fields are an object of types, not {describe(value)}")
    return tuple(
        Field(name, _read(value[name], _below(place, name), depth + 1)) for name in sorted(value)
    )


def _with_optional(
    whole: RecordType | OpenRecordType, value: object, place: str
) -> RecordType | OpenRecordType:
    if not isinstance(value, list):
        raise _fault(place, f"the optional fields are a list of names, not {describe(value)}")
    for index, name in enumerate(value):
        if not isinstance(name, str) or whole.field(name) is None:
            raise _fault(f"{place}/{index}", f"{describe(name)} names no field of this record")
        if name in value[:index]:
            raise _fault(f"{place}/{index}", f"the field {name!r} stands twice")
    fields = tuple(Field(f.name, f.type, optional=f.name in value) for f in whole.fields)
    if isinstance(whole, OpenRecordType):
        return OpenRecordType(fields, whole.rest)
    return RecordType(fields)


def _read_variable(value: object, place: str) -> str:
    if not isinstance(value, str) or not IDENTIFIER.fullmatch(value):
        raise _fault(place, f"a variable is a name, not {describe(value)}")
    return value


def _read_refinement(value: object, place: str) -> Refinement:
    if not isinstance(value, dict) or "kind" not in value:
        raise _fault(place, f"a refinement is an object with a kind, not {describe(value)}")
    match _kind(value, place):
        case "Range":
            _check_keys(value, {"kind"}, place, {"min", "max"})
            return _made(place, lambda: Range(value.get("min"), value.get("max")))
        case "OneOf":
            _check_keys(value, {"kind", "options"}, place)
            options = value["options"]
            if not isinstance(options, list):
                raise _fault(f"{place}/options", "the options of OneOf are a list")
            return _made(f"{place}/options", lambda: one_of(options))
        case "NonEmpty":
            _check_keys(value, {"kind"}, place)
            return NonEmpty()
        case kind:
            raise _unknown(f"{place}/kind", kind, ["NonEmpty", "OneOf", "Range"])


def _made(place: str, make: Callable[[], Refinement]) -> Refinement:
    try:
        return make()
    except TypeSyntaxError as error:
        raise _fault(place, error.message) from error


def _object(value: object, keys: set[str], place: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise _fault(place, f"an object is expected, not {describe(value)}")
    _check_keys(value, keys, place)
    return value


def _check_keys(
    found: Mapping[str, object],
    required: AbstractSet[str],
    place: str,
    optional: AbstractSet[str] = frozenset(),
) -> None:
    for key in found:
        if key not in required and key not in optional:
            raise _fault(_below(place, str(key)), f"the key {key!r} has no meaning here")
    for key in sorted(required):
        if key not in found:
            raise _fault(place, f"the key {key!r} is missing")


def _below(place: str, key: str) -> str:
    return f"{place}/{key.replace('~', '~0').replace('/', '~1')}"


def _unknown(place: str, name: str, known: Iterable[str]) -> TypeSyntaxError:
    return _fault(place, f"{name!r:.60} is no kind of type", word_hint(name, known))


def _fault(place: str, reason: str, hint: str = "") -> TypeSyntaxError:
    return TypeSyntaxError(f"at {place}: {reason}" if place else reason, hint=hint)
