"""What a type may demand of a value beyond its kind: a range, a choice, a length, a pattern."""

import json
import math
from collections.abc import Iterable
from typing import TypeAlias

from noether_nix.errors import TypeSyntaxError
from noether_nix.frozen import dataclass
from noether_nix.inside.contract import (
    InvalidPatternError,
    InvalidValueError,
    Json,
    compile_pattern,
    decode,
    encode,
)

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
class Integer:
    """A number without a fraction; 1.0 is one, as in JSON Schema."""


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


@dataclass(frozen=True, slots=True)
class MinLength:
    """A text of at least so many code points, a list of so many items, an object of so many keys.

    Raises:
        TypeSyntaxError: the length is no whole number from 0 up.
    """

    length: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", _length(self.length))


@dataclass(frozen=True, slots=True)
class MaxLength:
    """A text, list or object with at most so many, counted as for :class:`MinLength`.

    Raises:
        TypeSyntaxError: the length is no whole number from 0 up.
    """

    length: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", _length(self.length))


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text that is, as a whole, as a regular expression says.

    Its syntax is a part of ECMAScript's that is decided without going back (docs/types.md).

    Raises:
        TypeSyntaxError: it is no pattern, or one that takes too much to get ready.
    """

    pattern: str

    def __post_init__(self) -> None:
        if not isinstance(self.pattern, str):
            raise TypeSyntaxError("a pattern is a text")
        try:
            encode(self.pattern)
            compile_pattern(self.pattern)
        except InvalidPatternError as error:
            reason = f"{error} (character {error.position + 1} of the pattern)"
            raise TypeSyntaxError(reason) from error
        except InvalidValueError as error:
            raise TypeSyntaxError(f"a pattern is a text: {error}") from error


Refinement: TypeAlias = Range | Integer | OneOf | NonEmpty | MinLength | MaxLength | Pattern


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
        case MinLength(length) | MaxLength(length):
            return f'{{"kind":"{type(refinement).__name__}","length":{length}}}'
        case Pattern(pattern):
            return f'{{"kind":"Pattern","pattern":{json.dumps(pattern, ensure_ascii=False)}}}'
        case NonEmpty() | Integer():
            return f'{{"kind":"{type(refinement).__name__}"}}'


def _length(number: object) -> int:
    exact = _exact_number(number)
    if not isinstance(exact, int) or exact < 0:
        raise TypeSyntaxError(f"a length is a whole number from 0 up, not {exact}")
    return exact


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
