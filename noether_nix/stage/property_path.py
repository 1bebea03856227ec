"""Paths of properties: where in a call's input or output something stands.

``output.rows[0].name``: after ``input`` or ``output`` keys follow a dot, or stand as JSON texts in
brackets (``output["a.b"]``), and places in lists are whole numbers in brackets; negative ones
count from the end. What holds no dot and no bracket is read as the ancestor read it
(reference/noether.md 2.9).
"""

import re
from typing import Literal, TypeAlias, cast

from noether_nix.errors import Problem, StageInvalidError
from noether_nix.frozen import dataclass
from noether_nix.inside.contract import InvalidValueError, Json, decode
from noether_nix.stage.problems import did_you_mean
from noether_nix.types.model import (
    AnyType,
    ListType,
    MapType,
    OpenRecordType,
    RecordType,
    RefinedType,
    Type,
    UnionType,
    VarType,
    union,
)

Side: TypeAlias = Literal["input", "output"]
Step: TypeAlias = str | int

_SIDES = ("input", "output")
_WORD = re.compile(r"[^.\[\]]+")
_STEP = re.compile(
    r"""\.(?P<word>[^.\[\]]+)|\[(?P<place>-?(?:0|[1-9][0-9]{0,8}))\]|\[(?P<key>"(?:[^"\\]|\\.)*")\]"""
)
_MOST_STEPS = 64
_FORM = 'write input.text, output.rows[0].name or output["a.b"]'


class Absent:
    """Stands for a value that is not there; ``where`` is the first step that is missing."""

    def __init__(self, where: str) -> None:
        self.where = where


@dataclass(frozen=True, slots=True)
class PropertyPath:
    """A place in the input or the output of a call."""

    side: Side
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return self.side + "".join(map(_step_text, self.steps))

    def find(self, input_value: Json, output: Json) -> "Json | Absent":
        """The value there."""
        value = input_value if self.side == "input" else output
        for number, step in enumerate(self.steps):
            match value, step:
                case dict(), str() if step in value:
                    value = value[step]
                case list(), int() if -len(value) <= step < len(value):
                    value = value[step]
                case _:
                    return Absent(str(PropertyPath(self.side, self.steps[: number + 1])))
        return value


@dataclass(frozen=True, slots=True)
class Declared:
    """What the types say of a place: the type there, and whether a value may lack it.

    ``type`` is None where the types say that there can be nothing; ``missing`` is then the first
    step that they do not have, and ``known`` the names that they have there.
    """

    type: Type | None
    may_be_absent: bool = False
    missing: str = ""
    known: tuple[str, ...] = ()


def parse_path(text: str) -> PropertyPath:
    """Read a path.

    Raises:
        StageInvalidError: it is none.
    """
    side = _WORD.match(text)
    if side is None or side[0] not in _SIDES:
        word = side[0] if side else text
        raise _fault(f"a path begins with input or output, not {word[:40]!r}", word)
    steps: list[Step] = []
    at = side.end()
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None or len(steps) == _MOST_STEPS:
            raise _fault(f"{text[:80]!r} is no path from column {at + 1} on")
        steps.append(_step(found, text))
        at = found.end()
    return PropertyPath(cast("Side", side[0]), tuple(steps))


def _step(found: re.Match[str], text: str) -> Step:
    if found["word"] is not None:
        return found["word"]
    if found["place"] is not None:
        return int(found["place"])
    try:
        return cast("str", decode(found["key"].encode(errors="surrogatepass")))
    except (InvalidValueError, UnicodeEncodeError) as error:
        raise _fault(f"{text[:80]!r} is no path: {error}") from error


def _step_text(step: Step) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if _WORD.fullmatch(step):
        return f".{step}"
    import json

    return f"[{json.dumps(step, ensure_ascii=False)}]"


def _fault(message: str, word: str = "") -> StageInvalidError:
    near = did_you_mean(word, _SIDES) if word else ""
    hint = near if near.startswith("did") else _FORM
    problem = Problem("property-invalid", message, hint=hint)
    return StageInvalidError(message, hint=hint, problems=[problem])


def declared_at(path: PropertyPath, input_type: Type, output_type: Type) -> Declared:
    """What the types say of the place."""
    here = Declared(input_type if path.side == "input" else output_type)
    for number, step in enumerate(path.steps):
        assert here.type is not None
        below = _below(here.type, step)
        if below.type is None:
            gone = str(PropertyPath(path.side, path.steps[: number + 1]))
            return Declared(None, missing=gone, known=below.known)
        here = Declared(below.type, here.may_be_absent or below.may_be_absent)
    return here


def _below(whole: Type, step: Step) -> Declared:
    match whole:
        case AnyType() | VarType():
            return Declared(whole, may_be_absent=True)
        case RefinedType(base, _):
            return _below(base, step)
        case RecordType() | OpenRecordType() if isinstance(step, str):
            field = whole.field(step)
            if field is not None:
                return Declared(field.type, field.may_be_absent)
            if isinstance(whole, OpenRecordType):
                return Declared(VarType(whole.rest), may_be_absent=True)
            return Declared(None, known=tuple(field.name for field in whole.fields))
        case MapType(_, value) if isinstance(step, str):
            return Declared(value)
        case ListType(item) if isinstance(step, int):
            return Declared(item)
        case UnionType(variants):
            every = [_below(variant, step) for variant in variants]
            there = [one for one in every if one.type is not None]
            if not there:
                return Declared(None, known=tuple(name for one in every for name in one.known))
            lacking = len(there) < len(every) or any(one.may_be_absent for one in there)
            return Declared(union(*(one.type for one in there if one.type)), lacking)
        case _:
            return Declared(None)
