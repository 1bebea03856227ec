"""What a type may demand of a value beyond its kind: a range, a choice, not being empty."""

import json
import math
from collections.abc import Iterable
from typing import TypeAlias

from noether_nix.errors import TypeSyntaxError
from noether_nix.frozen import dataclass
from noether_nix.inside.contract import InvalidValueError, Json, decode, encode

# RFC 8785 makes ids from types and knows only the integers that a float holds exactly.
MAX_EXACT_INTEGER = 2**53 - 1

_MAX_OPTION_DEPTH = 16


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers between two bounds, both inclusive; ``None`` is no bound.

    Raises:
        TypeSyntaxError: a bound is no finite number or no float holds it, or no number is
            between them.
    """

    low: int | float | None = None
    high: int | float | None = None

    def __post_init__(self) -> None:
        for name in ("low", "high"):
            bound = getattr(self, name)
            if bound is not None:
                object.__setattr__(self, name, _exact_number(bound))
        if self.low is not None and self.high is not None and self.low > self.high:
            raise TypeSyntaxError(f"no number is between {self.low} and {self.high}")


@dataclass(frozen=True, slots=True)
class OneOf:
    """The value equals one of some options; make one with :func:`one_of`.

    The options are kept as JSON texts: unlike Python's values, they tell 1 from true.
    """

    options: tuple[str, ...]

    @property
    def values(self) -> tuple[Json, ...]:
        """The options as values."""
        return tuple(decode(option.encode()) for option in self.options)


@dataclass(frozen=True, slots=True)
class NonEmpty:
    """A text, list or object that is not empty."""


Refinement: TypeAlias = Range | OneOf | NonEmpty


def one_of(options: Iterable[Json]) -> OneOf:
    """The refinement to these options.

    Raises:
        TypeSyntaxError: there is none, or one is no value that an id can be made from.
    """
    texts = tuple(dict.fromkeys(_option_text(option) for option in options))
    if not texts:
        raise TypeSyntaxError("OneOf has at least one option")
    return OneOf(texts)


def refinement_key(refinement: Refinement) -> str:
    """What refinements are sorted by: their JSON text, with bounds as floats."""
    match refinement:
        case Range(low, high):
            bounds = (("min", low), ("max", high))
            texts = [f',"{name}":{float(bound)!r}' for name, bound in bounds if bound is not None]
            return '{"kind":"Range"' + "".join(texts) + "}"
        case OneOf(options):
            return '{"kind":"OneOf","options":[' + ",".join(options) + "]}"
        case NonEmpty():
            return '{"kind":"NonEmpty"}'


def _option_text(option: Json) -> str:
    try:
        encode(option)
    except InvalidValueError as error:
        raise TypeSyntaxError(f"an option of OneOf is no value: {error}") from error
    return json.dumps(
        _exact_numbers(option), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )


def _exact_numbers(option: Json, depth: int = 0) -> Json:
    """``option`` with 1.0 as 1, as ids have it: JSON calls the two equal."""
    if depth > _MAX_OPTION_DEPTH:
        raise TypeSyntaxError(f"an option of OneOf is nested deeper than {_MAX_OPTION_DEPTH}")
    match option:
        case bool():
            return option
        case int() | float():
            return _exact_number(option)
        case list():
            return [_exact_numbers(item, depth + 1) for item in option]
        case dict():
            return {name: _exact_numbers(item, depth + 1) for name, item in option.items()}
        case _:
            return option


def _exact_number(number: object) -> int | float:
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise TypeSyntaxError(f"{number!r:.40} is no number")
    if isinstance(number, int):
        if abs(number) > MAX_EXACT_INTEGER:
            raise TypeSyntaxError("an integer in a type is at most 9007199254740991")
        return number
    if not math.isfinite(number):
        raise TypeSyntaxError(f"{number!r} is no JSON number")
    whole = number.is_integer() and abs(number) <= MAX_EXACT_INTEGER
    return int(number) if whole else number
