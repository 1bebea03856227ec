"""Which stages from files are let in: those whose code shows no more than they declare.

What is not declared is refused, unless it was recorded for that very stage (its id, so its code
and its declaration) that it does not hold.
"""

from collections.abc import Callable, Iterable
from typing import TypeAlias

from noether_nix.catalog.answers import AcceptedEffect
from noether_nix.effects.declared import (
    hints,
    is_declared,
    place_of,
    refuse_undeclared,
    undeclared,
    unseen,
)
from noether_nix.effects.source import Sight, see_effects
from noether_nix.frozen import dataclass
from noether_nix.stage.effect import Effects
from noether_nix.stage.model import Stage


@dataclass(frozen=True, slots=True)
class Seen:
    """What the code of a stage shows.

    Attributes:
        sights: all of it.
        accepted: what is not declared, and was recorded not to hold.
        hints: what may be meant to be declared.
        unseen: what is declared and shows nowhere.
    """

    stage: Stage
    sights: tuple[Sight, ...]
    accepted: tuple[AcceptedEffect, ...]
    hints: tuple[Sight, ...]
    unseen: Effects

    def lines(self) -> list[str]:
        """What was surely seen, each in one line."""
        words = []
        for sight in self.sights:
            if sight.sure:
                mark = "" if is_declared(sight, self.stage.effects) else " (not declared)"
                place = place_of(self.stage, sight)
                words.append(f"{sight.effect}: {sight.reason} in {place}{mark}")
        return words

    def notes(self) -> list[str]:
        """What may be otherwise than it is declared, but need not."""
        name = self.stage.name
        found = [
            f"{name} may raise ({place_of(self.stage, one)}) and does not declare Fallible"
            for one in self.hints
        ]
        return found + [f"{name} declares {one}, and its code shows none" for one in self.unseen]


Accepted: TypeAlias = Callable[[str], tuple[AcceptedEffect, ...]]
"""Gives what was accepted of the stage with an id."""


def watch(stage: Stage, accepted: Accepted) -> Seen:
    """See what a stage's code shows, and what of it was accepted."""
    sights = see_effects(stage)
    return Seen(stage, sights, accepted(stage.id), hints(stage, sights), unseen(stage, sights))


def admit(stage: Stage, accepted: Accepted) -> None:
    """Refuse a stage from a file whose code shows more than is declared or accepted.

    Raises:
        EffectUndeclaredError: with every place, its reason, and both ways out.
    """
    sights = see_effects(stage)
    if undeclared(stage, sights) and not accepted(stage.id):
        refuse_undeclared(stage, sights)


def acceptances(stages: Iterable[Stage]) -> list[AcceptedEffect]:
    """What is to be recorded when a person says that it does not hold."""
    return [
        AcceptedEffect(
            stage=stage.id,
            effect=str(sight.effect),
            place=place_of(stage, sight),
            reason=sight.reason,
        )
        for stage in stages
        for sight in undeclared(stage, see_effects(stage))
    ]
