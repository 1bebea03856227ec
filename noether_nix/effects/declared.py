"""What a stage declares against what its code shows."""

from collections.abc import Iterable
from pathlib import PurePath

from noether_nix.effects.source import Sight
from noether_nix.errors import EffectUndeclaredError, Problem
from noether_nix.stage.effect import (
    DETAILS,
    Effect,
    EffectKind,
    Effects,
    covers,
    join_effects,
)
from noether_nix.stage.effect_forms import render_effects, widest
from noether_nix.stage.model import Stage

_MOST_TOLD = 20
# Who says that results may differ says so also of the usual reasons why.
_CHANCE = frozenset({EffectKind.CLOCK, EffectKind.RANDOM})
# Of these, code that has them shows them; the others can be had in ways that nobody can read.
_SHOWN = frozenset(
    {
        EffectKind.CLOCK,
        EffectKind.ENV,
        EffectKind.FS_READ,
        EffectKind.FS_WRITE,
        EffectKind.NETWORK,
        EffectKind.PROCESS,
        EffectKind.RANDOM,
    }
)
_INSTEAD = {
    EffectKind.CLOCK: "take the moment as input",
    EffectKind.RANDOM: "take a seed as input, and draw from random.Random(seed)",
    EffectKind.ENV: "take the value as input",
    EffectKind.FS_READ: "take the file's content as input",
    EffectKind.FS_WRITE: "return it, or write below /tmp, which is the call's own",
    EffectKind.NETWORK: "take what it would fetch as input",
    EffectKind.LLM: "take the model's answer as input",
}


def is_declared(sight: Sight, effects: Effects) -> bool:
    """Whether a declared effect covers what was seen; of what the code does not say, any does."""
    return any(_covers(declared, sight.effect) for declared in effects)


def _covers(declared: Effect, seen: Effect) -> bool:
    if declared.kind is EffectKind.UNKNOWN:
        return True
    if declared.kind is EffectKind.NON_DETERMINISTIC and seen.kind in _CHANCE:
        return True
    if declared.kind is seen.kind and seen.kind in DETAILS and seen.detail is None:
        return True
    return covers(declared, seen)


def undeclared(stage: Stage, sights: Iterable[Sight]) -> tuple[Sight, ...]:
    """What was surely seen and is not declared."""
    return tuple(sight for sight in sights if sight.sure and not is_declared(sight, stage.effects))


def hints(stage: Stage, sights: Iterable[Sight]) -> tuple[Sight, ...]:
    """What may be meant to be declared: the first ``raise`` of a stage that is not Fallible."""
    found = (sight for sight in sights if not sight.sure)
    return tuple(sight for sight in found if not is_declared(sight, stage.effects))[:1]


def unseen(stage: Stage, sights: Iterable[Sight]) -> Effects:
    """What is declared, would show itself in code, and does not."""
    kinds = {sight.effect.kind for sight in sights}
    if EffectKind.UNKNOWN in kinds:
        return ()
    return tuple(
        effect for effect in stage.effects if effect.kind in _SHOWN and effect.kind not in kinds
    )


def suggested(stage: Stage, sights: Iterable[Sight]) -> Effects:
    """The set that would declare all of it."""
    seen = (
        widest(sight.effect.kind) if sight.effect.detail is None else sight.effect
        for sight in sights
    )
    return join_effects(stage.effects, seen)


def place_of(stage: Stage, sight: Sight) -> str:
    """File and line of what was seen."""
    origin = stage.origin or stage.name
    file = str(PurePath(origin).with_name(sight.file)) if sight.file else origin
    return f"{file}:{sight.line}"


def refuse_undeclared(stage: Stage, sights: Iterable[Sight]) -> None:
    """Refuse a stage whose code shows more than it declares.

    Raises:
        EffectUndeclaredError: with every place, its reason, and both ways out.
    """
    found = undeclared(stage, sights)
    if not found:
        return
    whole = render_effects(suggested(stage, found))
    problems = tuple(
        Problem(
            "effect-undeclared",
            f"{sight.reason} shows the effect {sight.effect}, which {stage.name} does not declare",
            place_of(stage, sight),
            _remedy(stage, sight, whole),
        )
        for sight in found[:_MOST_TOLD]
    )
    first, more = problems[0], len(found) - 1
    message = f"{first}{f', and {more} more' if more else ''}"
    raise EffectUndeclaredError(message, hint=first.hint, problems=problems)


def _remedy(stage: Stage, sight: Sight, whole: str) -> str:
    instead = _INSTEAD.get(sight.effect.kind)
    ways = [*([instead] if instead else []), f"declare it: Effects: {whole}"]
    accept = f"noether stage add --accept-effects {stage.origin or stage.name}"
    return f"{'; '.join(ways)}; or record that it does not hold: {accept}"
