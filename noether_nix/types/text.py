"""Types as people write them, in the grammar of design 11.3.

Printing is in ``display``; what it prints is read back here as the same type.
"""

import json
import re

from noether_nix.errors import TypeSyntaxError
from noether_nix.inside.contract import InvalidValueError, Json, decode
from noether_nix.types.display import render_type, render_type_short
from noether_nix.types.model import (
    MAX_TYPE_DEPTH,
    PLAIN_TYPES,
    Field,
    ListType,
    MapType,
    OpenRecordType,
    RecordType,
    RefinedType,
    StreamType,
    Type,
    VarType,
    union,
)
from noether_nix.types.refinement import NonEmpty, Range, Refinement, one_of
from noether_nix.types.traversal import nesting
from noether_nix.types.words import IDENTIFIER, word_hint

__all__ = ["parse_type", "parse_type_prefix", "render_type", "render_type_short"]

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_GENERIC = ("List", "Map", "Record", "Stream")
_REFINEMENTS = ("NonEmpty", "OneOf", "Range")
_SCAN = json.JSONDecoder().raw_decode


def parse_type(text: str) -> Type:
    """Read a type that is the whole of ``text``.

    Raises:
        TypeSyntaxError: it is none; the message and ``position`` say where it stops being one.
    """
    parser = _Parser(text, 0)
    found = parser.type(0)
    parser.skip()
    if parser.at < len(text):
        raise parser.expected("the end of the type")
    return found


def parse_type_prefix(text: str, start: int = 0) -> tuple[Type, int]:
    """Read the longest type that begins at ``start``, and where it ends.

    White space after the type is not part of it.

    Raises:
        TypeSyntaxError: no type begins there.
    """
    parser = _Parser(text, start)
    return parser.type(0), parser.end


