"""Amounts as people write them: ``30s``, ``512MiB``, ``64``.

One reader for the ``Limits`` of stage files, ``--limit`` and the settings.
"""

import re
from collections.abc import Mapping
from enum import Enum

from noether_nix.errors import SettingInvalidError


class Unit(Enum):
    """What an amount counts, and the words for it in steps of the base unit."""

    SECONDS = "seconds"
    BYTES = "bytes"
    COUNT = "count"


_STEPS: Mapping[Unit, Mapping[str, int]] = {
    Unit.SECONDS: {"s": 1, "min": 60, "h": 3600},
    Unit.BYTES: {
        "B": 1,
        "kB": 10**3,
        "KiB": 2**10,
        "MB": 10**6,
        "MiB": 2**20,
        "GB": 10**9,
        "GiB": 2**30,
    },
    Unit.COUNT: {"": 1},
}
BASE_UNIT: Mapping[Unit, str] = {Unit.SECONDS: "s", Unit.BYTES: "B", Unit.COUNT: ""}
_SAMPLES = {Unit.SECONDS: "30s, 5min or 1h", Unit.BYTES: "512MiB or 2GiB", Unit.COUNT: "64"}
# Sums and shares of limits must still be numbers that the kernel takes.
LARGEST = 2**53
_QUANTITY = re.compile(r"([0-9]{1,20}(?:\.[0-9]{1,12})?)\s*([A-Za-z]*)")


def parse_quantity(text: str, unit: Unit) -> int:
    """Read an amount, in seconds, bytes or pieces.

    Raises:
        SettingInvalidError: it is no amount of ``unit``, has no unit where one is needed, is no
            whole number of seconds or bytes, is zero, or is absurdly large.
    """
    hint = f"write it like {_SAMPLES[unit]}"
    match = _QUANTITY.fullmatch(text.strip())
    if match is None:
        message = f"{text[:40]!r} is no amount of {unit.value}" if text else "the amount is missing"
        raise SettingInvalidError(message, hint=hint)
    number, word = match.groups()
    steps = _STEPS[unit]
    if word not in steps:
        raise SettingInvalidError(_unit_fault(text.strip(), word, unit), hint=hint)
    from fractions import Fraction  # seldom needed, and it brings decimal with it

    amount = Fraction(number) * steps[word]
    if amount.denominator != 1:
        raise SettingInvalidError(f"{text.strip()} is no whole number of {unit.value}", hint=hint)
    if not 0 < amount.numerator <= LARGEST:
        size = "larger than any limit can be" if amount else "nothing at all"
        raise SettingInvalidError(f"{text.strip()} is {size}", hint=hint)
    return amount.numerator


def _unit_fault(text: str, word: str, unit: Unit) -> str:
    if not word:
        return f"{text} has no unit"
    if unit is Unit.COUNT:
        return f"{text} is a plain number and has no unit"
    return f"{word} is no unit of {unit.value}"


def render_quantity(amount: int, unit: Unit) -> str:
    """The shortest text that reads back as ``amount`` exactly."""
    texts = [f"{amount // step}{word}" for word, step in _STEPS[unit].items() if amount % step == 0]
    # Powers of two win a tie: they are what limits are thought in.
    return min(texts, key=lambda text: (len(text), "i" not in text))
