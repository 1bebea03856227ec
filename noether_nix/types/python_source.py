"""Types as Python source: a ``TypedDict`` for every record, for who writes a stage's code.

Refinements stand as texts in ``Annotated``, or as ``Literal`` where they are a choice of plain
values. Nothing of a type becomes code but through ``repr`` or as an identifier.
"""

import keyword
import re
from collections.abc import Iterable

from noether_nix.errors import TypeUnsupportedError
from noether_nix.frozen import replace
from noether_nix.inside.contract import Json
from noether_nix.types.display import render_refinement, render_type_short
from noether_nix.types.model import (
    ANY,
    PLAIN_TYPES,
    TEXT,
    BytesType,
    Field,
    ListType,
    MapType,
    NumberType,
    OpenRecordType,
    RecordType,
    RefinedType,
    StreamType,
    Type,
    UnionType,
    VarType,
    VNodeType,
    union,
)
from noether_nix.types.refinement import Integer, OneOf
from noether_nix.types.words import IDENTIFIER

_PLAIN = {
    "Any": "Any",
    "Bool": "bool",
    "Null": "None",
    "Number": "float",
    "Text": "str",
}
_IMPORTED = ("Annotated", "Any", "Literal", "NotRequired", "TypedDict")


def type_to_python(whole: Type, name: str) -> str:
    """Python source that defines ``name``, an identifier, as the type.

    Raises:
        TypeUnsupportedError: there is a Stream in it, which no value has.
    """
    writer = _Writer(name)
    expression = writer.expression(_seen_by_python(whole), name, is_root=True)
    lines = list(writer.classes)
    if expression != name:
        lines.append(f"{name} = {expression}")
    body = "\n\n\n".join(lines)
    used = [word for word in _IMPORTED if re.search(rf"\b{word}\b", body)]
    return (f"from typing import {', '.join(used)}\n\n\n" if used else "") + body + "\n"


def _seen_by_python(whole: Type) -> Type:
    """The type with what Python cannot tell apart made one, so that unions are in order again."""
    match whole:
        case VarType():
            return ANY
        case BytesType():
            return TEXT
        case VNodeType():
            return MapType(TEXT, ANY)
        case ListType(item):
            return ListType(_seen_by_python(item))
        case MapType(_, value):
            return MapType(TEXT, _seen_by_python(value))
        case RecordType(fields) | OpenRecordType(fields, _):
            return RecordType(tuple(replace(one, type=_seen_by_python(one.type)) for one in fields))
        case UnionType(variants):
            return union(*map(_seen_by_python, variants))
        case RefinedType(base, refinement):
            return RefinedType(_seen_by_python(base), refinement)
        case _:
            return whole


class _Writer:
    """Collects the classes of one source, inner ones first."""

    def __init__(self, name: str) -> None:
        self.classes: list[str] = []
        self._names = {*_IMPORTED}
        self._root = name

    def expression(self, whole: Type, hint: str, *, is_root: bool = False) -> str:
        match whole:
            case ListType(item):
                return f"list[{self.expression(item, hint + 'Item')}]"
            case MapType(_, value):
                return f"dict[str, {self.expression(value, hint + 'Value')}]"
            case RecordType(fields):
                return self._record(fields, hint, is_root=is_root)
            case UnionType(variants):
                found = [self.expression(one, f"{hint}{n}") for n, one in enumerate(variants, 1)]
                return " | ".join(dict.fromkeys(found))
            case RefinedType():
                return self._refined(whole, hint)
            case StreamType():
                raise TypeUnsupportedError(
                    f"no value has the type {render_type_short(whole)}, so Python has none for it",
                    hint="write List instead of Stream",
                )
            case plain:
                return _PLAIN[next(name for name, one in PLAIN_TYPES.items() if one == plain)]

    def _refined(self, whole: RefinedType, hint: str) -> str:
        choice = whole.refinement
        if isinstance(choice, OneOf) and all(map(_is_literal, choice.values)):
            return f"Literal[{', '.join(map(repr, choice.values))}]"
        if whole == RefinedType(NumberType(), Integer()):
            return "int"
        inner = self.expression(whole.base, hint)
        note = repr(render_refinement(whole.refinement))
        if inner.startswith("Annotated["):
            return f"{inner[:-1]}, {note}]"
        return f"Annotated[{inner}, {note}]"

    def _record(self, fields: tuple[Field, ...], hint: str, *, is_root: bool) -> str:
        name = self._root if is_root else self._free(hint)
        self._names.add(name)
        members = [(field.name, self._member(field, name)) for field in fields]
        if all(_is_plain_name(field.name) for field in fields):
            body = [f"    {field}: {expression}" for field, expression in members] or ["    pass"]
            self.classes.append("\n".join((f"class {name}(TypedDict):", *body)))
        else:
            body = [f"    {field!r}: {expression}," for field, expression in members]
            self.classes.append("\n".join((f"{name} = TypedDict({name!r}, {{", *body, "})")))
        return name

    def _member(self, field: Field, owner: str) -> str:
        words = re.findall(r"[A-Za-z0-9]+", field.name)
        part = "".join(word[:1].upper() + word[1:] for word in words) or "Field"
        expression = self.expression(field.type, owner + part)
        return f"NotRequired[{expression}]" if field.may_be_absent else expression

    def _free(self, hint: str) -> str:
        name, number = hint, 2
        while name in self._names or name == self._root:
            name, number = f"{hint}_{number}", number + 1
        return name


def is_python_name(name: str) -> bool:
    """Whether a class can be called so."""
    taken: Iterable[str] = (*_IMPORTED, "bool", "dict", "float", "int", "list", "str")
    return _is_plain_name(name) and name not in taken


def _is_plain_name(name: str) -> bool:
    # Two underscores at the beginning would be taken for a private name of the class.
    is_word = IDENTIFIER.fullmatch(name) is not None
    return is_word and not keyword.iskeyword(name) and not name.startswith("__")


def _is_literal(value: Json) -> bool:
    return value is None or isinstance(value, bool | int | str)
