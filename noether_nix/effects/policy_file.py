"""Policies in files: TOML with the one table ``[allow]``, a line for each kind of effect.

``true`` allows all of a kind; texts allow those hosts, paths, models or names of variables, a
number that many cents for a whole graph. ``false`` is as if the line were not there.
"""

from collections.abc import Iterator
from typing import Any

from noether_nix.effects.policy import Policy
from noether_nix.errors import SettingInvalidError, StageInvalidError
from noether_nix.stage.effect import DETAILS, Effect, EffectKind, effect_set, make_effect
from noether_nix.stage.effect_forms import kind_of_word, widest
from noether_nix.stage.problems import did_you_mean

# What reads TOML takes time by the square of some texts: half a second for the worst of these.
MOST_CHARACTERS = 1 << 15

_SAMPLE = "[allow]\npure = true\nfallible = true"


def parse_policy(text: str, *, source: str) -> Policy:
    """Read a policy.

    Args:
        text: the file.
        source: its name, for messages.

    Raises:
        SettingInvalidError: it is no TOML, or says what means nothing.
    """
    if len(text) > MOST_CHARACTERS:
        message = f"{source}: {len(text)} characters are more than a policy may have"
        raise SettingInvalidError(message, hint=f"{MOST_CHARACTERS} is the most")
    import tomllib

    try:
        document = tomllib.loads(text)
    except ValueError as error:
        raise SettingInvalidError(f"{source} is no TOML: {error}") from error
    except RecursionError as error:
        raise SettingInvalidError(f"{source} is nested too deeply") from error
    for key in document:
        if key != "allow":
            message = f"{source}: {key[:60]!r} means nothing in a policy"
            raise SettingInvalidError(message, hint="a policy has one table, [allow]")
    table = document.get("allow")
    if not isinstance(table, dict):
        message = f"{source}: there is no table [allow]"
        raise SettingInvalidError(message, hint="an empty [allow] allows nothing")
    allowed: list[Effect] = []
    known: set[EffectKind] = set()
    for key, value in table.items():
        kind = _kind(key, source)
        if kind in known:
            raise SettingInvalidError(f"{source}: {kind.flag} stands twice", hint="keep one")
        known.add(kind)
        try:
            allowed += _allowed(kind, value)
        except StageInvalidError as error:
            message = f"{source}: {kind.flag}: {error.message}"
            raise SettingInvalidError(message, hint=_sample_of(kind)) from error
    return Policy(effect_set(allowed), source, is_file=True)


def _kind(key: str, source: str) -> EffectKind:
    try:
        return kind_of_word(key)
    except StageInvalidError as error:
        hint = did_you_mean(key, [kind.flag for kind in EffectKind])
        raise SettingInvalidError(f"{source}: {error.message}", hint=hint) from error


def _allowed(kind: EffectKind, value: Any) -> Iterator[Effect]:
    if value is True:
        yield widest(kind)
    elif (kind in (EffectKind.NETWORK, EffectKind.ENV) and value == []) or value is False:
        return
    elif kind in (EffectKind.NETWORK, EffectKind.ENV) or not isinstance(value, list):
        yield make_effect(kind, value)
    else:
        for one in value:
            yield make_effect(kind, one)


def _sample_of(kind: EffectKind) -> str:
    rule = DETAILS.get(kind)
    if rule is None:
        return f"write {kind.flag} = true"
    if kind is EffectKind.COST:
        return "write cost = 500, or cost = true for any"
    sample = rule.sample if rule.many else [rule.sample]
    texts = ", ".join(f'"{one}"' for one in sample)  # type: ignore[union-attr]
    return f"write {kind.flag} = [{texts}], or {kind.flag} = true for all"
