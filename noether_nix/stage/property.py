"""Properties: what must hold between every input of a stage and its output.

The seven kinds of reference/noether.md 2.9. Numbers are equal by value, objects whatever the order
of their keys, and no number equals a boolean. The length of a text is in code points. Where the
types allow that something is absent, a property that speaks of it holds while it is.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from types import MappingProxyType

from noether_nix.errors import Problem, StageInvalidError
from noether_nix.frozen import dataclass
from noether_nix.inside.contract import Json, describe
from noether_nix.stage.problems import did_you_mean
from noether_nix.stage.property_path import Absent, PropertyPath, parse_path

KINDS_OF_JSON = ("null", "bool", "number", "string", "array", "object")

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Violation:
    """How a property does not hold: a code in kebab case and the facts in words."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Property:
    """One property: its kind, the paths by their names, and its other members as written."""

    kind: str
    paths: Mapping[str, PropertyPath]
    members: Mapping[str, Json]

    def __str__(self) -> str:
        told = {name: str(path) for name, path in self.paths.items()} | dict(self.members)
        return f"{self.kind} {_shown(told, 160)}"

    def violation(
        self, input_value: Json, output: Json, optional: frozenset[str] = frozenset()
    ) -> Violation | None:
        """How it is broken by this input and output.

        Args:
            input_value: of the call.
            output: what it gave.
            optional: the names of paths whose values may be absent, by the types.
        """
        values: list[Json] = []
        for name, path in self.paths.items():
            value = path.find(input_value, output)
            if isinstance(value, Absent):
                if name in optional:
                    return None
                return Violation("field-missing", f"there is no {value.where}")
            values.append(value)
        return _KINDS[self.kind].judge(self, values)


def property_from_document(document: Mapping[str, Json]) -> Property:
    """Read a property.

    Raises:
        StageInvalidError: its kind is unknown, or a member is unknown, missing or wrong.
    """
    kind = document.get("kind")
    if not isinstance(kind, str):
        raise _fault("a property is a JSON object with a text under kind", PROPERTY_SAMPLE)
    if kind not in _KINDS:
        raise _fault(f"{kind[:40]!r} is no kind of property", did_you_mean(kind, _KINDS))
    form = _KINDS[kind]
    known = (*form.paths, *form.members)
    for name in document:
        if name != "kind" and name not in known:
            raise _fault(f"a property {kind} has no {name[:40]!r}", did_you_mean(name, known))
    for name in (*form.paths, *form.required):
        if name not in document:
            raise _fault(f"a property {kind} needs {name}", form.sample)
    paths = {name: _path(name, document[name]) for name in form.paths}
    members = {name: document[name] for name in form.members if name in document}
    fault = form.fault_of(members)
    if fault:
        raise _fault(f"the property {kind}: {fault}", form.sample)
    return Property(kind, MappingProxyType(paths), MappingProxyType(members))


def kind_of(value: Json) -> str:
    """The word for the kind of a JSON value."""
    match value:
        case None:
            return "null"
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def identity(value: Json) -> Hashable:
    """Equal for values that are the same: numbers by value, objects without order."""
    match value:
        case list():
            return ("array", tuple(map(identity, value)))
        case dict():
            return ("object", frozenset((key, identity(part)) for key, part in value.items()))
        case _:
            return (kind_of(value), value)


# ------------------------------------------------------------------------------- judging


def _judge_set_member(one: Property, values: Sequence[Json]) -> Violation | None:
    members = one.members["set"]
    assert isinstance(members, list)
    if identity(values[0]) in map(identity, members):
        return None
    return Violation(
        "not-in-set", f"{_at(one, 'field')} is {_shown(values[0])}, which is not in the set"
    )


def _judge_range(one: Property, values: Sequence[Json]) -> Violation | None:
    (value,), where = values, _at(one, "field")
    if kind_of(value) != "number":
        return Violation("not-number", f"{where} is {describe(value)}, and no number")
    assert isinstance(value, int | float)
    least, most = one.members.get("min"), one.members.get("max")
    if isinstance(least, int | float) and value < least:
        return Violation("below-min", f"{where} is {_shown(value)}, below {_shown(least)}")
    if isinstance(most, int | float) and value > most:
        return Violation("above-max", f"{where} is {_shown(value)}, above {_shown(most)}")
    return None


def _judge_length(one: Property, values: Sequence[Json]) -> Violation | None:
    sizes: list[int] = []
    for name, value in zip(one.paths, values, strict=True):
        if not isinstance(value, str | list | dict):
            message = f"{_at(one, name)} is {describe(value)}, which has no length"
            return Violation("not-measurable", message)
        sizes.append(len(value))
    (first, second), (left, right) = sizes, one.paths.values()
    told = f"{left} has length {first}, {right} has {second}"
    if one.kind == "field_length_eq":
        return None if first == second else Violation("length-mismatch", told)
    return None if first <= second else Violation("length-exceeds-bound", told)


