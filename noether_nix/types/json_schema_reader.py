"""Types from JSON Schema 2020-12, as far as a type can say what a schema says.

A demand that no type can make is not taken over in silence: it is told of, and the type is then
wider than the schema. What cannot be a type at all is refused with its place.
"""

from collections.abc import Mapping

from noether_nix.frozen import dataclass
from noether_nix.inside.contract import Json, describe
from noether_nix.types.faults import below, fault
from noether_nix.types.implication import refinements
from noether_nix.types.json_schema import BESIDE, LENGTHS
from noether_nix.types.json_schema_parts import plain_type, with_beside
from noether_nix.types.json_schema_pattern import anchored
from noether_nix.types.json_schema_words import OF_KIND, READ, SCHEMA_TYPES, SILENT
from noether_nix.types.meet import meet
from noether_nix.types.model import (
    ANY,
    BOOL,
    BYTES,
    MAX_TYPE_DEPTH,
    NULL,
    NUMBER,
    TEXT,
    VNODE,
    Field,
    ListType,
    MapType,
    RecordType,
    RefinedType,
    Type,
    VarType,
    union,
)
from noether_nix.types.refinement import Integer, NonEmpty
from noether_nix.types.refinement_document import make_refinement
from noether_nix.types.traversal import nesting
from noether_nix.types.words import IDENTIFIER

# A schema that refers to itself twice at each level would be endless.
_MOST_SCHEMAS = 10_000


@dataclass(frozen=True, slots=True)
class FromSchema:
    """The type of a schema, and what of the schema it does not say."""

    type: Type
    left_out: tuple[str, ...]


def type_from_schema(document: Json) -> FromSchema:
    """Read a JSON Schema.

    Raises:
        TypeSyntaxError: it is none, or says something of which no type can be made, with the
            JSON Pointer to the fault.
    """
    reader = _Reader(document)
    whole = reader.read(document, "", 0)
    if nesting(whole) > MAX_TYPE_DEPTH:
        raise fault("", "this schema is too deep for a type")
    return FromSchema(whole, tuple(dict.fromkeys(reader.left_out)))


