"""What each call used of each of its limits: measured, and in words."""

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from noether_nix.executor.interface import CallDone
from noether_nix.plan.limits import CallLimits
from noether_nix.stage.limits import CALL_LIMITS

Measures: TypeAlias = Mapping[str, Mapping[str, Any]]
"""By the name of a limit with its unit: ``used`` and ``limit``, either may be None."""


def measure(end: CallDone, limits: CallLimits) -> Measures:
    """What a call that ran used of its limits; None for what nobody can see from outside."""
    used = {
        **end.used,
        "wall_seconds": end.seconds,
        # With a build that was lost, what its call had printed is gone.
        "log_bytes": end.log_bytes if end.used else None,
        "output_bytes": None if end.value is None else len(end.value),
    }
    return {fact: {"used": used.get(fact), "limit": most} for fact, most in limits.facts().items()}


def limits_of_call(used: str) -> dict[str, int]:
    """The limits that a call ran under, from what the ledger holds of it (``Call.used``).

    Of a call that did not run there are none.
    """
    try:
        measures = json.loads(used).get("limits", {})
        found = {name: measures[one.fact]["limit"] for name, one in CALL_LIMITS.items()}
    except (ValueError, AttributeError, KeyError, TypeError):
        return {}
    return {name: most for name, most in found.items() if type(most) is int}


def measures_in_words(measures: Measures) -> str:
    """``wall 0.02s of 60s, memory 13.3MiB of 1GiB``, for what was seen and is bounded."""
    parts = []
    for name, limit in CALL_LIMITS.items():
        both = measures.get(limit.fact, {})
        used, most = both.get("used"), both.get("limit")
        if used is not None and most is not None:
            parts.append(f"{name} {_amount(used, limit.unit.value)} of {limit.show(most)}")
    return ", ".join(parts)


def _amount(used: float, unit: str) -> str:
    if unit == "seconds":
        return f"{used:.2f}s"
    for step, word in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if used >= step:
            return f"{used / step:.1f}{word}"
    return f"{used:.0f}B"
