"""When a call that failed is made once more, and how long that waits.

It runs inside the sandbox too: the standard library alone, nothing of ours.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

# Attempts in all, the wait before the second one in milliseconds, and by what factor each further
# wait is longer; of several the innermost comes first.
Retries: TypeAlias = Sequence[tuple[int, int, float]]

# Ends of which the machine may be the cause.
_OUTCOMES = frozenset({"timed-out", "memory-exceeded", "killed"})
# Another try would end so too.
SETTLED_LIMITS = frozenset({"run_seconds", "scratch_bytes"})
# Longer than any run; a factor to the power of many attempts is beyond every number.
_LONGEST_SECONDS = 1e6


def can_end_otherwise(outcome: str, detail: Mapping[str, Any], *, raised: bool) -> bool:
    """Whether a call that ended so is worth another try.

    Args:
        outcome: how it ended.
        detail: the facts of that.
        raised: whether its stage, being not pure, may raise once and not again.
    """
    if outcome == "stage-raised":
        return raised
    return outcome in _OUTCOMES and detail.get("limit") not in SETTLED_LIMITS


def pause_after(retries: Retries, failures: int) -> float | None:
    """How many seconds to wait after so many failures; None when none is to follow.

    An inner one that has made all its attempts has failed once for the one around it, whose next
    attempt lets it begin anew.
    """
    for attempts, delay_ms, backoff in retries:
        rounds, made = divmod(failures, max(1, attempts))
        if made:
            return _pause(delay_ms, backoff, made - 1)
        failures = rounds
    return None


def _pause(delay_ms: int, backoff: float, times: int) -> float:
    try:
        return min(delay_ms / 1000 * float(backoff) ** times, _LONGEST_SECONDS)
    except OverflowError:
        return _LONGEST_SECONDS if delay_ms else 0.0