class _Parser:
    """One pass over a text: ``at`` is the next character, ``end`` follows the last token."""

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.at = self.end = start

    def type(self, depth: int) -> Type:
        if depth >= MAX_TYPE_DEPTH:
            raise self.too_deep()
        variants = [self.refined(depth)]
        while self.take("|"):
            variants.append(self.refined(depth))
        return variants[0] if len(variants) == 1 else self.bounded(union(*variants), depth)

    def refined(self, depth: int) -> Type:
        found = self.atom(depth)
        while self.take("&"):
            found = self.bounded(RefinedType(found, self.refinement()), depth)
        return found

    def bounded(self, found: Type, depth: int) -> Type:
        # Unions and refinements nest types without nesting text.
        if depth + nesting(found) > MAX_TYPE_DEPTH:
            raise self.too_deep()
        return found

    def too_deep(self) -> TypeSyntaxError:
        return self.fault(f"types are nested deeper than {MAX_TYPE_DEPTH} levels")

    def atom(self, depth: int) -> Type:
        self.skip()
        start = self.at
        if self.take("{"):
            return self.fields(depth)
        if self.take("("):
            found = self.type(depth + 1)
            self.need(")")
            return found
        if self.take("<"):
            return VarType(self.variable())
        match self.word():
            case None:
                raise self.expected("a type")
            case word if word in PLAIN_TYPES:
                return PLAIN_TYPES[word]
            case "Record":
                self.need("{")
                return self.fields(depth)
            case ("List" | "Stream") as word:
                item = self.arguments(1, depth)[0]
                return ListType(item) if word == "List" else StreamType(item)
            case "Map":
                return MapType(*self.arguments(2, depth))
            case word:
                known = [*PLAIN_TYPES, *_GENERIC]
                hint = word_hint(word, known)
                if word in _REFINEMENTS:
                    hint = f"a refinement follows a type and '&': Number & {word}"
                raise self.fault(f"{word!r:.60} is no type", at=start, hint=hint)

    def arguments(self, count: int, depth: int) -> list[Type]:
        self.need("<")
        found = [self.type(depth + 1)]
        while len(found) < count:
            self.need(",")
            found.append(self.type(depth + 1))
        self.need(">")
        return found

    def variable(self) -> str:
        name = self.word()
        if name is None:
            raise self.expected("the name of a variable")
        self.need(">")
        return name

    # -------------------------------------------------------------------------- records

    def fields(self, depth: int) -> Type:
        """What follows the opening brace of a record."""
        fields: dict[str, Field] = {}
        rest: str | None = None
        if self.take("}"):
            return RecordType(())
        while rest is None:
            if self.take("..."):
                self.need("<")
                rest = self.variable()
            else:
                self.field(fields, depth)
            if not self.take(","):
                break
            if rest is not None:
                raise self.fault("nothing follows the rest of a record", at=self.end - 1)
        if not self.take("}"):
            raise self.expected("'}'" if rest is not None else "',' or '}'")
        ordered = tuple(fields[name] for name in sorted(fields))
        return RecordType(ordered) if rest is None else OpenRecordType(ordered, rest)

    def field(self, fields: dict[str, Field], depth: int) -> None:
        self.skip()
        start = self.at
        name = self.field_name()
        if name in fields:
            raise self.fault(f"the field {name!r:.60} stands twice", at=start)
        optional = self.take("?")
        if not self.take(":"):
            raise self.expected("':'" if optional else "':' or '?'")
        fields[name] = Field(name, self.type(depth + 1), optional=optional)

    def field_name(self) -> str:
        found = _STRING.match(self.text, self.at)
        if found is None:
            word = self.word()
            if word is None:
                raise self.expected("the name of a field")
            return word
        name = self.json(self.at, found.end())
        self.at = self.end = found.end()
        return str(name)

    # -------------------------------------------------------------------------- refinements

    def refinement(self) -> Refinement:
        self.skip()
        start = self.at
        match self.word():
            case "NonEmpty":
                return NonEmpty()
            case "Range":
                return self.range(start)
            case "OneOf":
                return self.options(start)
            case None:
                raise self.expected("a refinement")
            case word:
                hint = word_hint(word, _REFINEMENTS)
                raise self.fault(f"{word!r:.60} is no refinement", at=start, hint=hint)

    def range(self, start: int) -> Range:
        self.need("(")
        low = self.number()
        self.need("..")
        high = None
        if self.take("="):
            high = self.number()
            if high is None:
                raise self.expected("a number")
        elif self.number() is not None:
            raise self.fault("the upper bound is inclusive", at=start, hint="write it after '..='")
        self.need(")")
        try:
            return Range(low, high)
        except TypeSyntaxError as error:
            raise self.fault(error.message, at=start) from error

    def number(self) -> int | float | None:
        self.skip()
        found = _NUMBER.match(self.text, self.at)
        if found is None:
            return None
        value = self.json(self.at, found.end())
        self.at = self.end = found.end()
        return value if isinstance(value, int | float) else None

    def options(self, start: int) -> Refinement:
        self.skip()
        if not self.text.startswith("[", self.at):
            raise self.expected("'['")
        try:
            end = _SCAN(self.text, self.at)[1]
        except (ValueError, RecursionError) as error:
            raise self.fault("the options of OneOf are a list in JSON", at=start) from error
        values = self.json(self.at, end)
        self.at = self.end = end
        try:
            return one_of(values if isinstance(values, list) else [])
        except TypeSyntaxError as error:
            raise self.fault(error.message, at=start) from error

    # -------------------------------------------------------------------------- tokens

    def skip(self) -> None:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def take(self, token: str) -> bool:
        self.skip()
        if not self.text.startswith(token, self.at):
            return False
        self.at = self.end = self.at + len(token)
        return True

    def need(self, token: str) -> None:
        if not self.take(token):
            raise self.expected(f"'{token}'")

    def word(self) -> str | None:
        self.skip()
        found = IDENTIFIER.match(self.text, self.at)
        if found is None:
            return None
        self.at = self.end = found.end()
        return found[0]

    def json(self, start: int, end: int) -> Json:
        """The JSON value between two places, by the rules that hold for all values."""
        try:
            return decode(self.text[start:end].encode(errors="surrogatepass"))
        except InvalidValueError as error:
            raise self.fault(str(error), at=start) from error

    def expected(self, what: str) -> TypeSyntaxError:
        self.skip()
        rest = self.text[self.at : self.at + 20].split("\n")[0]
        stands = f"{rest!r} stands there" if rest else "the text ends"
        return self.fault(f"{what} is expected, but {stands}")

    def fault(self, reason: str, *, at: int | None = None, hint: str = "") -> TypeSyntaxError:
        at = self.at if at is None else at
        before = self.text[:at]
        column = at - (before.rfind("\n") + 1) + 1
        line = f"line {before.count(chr(10)) + 1}, " if "\n" in self.text else ""
        return TypeSyntaxError(f"{line}column {column}: {reason}", position=at, hint=hint)
