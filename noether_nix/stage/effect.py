"""What a stage says it does beyond computing, as data (reference/noether.md 2.4)."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from noether_nix.errors import Problem, StageInvalidError
from noether_nix.inside.contract import InvalidValueError, Json, decode
from noether_nix.stage.problems import MOST_OF_A_KIND, did_you_mean


class EffectKind(StrEnum):
    """The kinds of effect, in the order in which sets of them are sorted."""

    COST = "Cost"
    FALLIBLE = "Fallible"
    FS_READ = "FsRead"
    FS_WRITE = "FsWrite"
    LLM = "Llm"
    NETWORK = "Network"
    NON_DETERMINISTIC = "NonDeterministic"
    PROCESS = "Process"
    PURE = "Pure"
    UNKNOWN = "Unknown"

    @property
    def flag(self) -> str:
        """The kind as the command line has it: ``fs-read``."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", self.value).lower()


@dataclass(frozen=True, slots=True)
class _Detail:
    """What a kind of effect says besides its name; ``default`` None means it must be said."""

    key: str
    type: type[int] | type[str]
    default: int | str | None
    sample: int | str


# The defaults are the ancestor's, so that ids of its specs stay what they are.
_DETAILS: Mapping[EffectKind, _Detail] = {
    EffectKind.COST: _Detail("cents", int, 0, 5),
    EffectKind.FS_READ: _Detail("path", str, None, "/data"),
    EffectKind.FS_WRITE: _Detail("path", str, None, "/data"),
    EffectKind.LLM: _Detail("model", str, "unknown", "some-model"),
}
_ORDER = {kind: place for place, kind in enumerate(EffectKind)}
_NAMES = tuple(kind.value for kind in EffectKind)
_ITEM = re.compile(r'\s*([^\s,()\[\]"]+)\s*(?:\(\s*("(?:[^"\\]|\\.)*"|[0-9]+)\s*\))?\s*(,|$)')
_MAX_CENTS = 2**53 - 1  # what RFC 8785 can write exactly


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect: its kind, and what that kind says besides (cents, a path, a model)."""

    kind: EffectKind
    detail: int | str | None = None

    def __str__(self) -> str:
        known = _DETAILS.get(self.kind)
        if known is None or self.detail == known.default:
            return self.kind.value
        return f"{self.kind.value}({json.dumps(self.detail, ensure_ascii=False)})"


Effects: TypeAlias = tuple[Effect, ...]

PURE = Effect(EffectKind.PURE)
FALLIBLE = Effect(EffectKind.FALLIBLE)


def effect_set(effects: Iterable[Effect]) -> Effects:
    """Sorted and without doubles: the one form of a set of effects."""
    return tuple(sorted(set(effects), key=_sort_key))


def _sort_key(effect: Effect) -> tuple[int, int, str]:
    number = effect.detail if isinstance(effect.detail, int) else 0
    return _ORDER[effect.kind], number, "" if number else str(effect.detail)


def contradiction(effects: Effects) -> str | None:
    """Why no stage can have these effects together, or None."""
    kinds = {effect.kind for effect in effects}
    besides = kinds - {EffectKind.PURE, EffectKind.FALLIBLE}
    if EffectKind.PURE not in kinds or not besides:
        return None
    others = ", ".join(kind.value for kind in EffectKind if kind in besides)
    return f"a stage cannot be Pure and {others}"


def effects_to_document(effects: Effects) -> list[Json]:
    """The JSON form of a set, as ids are made from it."""
    return [_effect_to_document(effect) for effect in effects]


def _effect_to_document(effect: Effect) -> dict[str, Json]:
    known = _DETAILS.get(effect.kind)
    if known is None:
        return {"effect": effect.kind.value}
    return {"effect": effect.kind.value, known.key: effect.detail}


def effect_from_document(document: object) -> Effect:
    """Read an effect from its JSON object, or from its name alone as simple specs have it.

    Raises:
        StageInvalidError: it is neither.
    """
    if isinstance(document, str):
        document = {"effect": _kind(document).value}
    if not isinstance(document, dict) or not isinstance(document.get("effect"), str):
        raise _fault("this is no effect", 'write {"effect": "Pure"} or its name alone')
    if document["effect"] not in _NAMES:
        raise _unknown(document["effect"])
    kind = EffectKind(document["effect"])
    known = _DETAILS.get(kind)
    allowed = {"effect"} if known is None else {"effect", known.key}
    unknown = sorted(key for key in document if key not in allowed)
    if unknown:
        raise _fault(f"{kind.value} has no {json.dumps(unknown[0])}")
    try:
        return make_effect(kind, document.get(known.key) if known else None)
    except StageInvalidError as error:
        raise _fault(error.message, _json_hint(kind)) from error


def _json_hint(kind: EffectKind) -> str:
    known = _DETAILS.get(kind)
    effect = Effect(kind, known.sample if known else None)
    return f"write {json.dumps(_effect_to_document(effect))}"


def make_effect(kind: EffectKind, detail: object = None) -> Effect:
    """An effect with its detail checked; None takes the kind's default.

    Raises:
        StageInvalidError: the kind has no detail, needs one, or needs another.
    """
    known = _DETAILS.get(kind)
    if known is None:
        if detail is not None:
            raise _fault(f"{kind.value} says nothing besides its name")
        return Effect(kind)
    if detail is None:
        if known.default is None:
            raise _fault(f"{kind.value} needs a {known.key}", f"write {Effect(kind, known.sample)}")
        return Effect(kind, known.default)
    if isinstance(detail, bool) or not isinstance(detail, known.type) or not _lawful(kind, detail):
        expected = {"cents": "a whole number from 0", "path": "an absolute path"}
        raise _fault(
            f"the {known.key} of {kind.value} is {expected.get(known.key, 'a text')}",
            f"write {Effect(kind, known.sample)}",
        )
    return Effect(kind, detail)


def _lawful(kind: EffectKind, detail: object) -> bool:
    match detail:
        case int():
            return 0 <= detail <= _MAX_CENTS
        case str() if kind is EffectKind.LLM:
            return bool(detail)
        case str():
            return detail.startswith("/") and "\0" not in detail
        case _:
            return False


def _kind(name: str) -> EffectKind:
    folded = re.sub(r"[-_]", "", name).lower()
    for kind in EffectKind:
        if kind.value.lower() == folded:
            return kind
    raise _unknown(name)


def parse_effects(text: str) -> tuple[Effects, tuple[Problem, ...]]:
    """Read the form of a docstring, ``[Pure, Fallible]``, and all that is wrong with it.

    An effect with a detail is written ``Cost(5)``, ``FsRead("/data")``, ``Llm("some-model")``.
    The problems have no place; the caller knows it.
    """
    inner = text.strip()
    if not (inner.startswith("[") and inner.endswith("]")):
        return (), (_problem("effects stand in brackets", "write [Pure]"),)
    inner = inner[1:-1].strip()
    if not inner:
        return (), (_problem("no effect is named", "write [Pure] for a stage without any"),)
    found: list[Effect] = []
    problems: list[Problem] = []
    position, more = 0, True
    while more and len(problems) < MOST_OF_A_KIND:
        item = _ITEM.match(inner, position)
        if item is None:
            rest = json.dumps(inner[position : position + 40])
            problems.append(_problem(f"{rest} is no effect", "write [Pure, Fallible]"))
            break
        position, more = item.end(), item[3] == ","
        try:
            found.append(_parse_item(item[1], item[2]))
        except StageInvalidError as error:
            problems.extend(error.problems)
    effects = effect_set(found)
    if reason := contradiction(effects):
        problems.append(Problem("effects-contradict", reason, hint="leave out Pure"))
    return effects, tuple(problems)


def _parse_item(name: str, detail: str | None) -> Effect:
    if name not in _NAMES:
        raise _unknown(name)
    try:
        return make_effect(EffectKind(name), None if detail is None else decode(detail.encode()))
    except InvalidValueError as error:
        raise _fault(f"{(detail or '')[:40]} is no JSON") from error


def render_effects(effects: Effects) -> str:
    """The form of a docstring; reads back as the same set."""
    return "[" + ", ".join(map(str, effects)) + "]"


def _problem(message: str, hint: str = "") -> Problem:
    return Problem("effect-invalid", message, hint=hint)


def _fault(message: str, hint: str = "") -> StageInvalidError:
    return StageInvalidError(message, hint=hint, problems=[_problem(message, hint)])


# So a traceback calls what a pure stage is denied, and who reads it may think of declaring it.
_INSTEAD = "clock and chance cannot be declared: take the moment or a seed as input"


def _unknown(name: str) -> StageInvalidError:
    message = f"no effect is called {json.dumps(name[:60])}"
    hint = _INSTEAD if name in ("Clock", "Random") else did_you_mean(name, _NAMES)
    problem = Problem("effect-unknown", message, hint=hint)
    return StageInvalidError(message, hint=hint, problems=[problem])