class _Reader:
    """Reads the parts of one schema document."""

    def __init__(self, document: Json) -> None:
        self.left_out: list[str] = []
        self._document = document
        self._open: list[str] = []
        self._read = 0

    def read(self, schema: Json, place: str, depth: int) -> Type:
        self._read += 1
        if depth >= MAX_TYPE_DEPTH or self._read > _MOST_SCHEMAS:
            raise fault(place, "this schema is too large or too deep for a type")
        if schema is True:
            return ANY
        if schema is False:
            raise fault(place, "no value is of this schema, so no type is", "leave it out")
        if not isinstance(schema, dict):
            raise fault(place, f"a schema is an object, not {describe(schema)}")
        for name in schema:
            if name not in READ and name not in SILENT and not name.startswith("x-"):
                self.leave_out(below(place, name), f"{name!r} is not taken over")
        demands = [self._own(schema, place, depth)]
        demands += self._applied(schema, place, depth)
        whole = demands[0]
        for other in demands[1:]:
            both = meet(whole, other)
            if both is None:
                raise fault(place, "no value keeps to all parts of this schema")
            whole = both
        return self._chosen(whole, schema, place)

    def leave_out(self, place: str, words: str) -> None:
        self.left_out.append(f"at {place or '/'}: {words}")

    # ------------------------------------------------------------------ schemas of schemas

    def _applied(self, schema: Mapping[str, Json], place: str, depth: int) -> list[Type]:
        found = []
        if "$ref" in schema:
            found.append(self._referred(schema["$ref"], f"{place}/$ref", depth))
        for at, part in self._several(schema, "allOf", place):
            found.append(self.read(part, at, depth + 1))
        for name in ("anyOf", "oneOf"):
            parts = [
                self.read(part, at, depth + 1) for at, part in self._several(schema, name, place)
            ]
            if parts:
                found.append(union(*parts))
        if "oneOf" in schema:
            self.leave_out(f"{place}/oneOf", "'oneOf' is taken as 'anyOf'")
        return found

    def _several(self, schema: Mapping[str, Json], name: str, place: str) -> list[tuple[str, Json]]:
        parts = schema.get(name, [])
        if not isinstance(parts, list) or (name in schema and not parts):
            raise fault(f"{place}/{name}", f"a list of schemas is expected, not {describe(parts)}")
        return [(f"{place}/{name}/{index}", part) for index, part in enumerate(parts)]

    def _referred(self, reference: Json, place: str, depth: int) -> Type:
        if not isinstance(reference, str) or not (reference + "/").startswith("#/"):
            reason = "only a reference into the same document is read, such as #/$defs/name"
            raise fault(place, reason)
        if reference in self._open:
            raise fault(place, "a type does not contain itself", "write Any where it would")
        found = self._document
        for step in reference.split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            if isinstance(found, dict) and name in found:
                found = found[name]
            elif isinstance(found, list) and name in map(str, range(len(found))):
                found = found[int(name)]
            else:
                raise fault(place, f"{reference!r:.80} leads nowhere")
        self._open.append(reference)
        whole = self.read(found, reference.removeprefix("#"), depth + 1)
        self._open.pop()
        return whole

    # ------------------------------------------------------------------ one schema alone

    def _own(self, schema: Mapping[str, Json], place: str, depth: int) -> Type:
        """The type that the keywords for each kind of value say."""
        kinds = self._kinds(schema, place)
        if kinds is None:
            return self._beside(schema, ANY, place)
        found = [self._of_kind(kind, schema, place, depth) for kind in kinds]
        return self._beside(schema, union(*found), place)

    def _kinds(self, schema: Mapping[str, Json], place: str) -> list[str] | None:
        given = schema.get("type")
        kinds = given if isinstance(given, list) else [given]
        if "type" in schema:
            for kind in kinds or [None]:
                if kind not in SCHEMA_TYPES:
                    raise fault(f"{place}/type", f"{describe(kind)} is no type of JSON Schema")
            return [str(kind) for kind in kinds]
        implied = sorted({OF_KIND[name] for name in schema if name in OF_KIND})
        if not implied:
            return None
        names = ", ".join(implied)
        self.leave_out(place, f"without 'type' other kinds of value pass too; taken for {names}")
        return implied

    def _of_kind(self, kind: str, schema: Mapping[str, Json], place: str, depth: int) -> Type:
        match kind:
            case "array":
                items = self.read(schema.get("items", True), f"{place}/items", depth + 1)
                return self._measured(ListType(items), kind, schema, place)
            case "object":
                return self._measured(self._object(schema, place, depth), kind, schema, place)
            case "string":
                encoded = schema.get("contentEncoding") == "base64"
                whole = self._measured(BYTES if encoded else TEXT, kind, schema, place)
                return self._matched(whole, schema, place)
            case "number" | "integer":
                whole = NUMBER if kind == "number" else RefinedType(NUMBER, Integer())
                return self._bounded(whole, schema, place)
            case "boolean":
                return BOOL
            case _:
                return NULL

    def _object(self, schema: Mapping[str, Json], place: str, depth: int) -> Type:
        more = schema.get("additionalProperties", True)
        named = schema.get("properties", {})
        found = schema.get(BESIDE)
        beside = found if isinstance(found, dict) else {}
        if beside.get("kind") == "VNode":
            return VNODE
        required = schema.get("required", [])
        if not isinstance(named, dict) or not isinstance(required, list):
            raise fault(place, "properties are an object of schemas, required a list of names")
        if not named and not required and "properties" not in schema and more is not False:
            value = self.read(more, f"{place}/additionalProperties", depth + 1)
            keys = schema.get("propertyNames", True)
            key = self.read(keys, f"{place}/propertyNames", depth + 1)
            return MapType(meet(key, TEXT) or key, value)
        if more is not True and more != {}:
            self.leave_out(f"{place}/additionalProperties", "a record may have other fields too")
        if "propertyNames" in schema:
            self.leave_out(f"{place}/propertyNames", "'propertyNames' is not taken over")
        fields = {str(name): self._field(str(name), named, place, depth) for name in named}
        for name in required:
            if not isinstance(name, str):
                raise fault(f"{place}/required", f"a name is expected, not {describe(name)}")
            fields.setdefault(name, ANY)
        ordered = (
            self._placed(Field(name, fields[name]), name in required, place)
            for name in sorted(fields)
        )
        return with_beside(RecordType(tuple(ordered)), beside)

    def _field(self, name: str, named: Mapping[str, Json], place: str, depth: int) -> Type:
        return self.read(named[name], below(f"{place}/properties", name), depth + 1)

    def _placed(self, field: Field, is_required: bool, place: str) -> Field:  # noqa: FBT001
        if not is_required:
            optional = not field.may_be_absent
            return Field(field.name, field.type, optional=optional)
        if field.may_be_absent:
            words = f"{field.name!r:.60} may be null, so a value may lack it"
            self.leave_out(f"{place}/required", words)
        return field

    # ------------------------------------------------------------------ refinements

    def _measured(self, whole: Type, kind: str, schema: Mapping[str, Json], place: str) -> Type:
        for name, refinement in zip(LENGTHS[kind], ("MinLength", "MaxLength"), strict=True):
            if (
                name in schema
                and schema[name] == 1
                and schema[name] is not True
                and refinement == "MinLength"
            ):
                whole = RefinedType(whole, NonEmpty())
            elif name in schema:
                whole = self._refined(whole, refinement, schema[name], below(place, name))
        return whole

    def _matched(self, whole: Type, schema: Mapping[str, Json], place: str) -> Type:
        if "pattern" not in schema:
            return whole
        pattern = schema["pattern"]
        if not isinstance(pattern, str):
            raise fault(f"{place}/pattern", f"a pattern is a text, not {describe(pattern)}")
        return self._refined(whole, "Pattern", anchored(pattern), f"{place}/pattern")

    def _bounded(self, whole: Type, schema: Mapping[str, Json], place: str) -> Type:
        low, high = schema.get("minimum"), schema.get("maximum")
        if low is not None or high is not None:
            whole = self._refined(whole, "Range", [low, high], place)
        for name, step in (("exclusiveMinimum", 1), ("exclusiveMaximum", -1)):
            if name in schema:
                bound = self._inclusive(whole, schema[name], step, below(place, name))
                bounds: list[Json] = [bound, None] if step > 0 else [None, bound]
                whole = self._refined(whole, "Range", bounds, below(place, name))
        return whole

    def _inclusive(self, whole: Type, bound: Json, step: int, place: str) -> Json:
        """The bound of a Range for one that is itself not in the range."""
        if type(bound) is int and Integer() in refinements(whole):
            return bound + step
        self.leave_out(place, "taken as inclusive, as a Range is")
        return bound

    def _chosen(self, whole: Type, schema: Mapping[str, Json], place: str) -> Type:
        for name in ("enum", "const"):
            if name not in schema:
                continue
            options = schema[name] if name == "enum" else [schema[name]]
            if not isinstance(options, list) or not options:
                raise fault(f"{place}/{name}", "a list of values is expected, with one at least")
            if whole == ANY:
                whole = plain_type(options)
            if whole == NULL and options == [None]:
                continue
            whole = self._refined(whole, "OneOf", options, f"{place}/{name}")
        return whole

    def _refined(self, whole: Type, kind: str, demand: Json, place: str) -> Type:
        return RefinedType(whole, make_refinement(kind, demand, place))

    def _beside(self, schema: Mapping[str, Json], whole: Type, place: str) -> Type:
        """What our own schemas say beside of a value of any kind."""
        match schema.get(BESIDE):
            case {"variable": str(name)} if IDENTIFIER.fullmatch(name):
                return VarType(name)
            case None:
                return whole
            case dict(others) if others and others.keys() <= {"kind", "optional", "rest"}:
                return whole
            case _:
                raise fault(f"{place}/{BESIDE}", "nothing of ours has this form")
