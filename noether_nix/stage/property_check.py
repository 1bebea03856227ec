"""Properties held against the types and the examples of their stage, before anything runs."""

from collections.abc import Iterable, Mapping, Sequence

from noether_nix.errors import Problem, StageInvalidError, TypeUnsupportedError
from noether_nix.frozen import dataclass
from noether_nix.inside.contract import Json
from noether_nix.stage.model import Example, Returns, Stage
from noether_nix.stage.problems import did_you_mean
from noether_nix.stage.property import (
    KINDS_OF_JSON,
    Property,
    Violation,
    kind_of,
    property_from_document,
)
from noether_nix.stage.property_path import Declared, declared_at
from noether_nix.types.display import render_type_short
from noether_nix.types.model import (
    AnyType,
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
    UnionType,
    VarType,
)
from noether_nix.types.validate import validator

_EVERY_KIND = frozenset(KINDS_OF_JSON)
_MEASURABLE = frozenset(("string", "array", "object"))


@dataclass(frozen=True, slots=True)
class TypedProperty:
    """A property with what the types of its stage say of its paths."""

    property: Property
    optional: frozenset[str]

    def violation(self, input_value: Json, output: Json) -> Violation | None:
        """How a call's input and output break it."""
        return self.property.violation(input_value, output, self.optional)


def typed_properties(stage: Stage) -> tuple[TypedProperty, ...]:
    """The properties of a stage, which was registered, so that all of them are lawful."""
    found = (property_from_document(document) for document in stage.properties)
    return tuple(_typed(one, stage.input, stage.output) for one in found)


def check_properties(
    documents: Sequence[Mapping[str, Json]],
    examples: Sequence[Example],
    input_type: Type,
    output_type: Type,
) -> list[tuple[int, Problem]]:
    """What is wrong with properties, each with the property's place in the list.

    A property must be able to hold, by the types, and hold for every example with an output.
    """
    problems: list[tuple[int, Problem]] = []
    for index, document in enumerate(documents):
        try:
            one = property_from_document(document)
            problems += [(index, fault) for fault in _type_faults(one, input_type, output_type)]
        except StageInvalidError as error:
            problems.append((index, error.problems[0]))
            continue
        typed = _typed(one, input_type, output_type)
        problems += [(index, broken) for broken in _broken_by_examples(typed, examples)]
    return problems


def kinds(whole: Type) -> frozenset[str]:
    """The JSON kinds that values of a type can have."""
    match whole:
        case AnyType() | VarType():
            return _EVERY_KIND
        case UnionType(variants):
            return frozenset[str]().union(*map(kinds, variants))
        case RefinedType(base, _):
            return kinds(base)
        case NullType():
            return frozenset(("null",))
        case BoolType():
            return frozenset(("bool",))
        case NumberType():
            return frozenset(("number",))
        case ListType():
            return frozenset(("array",))
        case RecordType() | OpenRecordType() | MapType():
            return frozenset(("object",))
        case TextType() | BytesType():
            return frozenset(("string",))
        case _:
            return _EVERY_KIND


def _typed(one: Property, input_type: Type, output_type: Type) -> TypedProperty:
    optional = {
        name
        for name, path in one.paths.items()
        if declared_at(path, input_type, output_type).may_be_absent
    }
    return TypedProperty(one, frozenset(optional))


def _type_faults(one: Property, input_type: Type, output_type: Type) -> Iterable[Problem]:
    found: dict[str, Type] = {}
    for name, path in one.paths.items():
        declared = declared_at(path, input_type, output_type)
        if declared.type is None:
            yield _nowhere(one, name, declared)
        else:
            found[name] = declared.type
    if len(found) < len(one.paths):
        return
    reason = _impossible(one, found)
    if reason:
        yield Problem("property-impossible", f"{one.kind} can never hold: {reason}")


def _nowhere(one: Property, name: str, declared: Declared) -> Problem:
    message = f"{one.kind}: by the types there is no {declared.missing}"
    step = declared.missing.rpartition(".")[2]
    hint = did_you_mean(step, dict.fromkeys(declared.known)) if declared.known else ""
    return Problem("property-path", f"{message} ({name})", hint=hint)


def _impossible(one: Property, types: Mapping[str, Type]) -> str:
    """Why no value of these types can have the property, if none can."""
    possible = {name: kinds(whole) for name, whole in types.items()}
    told = {
        name: f"{one.paths[name]} is {render_type_short(whole)}" for name, whole in types.items()
    }
    first = next(iter(types))
    match one.kind:
        case "range":
            return "" if "number" in possible[first] else f"{told[first]}, and no number"
        case "field_length_eq" | "field_length_max":
            unmeasured = [name for name in types if not possible[name] & _MEASURABLE]
            return f"{told[unmeasured[0]]}, which has no length" if unmeasured else ""
        case "field_type_in":
            allowed = one.members["allowed"]
            assert isinstance(allowed, list)
            return "" if possible[first].intersection(map(str, allowed)) else told[first]
        case "set_member":
            members = one.members["set"]
            assert isinstance(members, list)
            return "" if _has_one(types[first], members) else f"{told[first]}, as no member is"
        case "subset_of":
            both = frozenset.intersection(*possible.values()) & _MEASURABLE
            return "" if both else " and ".join(told.values())
        case _:
            both = frozenset.intersection(*possible.values())
            return "" if both else " and ".join(told.values())


def _has_one(whole: Type, members: Sequence[Json]) -> bool:
    try:
        check = validator(whole)
    except TypeUnsupportedError:
        return any(kind_of(member) in kinds(whole) for member in members)
    return any(check(member) is None for member in members)


def _broken_by_examples(one: TypedProperty, examples: Sequence[Example]) -> Iterable[Problem]:
    for number, example in enumerate(examples, 1):
        if not isinstance(example.expected, Returns):
            continue
        broken = one.violation(example.input, example.expected.value)
        if broken is not None:
            message = f"{one.property.kind} does not hold for example {number}: {broken.message}"
            yield Problem("property-violated", message, hint="mend the property or the example")
