"""What a stage still takes once a node's ``config`` has given some of its fields (design 11.8)."""

from collections.abc import Mapping

from noether_nix.formats.json_pointer import escape
from noether_nix.frozen import dataclass
from noether_nix.graph.problems import Finding, shown
from noether_nix.graph.produced import Literal, difference, render_difference, unrefined
from noether_nix.inside.contract import Json
from noether_nix.stage.problems import nearest
from noether_nix.types.display import render_type_short
from noether_nix.types.model import (
    ANY,
    AnyType,
    Field,
    MapType,
    OpenRecordType,
    RecordType,
    Type,
    UnionType,
    VarType,
    VNodeType,
    union,
)


@dataclass(frozen=True, slots=True)
class Port:
    """The input of a stage at a node.

    ``input`` is what an object that comes in must be. Where ``is_configured``, what is no object
    becomes the field ``single``; without one, only null will do, and only if ``may_be_nothing``.
    """

    input: Type
    is_configured: bool = False
    single: Field | None = None
    may_be_nothing: bool = False


def open_port(
    declared: Type, config: Mapping[str, Json] | None, pointer: str, owner: str
) -> tuple[Port, tuple[Finding, ...]]:
    """The port of a stage that declares the input ``declared``, and what is wrong with config.

    ``pointer`` is the node's, ``owner`` names its stage for messages.
    """
    if not config:
        return Port(declared), ()
    whole = unrefined(declared)
    if isinstance(whole, UnionType):
        return _open_union(whole.variants, config, pointer, owner)
    return _open_plain(whole, config, pointer, owner)


def _open_union(
    variants: tuple[Type, ...], config: Mapping[str, Json], pointer: str, owner: str
) -> tuple[Port, tuple[Finding, ...]]:
    """A union takes a config that one of its variants takes; the others are out of reach then."""
    tried = [_open_plain(unrefined(variant), config, pointer, owner) for variant in variants]
    ports = [port for port, wrong in tried if not wrong]
    if not ports:
        objects = [one for one in tried if not isinstance(one[0].input, AnyType)]
        return min(objects or tried, key=lambda one: len(one[1]))
    remaining = union(*(port.input for port in ports))
    single = ports[0].single if len(ports) == 1 else None
    nothing = any(port.may_be_nothing for port in ports)
    return Port(remaining, is_configured=True, single=single, may_be_nothing=nothing), ()


def _open_plain(
    whole: Type, config: Mapping[str, Json], pointer: str, owner: str
) -> tuple[Port, tuple[Finding, ...]]:
    place = f"{pointer}/config"
    match whole:
        case AnyType() | VarType() | VNodeType():
            return Port(whole, is_configured=True, may_be_nothing=True), ()
        case MapType(_, value):
            found = [_check_value(config[name], value, name, place, owner) for name in config]
            wrong = tuple(one for one in found if one is not None)
            return Port(whole, is_configured=True, may_be_nothing=True), wrong
        case RecordType(fields) | OpenRecordType(fields, _):
            wrong = tuple(_check_fields(whole, config, place, owner))
            return _remaining(fields, config), wrong
        case _:
            message = f"{owner} takes {render_type_short(whole)}, which has no fields to configure"
            hint = 'leave "config" out: what it takes is what comes in'
            return Port(ANY, is_configured=True), (Finding("config-refused", message, place, hint),)


def _remaining(fields: tuple[Field, ...], config: Mapping[str, Json]) -> Port:
    left = tuple(field for field in fields if field.name not in config)
    # A field that takes anything is demanded for certain, though null would do for it.
    wild = (AnyType, VarType)
    needed = [one for one in left if not one.may_be_absent] or [
        one for one in left if not one.optional and isinstance(one.type, wild)
    ]
    return Port(
        RecordType(left),
        is_configured=True,
        single=needed[0] if len(needed) == 1 else None,
        may_be_nothing=all(one.may_be_absent for one in left),
    )


def _check_fields(
    whole: RecordType | OpenRecordType, config: Mapping[str, Json], place: str, owner: str
) -> list[Finding]:
    found = []
    for name, value in config.items():
        field = whole.field(name)
        if field is not None:
            found.append(_check_value(value, field.type, name, place, owner))
        elif isinstance(whole, RecordType):
            found.append(_unknown_field(name, whole, config, place, owner))
    return [one for one in found if one is not None]


def _unknown_field(
    name: str, whole: RecordType, config: Mapping[str, Json], place: str, owner: str
) -> Finding:
    names = [field.name for field in whole.fields]
    near = nearest(name, [other for other in names if other not in config])
    shown_names = ", ".join(shown(other) for other in names[:12]) or "none"
    hint = f"did you mean {shown(near)}?" if near else f"its fields: {shown_names}"
    message = f"{owner} has no input field {shown(name)}"
    return Finding("unknown-field", message, f"{place}/{escape(name)}", hint)


def _check_value(value: Json, expected: Type, name: str, place: str, owner: str) -> Finding | None:
    found = difference(Literal(value, "config"), expected)
    if found is None:
        return None
    message = (
        f"the field {shown(name)} of {owner} cannot have this value: {render_difference(found)}"
    )
    hint = f"write one of type {render_type_short(expected)}, or leave the field out"
    return Finding("type-mismatch", message, f"{place}/{escape(name)}", hint)
