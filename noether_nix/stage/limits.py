"""Every limit there is: one table, from which names, variables, defaults and documents come.

Stage files, graphs, ``--limit``, variables and settings all read their limits by it.
"""

from collections.abc import Mapping

from noether_nix.errors import SettingInvalidError
from noether_nix.frozen import dataclass
from noether_nix.stage.quantities import (
    BASE_UNIT,
    LARGEST,
    Unit,
    parse_quantity,
    render_quantity,
)

_KIB, _MIB = 1 << 10, 1 << 20
_DAY = 24 * 3600
# What the usual hard limits of a process allow; more would silently be less.
_MOST_PIECES = 4096


@dataclass(frozen=True, slots=True)
class Limit:
    """A bound that people can set, in seconds, bytes or pieces.

    Attributes:
        name: as in stage files, graphs and ``--limit``; in files of settings it has its unit.
        default: what holds where nobody says anything; None for no bound at all.
        least: below this no call could do anything.
        words: what it bounds and what passing it comes to, for documents.
        observable: code can notice it, so it is in the key (design 11.4).
        most: above this it would not be held.
        of_run: bounds a whole run, so that no stage and no graph can state it.
    """

    name: str
    unit: Unit
    default: int | None
    least: int
    words: str
    observable: bool = False
    most: int = LARGEST
    of_run: bool = False

    @property
    def fact(self) -> str:
        """Its name with its unit: ``wall_seconds``, ``open_files``."""
        return self.name + ("" if self.unit is Unit.COUNT else f"_{self.unit.value}")

    def parse(self, text: str) -> int:
        """Read an amount as people write it.

        Raises:
            SettingInvalidError: it is none of this unit, too small, or too large.
        """
        return self.check(parse_quantity(text, self.unit))

    def parse_bare(self, text: str) -> int:
        """As :meth:`parse`, but a number alone counts in seconds, bytes or pieces.

        Raises:
            SettingInvalidError: as :meth:`parse`.
        """
        bare = text.isascii() and text.isdigit()
        return self.parse(text + BASE_UNIT[self.unit] if bare else text)

    def check(self, amount: int) -> int:
        """Hand back an amount that the limit can have.

        Raises:
            SettingInvalidError: it is too small or too large.
        """
        if amount < self.least:
            hint = f"give at least {self.show(self.least)}"
            message = f"{self.show(amount)} is too little for anything to run"
            raise SettingInvalidError(message, hint=hint)
        if amount > self.most:
            hint = f"give at most {self.show(self.most)}"
            raise SettingInvalidError(f"{self.show(amount)} is more than can be held", hint=hint)
        return amount

    def show(self, amount: int | None) -> str:
        """An amount in words."""
        return "none" if amount is None else render_quantity(amount, self.unit)


_TABLE = (
    Limit(
        "wall", Unit.SECONDS, 60, 1,
        "time from a call's start to its end; `timed-out`",
    ),
    Limit(
        "cpu", Unit.SECONDS, _DAY, 1,
        "processor time of all threads of a call together; `cpu-exceeded`", most=_DAY,
    ),
    Limit(
        "silence", Unit.SECONDS, None, 1,
        "time in which a call prints nothing; `timed-out`",
    ),
    Limit(
        "memory", Unit.BYTES, 1024 * _MIB, 32 * _MIB,
        "memory that a call asks for; `memory-exceeded`", observable=True,
    ),
    Limit(
        "stack", Unit.BYTES, 8 * _MIB, 512 * _KIB,
        "stack of the main thread; `killed` by SIGSEGV when native code recurses beyond it",
        observable=True,
    ),
    Limit(
        "processes", Unit.COUNT, 64, 1,
        "threads, the first one counted; beyond it `can't start new thread`",
        observable=True, most=_MOST_PIECES,
    ),
    Limit(
        "open_files", Unit.COUNT, 256, 16,
        "descriptors, the four that every call has counted; beyond it EMFILE",
        observable=True, most=_MOST_PIECES,
    ),
    Limit(
        "output", Unit.BYTES, 10 * _MIB, 1,
        "the encoded result; `output-too-large`",
    ),
    Limit(
        "log", Unit.BYTES, 10 * _MIB, 1,
        "what a call prints; `log-too-large`",
    ),
    Limit(
        "scratch", Unit.BYTES, 256 * _MIB, 4 * _KIB,
        "files in `/tmp`, `/build` and `/dev/shm` together, and each of them; beyond it, and "
        "beyond 16,384 of them, which no limit raises, ENOSPC or EFBIG", observable=True,
    ),
    Limit(
        "run", Unit.SECONDS, None, 1,
        "time of a whole run; what runs then is `timed-out`, what does not is `interrupted`",
        of_run=True,
    ),
)  # fmt: skip

LIMITS: Mapping[str, Limit] = {limit.name: limit for limit in _TABLE}
"""Every limit by its name."""

CALL_LIMITS: Mapping[str, Limit] = {name: one for name, one in LIMITS.items() if not one.of_run}
"""Those that a stage, a node and a graph can state."""


def find_limit(name: str, known: Mapping[str, Limit] = LIMITS) -> Limit:
    """The limit called ``name``.

    Raises:
        SettingInvalidError: there is none; the hint names those there are.
    """
    if name not in known:
        message = f"{name!r:.60} is no limit"
        if name in LIMITS:
            message = f"{name} is a limit of a whole run: give it with --limit or the settings"
        from noether_nix.stage.problems import did_you_mean  # seldom needed

        raise SettingInvalidError(message, hint=did_you_mean(name, known))
    return known[name]
