"""Types as they are printed: whole, or shortened for a message.

The one printed form parses back (``text.parse_type``) and is safe on a terminal: a field name
with characters that do not print is written with JSON escapes.
"""

import json

from noether_nix.errors import InternalError
from noether_nix.types.model import (
    PLAIN_NAMES,
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
from noether_nix.types.words import IDENTIFIER

_ENDLESS = 1_000_000

# By class: to look a type itself up would make its hash, and records have thousands of fields.
_PLAIN = {type(plain): name for plain, name in PLAIN_NAMES.items()}


def render_type(whole: Type) -> str:
    """The printed form of a type."""
    return _render(whole, _ENDLESS)


def render_type_short(whole: Type, width: int = 60) -> str:
    """The printed form, with the inner parts left out that would make it longer than ``width``.

    What is left out is shown as ``…``, so a shortened form never reads as another type.
    """
    text = render_type(whole)
    for levels in (4, 3, 2, 1):
        if len(text) <= width:
            break
        text = _render(whole, levels)
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"


def field_text(name: str) -> str:
    """A field's name as types are written: bare where it is an identifier, else in quotes."""
    return name if IDENTIFIER.fullmatch(name) else quoted(name)


def quoted(text: str) -> str:
    """``text`` as a JSON string that prints on any terminal."""
    if not text.isprintable():
        return json.dumps(text)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _render(whole: Type, levels: int) -> str:
    plain = _PLAIN.get(type(whole))
    return _render_made(whole, levels) if plain is None else plain


def _render_made(whole: Type, levels: int) -> str:
    match whole:
        case ListType(item):
            return f"List<{_inner(item, levels - 1)}>"
        case StreamType(item):
            return f"Stream<{_inner(item, levels - 1)}>"
        case MapType(key, value):
            return f"Map<{_inner(key, levels - 1)}, {_inner(value, levels - 1)}>"
        case RecordType(fields):
            return _braces([_field(field, levels - 1) for field in fields])
        case OpenRecordType(fields, rest):
            return _braces([*(_field(field, levels - 1) for field in fields), f"...<{rest}>"])
        case UnionType(variants):
            return " | ".join(_render(variant, levels) for variant in variants)
        case VarType(name):
            return f"<{name}>"
        case RefinedType(base, refinement):
            inner = _render(base, levels)
            if isinstance(base, UnionType):
                inner = f"({inner})"
            return f"{inner} & {render_refinement(refinement)}"
        case _:
            raise InternalError(f"a type that nobody knows how to print: {whole!r}")


def _inner(part: Type, levels: int) -> str:
    if levels == 0 and type(part) not in _PLAIN and not isinstance(part, VarType):
        return "…"
    return _render(part, levels)


def _field(field: Field, levels: int) -> str:
    mark = "?" if field.optional else ""
    return f"{field_text(field.name)}{mark}: {_inner(field.type, levels)}"


def _braces(members: list[str]) -> str:
    return "Record { " + ", ".join(members) + " }" if members else "Record {}"


def render_refinement(refinement: Refinement) -> str:
    """The printed form of a refinement."""
    match refinement:
        case Range(low, high):
            first = "" if low is None else json.dumps(low)
            last = "" if high is None else f"={json.dumps(high)}"
            return f"Range({first}..{last})"
        case OneOf(options):
            return f"OneOf[{', '.join(map(_option, options))}]"
        case MinLength(length) | MaxLength(length):
            return f"{type(refinement).__name__}({length})"
        case Pattern(pattern):
            return f"Pattern({quoted(pattern)})"
        case NonEmpty() | Integer():
            return type(refinement).__name__


def _option(text: str) -> str:
    return text if text.isprintable() else json.dumps(json.loads(text))
