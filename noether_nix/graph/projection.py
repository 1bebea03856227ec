"""The rules of a Project: where each field of the object that it makes comes from.

::

    "note": "text"                                the field "text" of the input
    "note": {"from": "text"}                      the same
    "note": {"from": ["a", "b"]}                  the field "b" of its field "a"; [] is all of it
    "note": {"from": "text", "default": null}     the same where it is there, else that value
    "note": {"const": 1}                          that value
    "note": {"fields": {…}}                       an object by such rules

A Project itself is the third or the last of these: "fields", or "from" for a part as it is.
"""

from collections.abc import Mapping
from typing import TypeAlias

from noether_nix.formats.json_pointer import escape
from noether_nix.frozen import dataclass
from noether_nix.graph.members import JsonObject, MemberReader
from noether_nix.inside.contract import Json

_RULE = 'a field of a Project is a name, or an object with "from", "const" or "fields"'
_PATH = 'what "from" names is a field or a list of fields'

# As deep as nodes may be: what is made stays a type that can be written down.
_MAX_LEVELS = 32


@dataclass(frozen=True, slots=True)
class PickRule:
    """What stands at the end of a path of field names in the input; an empty one is all of it.

    ``default`` is a list of the one value that stands in for what is not there; empty for none.
    """

    path: tuple[str, ...]
    default: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class ConstRule:
    """This very value."""

    value: Json


@dataclass(frozen=True, slots=True)
class NestRule:
    """An object of its own."""

    fields: "Mapping[str, FieldRule]"


FieldRule: TypeAlias = PickRule | ConstRule | NestRule
ProjectRule: TypeAlias = NestRule | PickRule


def read_fields(
    reader: MemberReader, document: Json, pointer: str, level: int = 1
) -> dict[str, FieldRule]:
    """The rules of a Project; what could not be read has left a note."""
    if not isinstance(document, dict):
        reader.wrong("the fields of a Project are an object", document, pointer)
        return {}
    if level > _MAX_LEVELS:
        message = f"the fields of a Project are nested at most {_MAX_LEVELS} levels deep"
        reader.note("too-deep", message, pointer)
        return {}
    read = {
        name: _read_rule(reader, rule, f"{pointer}/{escape(name)}", level)
        for name, rule in document.items()
    }
    return {name: rule for name, rule in read.items() if rule is not None}


def write_fields(fields: Mapping[str, FieldRule]) -> dict[str, Json]:
    """What :func:`read_fields` reads, in the shortest form."""
    return {name: _write_rule(rule) for name, rule in fields.items()}


def _read_rule(reader: MemberReader, rule: Json, place: str, level: int) -> FieldRule | None:
    if isinstance(rule, str):
        return PickRule((rule,))
    if not isinstance(rule, dict):
        reader.wrong(_RULE, rule, place)
        return None
    if "from" in rule:
        reader.keys(rule, place, "a picked field", ("from",), ("default",))
        return _read_pick(reader, rule, rule["from"], place)
    if "const" in rule:
        reader.keys(rule, place, "a constant field", ("const",), ())
        reader.check_levels(rule["const"], f"{place}/const")
        return ConstRule(rule["const"])
    if "fields" in rule:
        reader.keys(rule, place, "a nested field", ("fields",), ())
        return NestRule(read_fields(reader, rule["fields"], f"{place}/fields", level + 1))
    hint = 'like {"from": "name"}, {"const": 1} or {"fields": {"name": "name"}}'
    reader.note("missing-key", _RULE, place, hint=hint)
    return None


def _read_pick(reader: MemberReader, rule: JsonObject, source: Json, place: str) -> PickRule | None:
    default = (rule["default"],) if "default" in rule else ()
    for value in default:
        reader.check_levels(value, f"{place}/default")
    if isinstance(source, str):
        return PickRule((source,), default)
    if not isinstance(source, list):
        reader.wrong(_PATH, source, f"{place}/from")
        return None
    path = tuple(name for name in source if isinstance(name, str))
    for index, name in enumerate(source):
        if not isinstance(name, str):
            reader.wrong("a field is named by a text", name, f"{place}/from/{index}")
    if len(path) > _MAX_LEVELS:
        reader.note("too-deep", f"a path has at most {_MAX_LEVELS} steps", f"{place}/from")
    return PickRule(path, default) if len(path) == len(source) else None


def read_project(reader: MemberReader, document: JsonObject, pointer: str) -> ProjectRule | None:
    """What a whole Project makes, read from its node; what could not be read has left a note."""
    if "fields" not in document:
        return _read_pick(reader, document, document["from"], pointer)
    for key in {"from", "default"} & document.keys():
        message = f'a Project has "fields", or it has "from", and this one has "{key}" too'
        reader.note("two-ways", message, f"{pointer}/{key}", hint="keep one of them")
    return NestRule(read_fields(reader, document["fields"], f"{pointer}/fields"))


def write_project(rule: ProjectRule) -> dict[str, Json]:
    """What :func:`read_project` reads, in the shortest form."""
    if isinstance(rule, NestRule):
        return {"fields": write_fields(rule.fields)}
    source: Json = rule.path[0] if len(rule.path) == 1 else list(rule.path)
    return {"from": source, **({"default": rule.default[0]} if rule.default else {})}


def _write_rule(rule: FieldRule) -> Json:
    match rule:
        case PickRule((name,), ()):
            return name
        case ConstRule(value):
            return {"const": value}
        case _:
            return {**write_project(rule)}
