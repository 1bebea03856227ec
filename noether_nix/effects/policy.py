"""Which effects may run here.

A policy is a set of effects, each of which allows what it covers; a kind that is not in it is not
allowed, so the empty set allows nothing. Several policies hold together: what one of them refuses
is refused, so that another one can only narrow.
"""

import json
from collections.abc import Iterable, Sequence

from noether_nix.errors import EffectRefusedError, Problem, SettingInvalidError, StageInvalidError
from noether_nix.frozen import dataclass
from noether_nix.stage.effect import DETAILS, FALLIBLE, PURE, Effect, EffectKind, Effects, covers
from noether_nix.stage.effect_forms import kind_of_word, widest
from noether_nix.stage.model import Stage
from noether_nix.stage.problems import did_you_mean

FLAG = "--allow-effects"
_MOST_TOLD = 50

# What a sealed sandbox can hold a stage to. Everything else needs an executor of its own.
SEALED = frozenset({EffectKind.PURE, EffectKind.FALLIBLE})


@dataclass(frozen=True, slots=True)
class Policy:
    """What may run.

    Attributes:
        allowed: each allows what it covers.
        source: who says so, for messages: a flag or a file.
        is_file: whether that is a file, which its keeper can change.
    """

    allowed: Effects
    source: str
    is_file: bool = False

    def allows(self, effect: Effect) -> bool:
        """Whether a stage with this effect may run."""
        return any(covers(one, effect) for one in self.allowed)

    @property
    def fact(self) -> list[str]:
        """Equal for policies that allow the same."""
        return [str(effect) for effect in self.allowed]

    def remedy(self, effect: Effect) -> str:
        """What to change so that the effect is allowed."""
        if self.is_file:
            return f"write {_line_for(effect)} below [allow] in {self.source}"
        kinds = {one.kind for one in self.allowed} | {effect.kind}
        flags = ",".join(kind.flag for kind in EffectKind if kind in kinds)
        return f"allow it with {FLAG} {flags}"


BUILT_IN = Policy((FALLIBLE, PURE), "the built-in policy")
"""What holds where nobody gives a policy."""


def _line_for(effect: Effect) -> str:
    rule = DETAILS.get(effect.kind)
    if rule is None or effect.detail is None:
        return f"{effect.kind.flag} = true"
    if effect.kind is EffectKind.COST:
        return f"cost = {effect.detail}"
    details = effect.detail if isinstance(effect.detail, tuple) else (effect.detail,)
    return f"{effect.kind.flag} = {json.dumps(list(details), ensure_ascii=False)}"


def policy_of_flag(texts: Iterable[str]) -> Policy:
    """The policy of ``--allow-effects pure,network``; nothing between the commas is nothing.

    Raises:
        SettingInvalidError: a word is no effect.
    """
    words = [word for text in texts for part in text.split(",") if (word := part.strip())]
    return Policy(tuple(widest(_kind(word)) for word in sorted(set(words))), FLAG)


def _kind(word: str) -> EffectKind:
    try:
        return kind_of_word(word)
    except StageInvalidError as error:
        hint = did_you_mean(word, [kind.flag for kind in EffectKind])
        raise SettingInvalidError(f"{FLAG}: {error.message}", hint=hint) from error


@dataclass(frozen=True, slots=True)
class Use:
    """A node that may do something: its name in the graph, and the name of what it calls."""

    pointer: str
    name: str
    effects: Effects


def uses_of(calls: Iterable[tuple[str, Stage]]) -> list[Use]:
    """The uses of calls, each given by its node's name and its stage."""
    return [Use(pointer, stage.name, stage.effects) for pointer, stage in calls]


def refusals(policies: Sequence[Policy], uses: Iterable[Use]) -> tuple[Problem, ...]:
    """Everything that a policy refuses, with what would allow it."""
    every = list(uses)
    found = [
        _refusal(policy, use, effect)
        for use in every
        for effect in use.effects
        for policy in policies
        if not policy.allows(effect)
    ]
    found += (problem for policy in policies for problem in _too_dear(policy, every))
    return tuple(dict.fromkeys(found))


def _refusal(policy: Policy, use: Use, effect: Effect) -> Problem:
    message = f"{use.name} has the effect {effect}, which {policy.source} does not allow"
    return Problem("effect-refused", message, use.pointer, policy.remedy(effect))


def _too_dear(policy: Policy, uses: Iterable[Use]) -> list[Problem]:
    """Each cost may be allowed and their sum not; every node counts once."""
    most = max((_cents(one) for one in policy.allowed), default=0)
    costs = [(use, _cents(effect)) for use in uses for effect in use.effects if _cents(effect)]
    total = sum(cents for _, cents in costs)
    if total <= most or any(not policy.allows(Effect(EffectKind.COST, c)) for _, c in costs):
        return []
    dearest = max(costs, key=lambda cost: cost[1])[0]
    message = f"all nodes together cost {total} cents, and {policy.source} allows {most}"
    remedy = policy.remedy(Effect(EffectKind.COST, total))
    return [Problem("effect-refused", message, dearest.pointer, remedy)]


def _cents(effect: Effect) -> int:
    is_cost = effect.kind is EffectKind.COST and isinstance(effect.detail, int)
    return int(str(effect.detail)) if is_cost else 0


def check_policies(policies: Sequence[Policy], uses: Iterable[Use]) -> None:
    """Refuse what one of the policies does not allow; with no policy, nothing is refused.

    Raises:
        EffectRefusedError: naming every effect, its node and what would allow it.
    """
    _refuse([*refusals(policies, uses)])


def check_supported(uses: Iterable[Use], supported: frozenset[EffectKind]) -> None:
    """Refuse what nothing here can run, whatever is allowed.

    Raises:
        EffectRefusedError: naming every effect and its node.
    """
    _refuse(
        [
            Problem(
                "effect-unsupported",
                f"{use.name} has the effect {effect}, and nothing here runs such a stage yet",
                use.pointer,
                _UNSUPPORTED,
            )
            for use in uses
            for effect in use.effects
            if effect.kind not in supported
        ]
    )


_UNSUPPORTED = "only stages whose effects are Pure and Fallible can run by now"


def _refuse(problems: list[Problem]) -> None:
    if not problems:
        return
    first, more = problems[0], len(problems) - 1
    message = f"{first}{f', and {more} more' if more else ''}"
    raise EffectRefusedError(message, hint=first.hint, problems=problems[:_MOST_TOLD])
