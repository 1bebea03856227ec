"""Types as JSON Schema 2020-12: a value has the type exactly when it keeps to the schema.

What a schema cannot say (a variable, that a node of a user interface is one) stands beside it
under ``x-noether``, which other readers leave alone and ours reads back.
"""

from collections.abc import Mapping

from noether_nix.errors import TypeUnsupportedError
from noether_nix.inside.contract import Json
from noether_nix.types.display import render_type_short
from noether_nix.types.model import (
    ANY,
    BOOL,
    BYTES,
    NULL,
    NUMBER,
    TEXT,
    VNODE,
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
    admits_null,
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

DIALECT = "https://json-schema.org/draft/2020-12/schema"
BESIDE = "x-noether"

Schema = dict[str, Json]

# The keywords that bound a length, by the schema type of what is measured.
LENGTHS: Mapping[str, tuple[str, str]] = {
    "array": ("minItems", "maxItems"),
    "object": ("minProperties", "maxProperties"),
    "string": ("minLength", "maxLength"),
}


def type_to_schema(whole: Type) -> Schema:
    """The JSON Schema of a type.

    Raises:
        TypeUnsupportedError: there is a Stream in it, which no value has.
    """
    return {"$schema": DIALECT, **_schema(whole)}


_PLAIN: Mapping[Type, Schema] = {
    ANY: {},
    BOOL: {"type": "boolean"},
    BYTES: {"type": "string", "contentEncoding": "base64"},
    NULL: {"type": "null"},
    NUMBER: {"type": "number"},
    TEXT: {"type": "string"},
    VNODE: {"type": "object", BESIDE: {"kind": "VNode"}},
}


def _schema(whole: Type) -> Schema:
    match whole:
        case VarType(name):
            return {BESIDE: {"variable": name}}
        case ListType(item):
            return {"type": "array", "items": _schema(item)}
        case MapType(key, value):
            names: Schema = {} if key == TEXT else {"propertyNames": _schema(key)}
            return {"type": "object", "additionalProperties": _schema(value), **names}
        case RecordType(fields):
            return _record(fields, None)
        case OpenRecordType(fields, rest):
            return _record(fields, rest)
        case UnionType(variants):
            return _union(variants)
        case RefinedType(base, refinement):
            return _refined(base, refinement)
        case StreamType():
            raise TypeUnsupportedError(
                f"no value has the type {render_type_short(whole)}, so it has no schema",
                hint="write List instead of Stream",
            )
        case plain:
            return dict(_PLAIN[plain])


def _record(fields: tuple[Field, ...], rest: str | None) -> Schema:
    found: Schema = {
        "type": "object",
        "properties": {field.name: _schema(field.type) for field in fields},
    }
    required: list[Json] = [field.name for field in fields if not field.may_be_absent]
    if required:
        found["required"] = required
    beside: Schema = {} if rest is None else {"rest": rest}
    # That a field may be absent shows by itself, but where null would do for it anyway.
    twice: list[Json] = [one.name for one in fields if one.optional and admits_null(one.type)]
    if twice:
        beside["optional"] = twice
    return {**found, BESIDE: beside} if beside else found


def _union(variants: tuple[Type, ...]) -> Schema:
    schemas = [_schema(variant) for variant in variants]
    if all(schema.keys() == {"type"} and isinstance(schema["type"], str) for schema in schemas):
        return {"type": [schema["type"] for schema in schemas]}
    return {"anyOf": list(schemas)}


def _refined(base: Type, refinement: Refinement) -> Schema:
    inner = _schema(base)
    kind = inner.get("type")
    kinds = _kinds(refinement)
    is_for_it = not kinds or kind in kinds or (kind == "integer" and "number" in kinds)
    more = _demand(refinement, kind if kind in kinds else None)
    if is_for_it and not ((inner.keys() - {"type"}) & more.keys() or "allOf" in inner):
        return {**inner, **more}
    alone: Schema = {"type": kinds if len(kinds) > 1 else kinds[0]} if kinds else {}
    return {"allOf": [inner, {**alone, **more}]}


def _demand(refinement: Refinement, kind: Json) -> Schema:
    """What a refinement adds to the schema of a value of this kind, or of any for ``None``."""
    match refinement:
        case Range(low, high):
            bounds = {"minimum": low, "maximum": high}
            return {name: bound for name, bound in bounds.items() if bound is not None}
        case Integer():
            return {"type": "integer"}
        case OneOf():
            return {"enum": list(refinement.values)}
        case Pattern(pattern):
            return {"pattern": f"^(?:{pattern})$"}
        case NonEmpty():
            return _lengths(kind, 0, 1)
        case MinLength(length):
            return _lengths(kind, 0, length)
        case MaxLength(length):
            return _lengths(kind, 1, length)


def _lengths(kind: Json, side: int, length: int) -> Schema:
    several = LENGTHS.values() if kind is None else [LENGTHS[str(kind)]]
    return {names[side]: length for names in several}


def _kinds(refinement: Refinement) -> list[Json]:
    """The schema types of the values that a refinement can hold of; none where it is all."""
    match refinement:
        case Range() | Integer():
            return ["number"]
        case Pattern():
            return ["string"]
        case OneOf():
            return []
        case NonEmpty() | MinLength() | MaxLength():
            return list(LENGTHS)