def _judge_subset(one: Property, values: Sequence[Json]) -> Violation | None:
    left, right = one.paths.values()
    match values:
        case [str(part), str(whole)]:
            return None if part in whole else Violation("not-subset", f"{left} is not in {right}")
        case [list(part), list(whole)]:
            there = set(map(identity, whole))
            gone = [index for index, item in enumerate(part) if identity(item) not in there]
            if not gone:
                return None
            told = f"{left}[{gone[0]}] is {_shown(part[gone[0]])}, which is not in {right}"
            return Violation("not-subset", told)
        case [dict(part), dict(whole)]:
            lost = [
                key
                for key, item in part.items()
                if key not in whole or identity(item) != identity(whole[key])
            ]
            if not lost:
                return None
            told = f"{left} has {_shown(lost[0])}: {_shown(part[lost[0]])}, and {right} has not"
            return Violation("not-subset", told)
        case _:
            told = f"{left} is {describe(values[0])} and {right} is {describe(values[1])}"
            return Violation("not-collection-for-subset", told)


def _judge_equals(one: Property, values: Sequence[Json]) -> Violation | None:
    first, second = values
    if identity(first) == identity(second):
        return None
    left, right = one.paths.values()
    return Violation("not-equal", f"{left} is {_shown(first)}, {right} is {_shown(second)}")


def _judge_type(one: Property, values: Sequence[Json]) -> Violation | None:
    allowed = one.members["allowed"]
    assert isinstance(allowed, list)
    kind = kind_of(values[0])
    if kind in allowed:
        return None
    told = ", ".join(map(str, allowed))
    return Violation("type-not-in-allowed", f"{_at(one, 'field')} is of kind {kind}, not {told}")


def _at(one: Property, name: str) -> str:
    return str(one.paths[name])


def _shown(value: object, most: int = _SHOWN) -> str:
    import json

    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= most else f"{text[: most - 1]}…"


# ------------------------------------------------------------------------------- the kinds


def _no_fault(_members: Mapping[str, Json]) -> str:
    return ""


def _set_fault(members: Mapping[str, Json]) -> str:
    given = members["set"]
    return "" if isinstance(given, list) and given else "set is a list of at least one value"


def _range_fault(members: Mapping[str, Json]) -> str:
    bounds = [members.get("min"), members.get("max")]
    given = [bound for bound in bounds if bound is not None]
    if not given:
        return "without min and max it says nothing"
    if any(kind_of(bound) != "number" for bound in given):
        return "min and max are numbers"
    least, most = bounds
    if isinstance(least, int | float) and isinstance(most, int | float) and least > most:
        return "min is above max, so no value could do"
    return ""


def _allowed_fault(members: Mapping[str, Json]) -> str:
    given = members["allowed"]
    lawful = isinstance(given, list) and given and all(one in KINDS_OF_JSON for one in given)
    return "" if lawful else f"allowed is a list of some of {', '.join(KINDS_OF_JSON)}"


@dataclass(frozen=True, slots=True)
class _Kind:
    """The form of a kind: the names of its paths and members, and how it is judged."""

    paths: tuple[str, ...]
    judge: Callable[[Property, Sequence[Json]], Violation | None]
    sample: str
    members: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    fault_of: Callable[[Mapping[str, Json]], str] = _no_fault


PROPERTY_SAMPLE = 'write {"kind": "range", "field": "output.share", "min": 0, "max": 1}'

_KINDS: Mapping[str, _Kind] = {
    "set_member": _Kind(
        ("field",),
        _judge_set_member,
        'write {"kind": "set_member", "field": "output.state", "set": ["open", "closed"]}',
        ("set",),
        ("set",),
        _set_fault,
    ),
    "range": _Kind(("field",), _judge_range, PROPERTY_SAMPLE, ("min", "max"), (), _range_fault),
    "field_length_eq": _Kind(
        ("left_field", "right_field"),
        _judge_length,
        'write {"kind": "field_length_eq", "left_field": "input.rows", '
        '"right_field": "output.rows"}',
    ),
    "field_length_max": _Kind(
        ("subject_field", "bound_field"),
        _judge_length,
        'write {"kind": "field_length_max", "subject_field": "output.rows", '
        '"bound_field": "input.rows"}',
    ),
    "subset_of": _Kind(
        ("subject_field", "super_field"),
        _judge_subset,
        'write {"kind": "subset_of", "subject_field": "output.rows", "super_field": "input.rows"}',
    ),
    "equals": _Kind(
        ("left_field", "right_field"),
        _judge_equals,
        'write {"kind": "equals", "left_field": "input.name", "right_field": "output.name"}',
    ),
    "field_type_in": _Kind(
        ("field",),
        _judge_type,
        'write {"kind": "field_type_in", "field": "output.note", "allowed": ["string", "null"]}',
        ("allowed",),
        ("allowed",),
        _allowed_fault,
    ),
}

PROPERTY_KINDS = tuple(_KINDS)


def _path(name: str, value: Json) -> PropertyPath:
    if not isinstance(value, str):
        raise _fault(f"{name} is a path, not {describe(value)}", PROPERTY_SAMPLE)
    return parse_path(value)


def _fault(message: str, hint: str) -> StageInvalidError:
    problem = Problem("property-invalid", message, hint=hint)
    return StageInvalidError(message, hint=hint, problems=[problem])
