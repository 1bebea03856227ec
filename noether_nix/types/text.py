"""Types as people write them, in the grammar of design 11.3.

Printing is in ``display``; what it prints is read back here as the same type.
"""

from noether_nix.errors import TypeSyntaxError
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
from noether_nix.types.refinement_document import REFINEMENT_KINDS
from noether_nix.types.refinement_text import parse_refinement
from noether_nix.types.tokens import Tokens
from noether_nix.types.traversal import nesting
from noether_nix.types.words import word_hint

__all__ = ["parse_type", "parse_type_prefix", "render_type", "render_type_short"]

_GENERIC = ("List", "Map", "Record", "Stream")


def parse_type(text: str) -> Type:
    """Read a type that is the whole of ``text``.

    Raises:
        TypeSyntaxError: it is none; the message and ``position`` say where it stops being one.
    """
    parser = _Parser(text, 0)
    found = parser.type(0)
    parser.skip()
    if parser.at < len(text):
        raise parser.expected("the end of the type", parser.hint_behind())
    return found


def parse_type_prefix(text: str, start: int = 0) -> tuple[Type, int]:
    """Read the longest type that begins at ``start``, and where it ends.

    White space after the type is not part of it.

    Raises:
        TypeSyntaxError: no type begins there.
    """
    parser = _Parser(text, start)
    return parser.type(0), parser.end


class _Parser(Tokens):
    """The grammar of types."""

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
            found = self.bounded(RefinedType(found, parse_refinement(self)), depth)
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
                hint = "a list is written List<Text>" if self.stands("[") else ""
                raise self.expected("a type", hint)
            case word if word in PLAIN_TYPES:
                return PLAIN_TYPES[word]
            case "Record":
                self.need("{", "a record is written { name: Text }")
                return self.fields(depth)
            case ("List" | "Stream") as word:
                item = self.arguments(1, depth, f"{word}<Text>")[0]
                return ListType(item) if word == "List" else StreamType(item)
            case "Map":
                return MapType(*self.arguments(2, depth, "Map<Text, Number>"))
            case word:
                known = [*PLAIN_TYPES, *_GENERIC]
                hint = word_hint(word, known)
                if word in REFINEMENT_KINDS:
                    hint = f"a refinement follows a type and '&': Number & {word}"
                raise self.fault(f"{word!r:.60} is no type", at=start, hint=hint)

    def arguments(self, count: int, depth: int, sample: str) -> list[Type]:
        self.need("<", f"write it like {sample}")
        found = [self.type(depth + 1)]
        while len(found) < count:
            self.need(",", f"write it like {sample}")
            found.append(self.type(depth + 1))
        self.need(">")
        return found

    def variable(self) -> str:
        name = self.word()
        if name is None:
            raise self.expected("the name of a variable")
        self.need(">")
        return name

    def hint_behind(self) -> str:
        """What to do about what stands behind a whole type."""
        if self.stands("?"):
            return "a field may be absent: { note?: Text }; a value may be null: Text | Null"
        at = self.at
        is_refinement = self.word() in REFINEMENT_KINDS
        self.at = at
        return "write & before a refinement" if is_refinement else ""

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
            raise self.expected(
                "':'" if optional else "':' or '?'",
                f"write {name[:40]}{'?' if optional else ''}: Text",
            )
        fields[name] = Field(name, self.type(depth + 1), optional=optional)

    def field_name(self) -> str:
        name = self.string()
        if name is None:
            name = self.word()
        if name is None:
            hint = "take the comma before it out" if self.stands("}") else ""
            raise self.expected("the name of a field", hint)
        return name
