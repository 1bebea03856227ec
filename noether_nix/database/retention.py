"""What may go: one rule of age and number for all that is kept. Pure."""

from collections.abc import Iterable

from noether_nix.frozen import dataclass

DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Retention:
    """How long and how many to keep; None sets no bound.

    Attributes:
        days: what was not used for longer goes.
        number: of what is left, so many stay, the last used first.
    """

    days: float | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """One thing that is kept, as far as retention is concerned."""

    name: str
    size_bytes: int
    last_used: float


@dataclass(frozen=True, slots=True)
class Going:
    """One thing that may go, and why."""

    name: str
    size_bytes: int
    last_used: float
    reason: str


def choose(kept: Iterable[Kept], retention: Retention, now: float) -> tuple[Going, ...]:
    """What of ``kept`` goes, the longest unused first."""
    newest_first = sorted(kept, key=lambda one: (one.last_used, one.name), reverse=True)
    going: list[Going] = []
    staying = 0
    for one in newest_first:
        age_days = (now - one.last_used) / DAY_SECONDS
        if retention.days is not None and age_days > retention.days:
            reason = f"not used for {age_days:.0f} days"
        elif retention.number is not None and staying >= retention.number:
            reason = f"more than {retention.number} are kept"
        else:
            staying += 1
            continue
        going.append(Going(one.name, one.size_bytes, one.last_used, reason))
    return tuple(reversed(going))
