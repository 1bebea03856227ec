"""Which effects may run here."""

from collections.abc import Iterable

from noether_nix.errors import EffectRefusedError, Problem
from noether_nix.stage.effect import Effect, EffectKind
from noether_nix.stage.model import Stage

# What a sealed sandbox can hold a stage to. Everything else needs an executor of its own.
SEALED = frozenset({EffectKind.PURE, EffectKind.FALLIBLE})


def check_effects(calls: Iterable[tuple[str, Stage]], allowed: frozenset[EffectKind]) -> None:
    """Refuse calls whose stage may do more than is allowed.

    Args:
        calls: the name of each node with its stage.
        allowed: the kinds that may run; an empty set allows none.

    Raises:
        EffectRefusedError: naming every effect and call.
    """
    problems = tuple(
        Problem("effect-refused", f"{stage.name} has the effect {effect}", pointer, _REMEDY)
        for pointer, stage in calls
        for effect in _beyond(stage, allowed)
    )
    if problems:
        first, more = problems[0], len(problems) - 1
        raise EffectRefusedError(
            f"{first}{f', and {more} more' if more else ''}", hint=_REMEDY, problems=problems
        )


_REMEDY = "only stages whose effects are Pure and Fallible can run by now"


def _beyond(stage: Stage, allowed: frozenset[EffectKind]) -> list[Effect]:
    return [effect for effect in stage.effects if effect.kind not in allowed]
