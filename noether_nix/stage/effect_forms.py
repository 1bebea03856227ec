"""Effects as they are written: JSON objects, names in simple specs, the list of a docstring."""

import json
import re

from noether_nix.errors import Problem, StageInvalidError
from noether_nix.inside.contract import InvalidValueError, Json, decode
from noether_nix.stage.effect import (
    DETAILS,
    KIND_NAMES,
    Detail,
    Effect,
    EffectKind,
    Effects,
    contradiction,
    effect_fault,
    effect_set,
    make_effect,
)
from noether_nix.stage.problems import MOST_OF_A_KIND, did_you_mean

_STRING = r'"(?:[^"\\]|\\.)*"'
_ITEM = re.compile(
    r'\s*([^\s,()\[\]"]+)\s*'
    rf"(?:\(\s*((?:{_STRING})(?:\s*,\s*{_STRING})*|[0-9]+)\s*\))?\s*(,|$)"
)


def effects_to_document(effects: Effects) -> list[Json]:
    """The JSON form of a set, as ids are made from it."""
    return [_effect_to_document(effect) for effect in effects]


def _effect_to_document(effect: Effect) -> dict[str, Json]:
    rule = DETAILS.get(effect.kind)
    if rule is None or (rule.many and effect.detail is None):
        return {"effect": effect.kind.value}
    if isinstance(effect.detail, tuple):
        return {"effect": effect.kind.value, rule.key: [*effect.detail]}
    return {"effect": effect.kind.value, rule.key: effect.detail}


def effect_from_document(document: object) -> Effect:
    """Read an effect from its JSON object, or from its name alone as simple specs have it.

    Raises:
        StageInvalidError: it is neither.
    """
    if isinstance(document, str):
        document = {"effect": kind_of_word(document).value}
    if not isinstance(document, dict) or not isinstance(document.get("effect"), str):
        raise effect_fault("this is no effect", 'write {"effect": "Pure"} or its name alone')
    if document["effect"] not in KIND_NAMES:
        raise _unknown(document["effect"])
    kind = EffectKind(document["effect"])
    rule = DETAILS.get(kind)
    allowed = {"effect"} if rule is None else {"effect", rule.key}
    unknown = sorted(str(key) for key in document if key not in allowed)
    if unknown:
        raise effect_fault(f"{kind.value} has no {json.dumps(unknown[0])}")
    detail = document.get(rule.key) if rule else None
    if detail is not None and rule is not None and rule.many and not isinstance(detail, list):
        raise effect_fault(f"the {rule.key} of {kind.value} are a list", _json_hint(kind))
    try:
        return make_effect(kind, detail)
    except StageInvalidError as error:
        raise effect_fault(error.message, _json_hint(kind)) from error


def _json_hint(kind: EffectKind) -> str:
    rule = DETAILS.get(kind)
    effect = Effect(kind, rule.sample if rule else None)
    return f"write {json.dumps(_effect_to_document(effect))}"


def kind_of_word(word: str) -> EffectKind:
    """The kind that a word means, however it is written: ``FsRead``, ``fs-read``, ``fs_read``.

    Raises:
        StageInvalidError: it means none; the hint has the nearest.
    """
    folded = re.sub(r"[-_]", "", word).lower()
    for kind in EffectKind:
        if kind.value.lower() == folded:
            return kind
    raise _unknown(word)


def parse_effects(text: str) -> tuple[Effects, tuple[Problem, ...]]:
    """Read the form of a docstring, ``[Pure, Fallible]``, and all that is wrong with it.

    An effect with a detail is written ``Cost(5)``, ``FsRead("/data")``, ``Llm("some-model")``,
    ``Network("api.example.org", "example.net")``. The problems have no place; the caller knows it.
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
    if problem := contradiction(effects):
        problems.append(problem)
    return effects, tuple(problems)


def _parse_item(name: str, details: str | None) -> Effect:
    if name not in KIND_NAMES:
        raise _unknown(name)
    kind = EffectKind(name)
    try:
        found = [] if details is None else decode(f"[{details}]".encode(errors="surrogatepass"))
    except InvalidValueError as error:
        raise effect_fault(f"{(details or '')[:40]} is no JSON") from error
    assert isinstance(found, list)
    rule = DETAILS.get(kind)
    if rule is not None and rule.many:
        return make_effect(kind, found or None)
    if len(found) > 1:
        raise effect_fault(f"{name} says one thing besides its name, not {len(found)}")
    return make_effect(kind, found[0] if found else None)


def render_effects(effects: Effects) -> str:
    """The form of a docstring; reads back as the same set."""
    return "[" + ", ".join(map(str, effects)) + "]"


def widest(kind: EffectKind) -> Effect:
    """The effect of a kind that covers all of that kind."""
    everything: dict[EffectKind, Detail] = {
        EffectKind.COST: 2**53 - 1,
        EffectKind.FS_READ: "/",
        EffectKind.FS_WRITE: "/",
    }
    return make_effect(kind, everything.get(kind))


def _problem(message: str, hint: str = "") -> Problem:
    return Problem("effect-invalid", message, hint=hint)


def _unknown(name: str) -> StageInvalidError:
    message = f"no effect is called {json.dumps(name[:60])}"
    hint = did_you_mean(name, KIND_NAMES)
    problem = Problem("effect-unknown", message, hint=hint)
    return StageInvalidError(message, hint=hint, problems=[problem])
