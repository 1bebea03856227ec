"""What of the results may go, and letting it go.

1. :func:`plan_garbage` says what goes, how large it is and why; it changes nothing.
2. :func:`collect` lets go what is still unused, and drops the links to values that nobody needs.
3. The caller has Nix delete what no link spares. Plans and fused outputs never have one.

Runs and their logs are the ledger's.
"""

from collections.abc import Collection, Iterable, Iterator

from noether_nix.database.connection import Database
from noether_nix.database.retention import Going, Kept, Retention, choose
from noether_nix.frozen import dataclass
from noether_nix.store.interface import HeldValue, ValueFiles

# A value is held before its record is written: a link younger than this may be a living run's.
_FRESH_SECONDS = 3600

_RESULTS = """
    SELECT results.key, coalesce(length(inline), 0),
        max(results.time, coalesce(day * 86400.0, 0.0)), value_path
    FROM results LEFT JOIN result_uses USING (key)
"""
_DELETE_UNUSED = """
    DELETE FROM results WHERE key = ?1 AND time <= ?2
        AND NOT EXISTS (SELECT 1 FROM result_uses WHERE key = ?1 AND day * 86400.0 > ?2)
"""
_NEEDED_VALUES = """
    SELECT value_path FROM results WHERE value_path IS NOT NULL
    UNION SELECT value_path FROM contradictions WHERE value_path IS NOT NULL
"""
_CONTRADICTING_VALUES = "SELECT key, value_path FROM contradictions WHERE value_path IS NOT NULL"


@dataclass(frozen=True, slots=True)
class GarbagePlan:
    """What may go.

    Attributes:
        results: by key; the size is that of a small value, a large one is among ``values``.
        values: large values by store path, those that no result names once ``results`` are gone.
        damaged: how many results that were set aside as damaged.
    """

    results: tuple[Going, ...]
    values: tuple[Going, ...]
    damaged: int

    @property
    def size_bytes(self) -> int:
        """How much room the plan gives back."""
        return sum(one.size_bytes for one in (*self.results, *self.values))


@dataclass(frozen=True, slots=True)
class _Result:
    kept: Kept
    value_path: str | None


def plan_garbage(
    database: Database, values: ValueFiles, retention: Retention, now: float
) -> GarbagePlan:
    """Say what goes when results are kept as ``retention`` says."""
    found = database.rows(_result, _RESULTS)
    results = choose((one.kept for one in found), retention, now)
    going = {one.name for one in results}
    named = [(one.kept.name, one.value_path) for one in found if one.value_path is not None]
    named += database.rows(lambda key, path: (str(key), str(path)), _CONTRADICTING_VALUES)
    needed = {path for key, path in named if key not in going}
    unneeded = _unneeded(values.held(), needed, {path for _, path in named}, now)
    damaged = database.row(int, "SELECT count(*) FROM damaged_results")
    return GarbagePlan(results, tuple(unneeded), damaged or 0)


def collect(database: Database, values: ValueFiles, plan: GarbagePlan) -> None:
    """Let go what ``plan`` names, except what was used or recorded again since it was made."""
    with database.transaction():
        gone = ((one.name, one.last_used) for one in plan.results)
        database.execute_many(_DELETE_UNUSED, gone)
        database.execute("DELETE FROM contradictions WHERE key NOT IN (SELECT key FROM results)")
        database.execute("DELETE FROM damaged_results")
    needed = set(database.rows(str, _NEEDED_VALUES))
    for value in plan.values:
        if value.name not in needed:
            values.remove(value.name)
    database.shrink()


def _result(key: str, size_bytes: int, last_used: float, value_path: str | None) -> _Result:
    # Of what is in a column the table only says what it should be.
    return _Result(Kept(str(key), int(size_bytes), float(last_used)), value_path)


def _unneeded(
    held: Iterable[HeldValue], needed: Collection[str], named: Collection[str], now: float
) -> Iterator[Going]:
    for value in held:
        if value.path in needed:
            continue
        if value.path in named:
            yield Going(value.path, value.size_bytes, value.since, "its results go")
        elif now - value.since > _FRESH_SECONDS:
            yield Going(value.path, value.size_bytes, value.since, "no result names it")
