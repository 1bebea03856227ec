"""Refinements as people write them behind ``&``."""

import json
from collections.abc import Callable

from noether_nix.errors import TypeSyntaxError
from noether_nix.types.refinement import (
    Integer,
    MaxLength,
    MinLength,
    NonEmpty,
    Pattern,
    Range,
    Refinement,
    one_of,
)
from noether_nix.types.refinement_document import REFINEMENT_KINDS
from noether_nix.types.tokens import Tokens
from noether_nix.types.words import word_hint

_SCAN = json.JSONDecoder().raw_decode


def parse_refinement(tokens: Tokens) -> Refinement:
    """Read the refinement that stands next.

    Raises:
        TypeSyntaxError: none does.
    """
    tokens.skip()
    start = tokens.at
    match tokens.word():
        case "Integer":
            return Integer()
        case "NonEmpty":
            return NonEmpty()
        case "Range":
            return _range(tokens, start)
        case "OneOf":
            return _options(tokens, start)
        case ("MinLength" | "MaxLength") as word:
            return _length(tokens, start, MinLength if word == "MinLength" else MaxLength)
        case "Pattern":
            return _pattern(tokens, start)
        case None:
            raise tokens.expected("a refinement")
        case word:
            hint = word_hint(word, REFINEMENT_KINDS)
            raise tokens.fault(f"{word!r:.60} is no refinement", at=start, hint=hint)


def _range(tokens: Tokens, start: int) -> Refinement:
    tokens.need("(")
    low = tokens.number()
    tokens.need("..")
    high = None
    if tokens.take("="):
        high = tokens.number()
        if high is None:
            raise tokens.expected("a number")
    elif tokens.number() is not None:
        raise tokens.fault("the upper bound is inclusive", at=start, hint="write it after '..='")
    tokens.need(")")
    return _made(tokens, start, lambda: Range(low, high))


def _length(tokens: Tokens, start: int, make: type[MinLength] | type[MaxLength]) -> Refinement:
    tokens.need("(")
    length = tokens.number()
    if length is None:
        raise tokens.expected("a number")
    tokens.need(")")
    return _made(tokens, start, lambda: make(length))  # type: ignore[arg-type]


def _pattern(tokens: Tokens, start: int) -> Refinement:
    tokens.need("(")
    pattern = tokens.string()
    if pattern is None:
        raise tokens.expected("a pattern as a JSON string")
    tokens.need(")")
    return _made(tokens, start, lambda: Pattern(pattern))


def _options(tokens: Tokens, start: int) -> Refinement:
    tokens.skip()
    if not tokens.text.startswith("[", tokens.at):
        raise tokens.expected("'['")
    try:
        end = _SCAN(tokens.text, tokens.at)[1]
    except (ValueError, RecursionError) as error:
        raise tokens.fault("the options of OneOf are a list in JSON", at=start) from error
    values = tokens.json(tokens.at, end)
    tokens.at = tokens.end = end
    return _made(tokens, start, lambda: one_of(values if isinstance(values, list) else []))


def _made(tokens: Tokens, start: int, make: Callable[[], Refinement]) -> Refinement:
    try:
        return make()
    except TypeSyntaxError as error:
        raise tokens.fault(error.message, at=start) from error
