"""Letting go what nobody needs: old runs, unused results, and what only they kept in the store.

1. :func:`plan_collection` says what goes and why; it changes nothing.
2. :func:`apply_collection` lets go of runs and results, and drops the links to large values.
3. Nix deletes what no link spares any more. The toolchain and the in-sandbox code have links.

The machine's own store is never collected here: what else lies there is not ours to judge. Nor
is a store in which a run is going on: what its build gave has no link until it was read.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from noether_nix.database.retention import Going, Retention
from noether_nix.database.scarcity import give_reserve, set_reserve_aside
from noether_nix.database.scratch import remove_abandoned
from noether_nix.errors import StoreFullError
from noether_nix.formats.store_path import StorePath
from noether_nix.frozen import dataclass
from noether_nix.ledger.removal import plan_removal, remove_runs
from noether_nix.run.house import House
from noether_nix.run.memos import forget_all
from noether_nix.store.garbage import GarbagePlan, collect, plan_garbage
from noether_nix.toolchain.host import SCRATCH


@dataclass(frozen=True, slots=True)
class StoreGarbage:
    """Paths that nothing spares, and how much room they take.

    Attributes:
        left: why the store is left alone, in words; empty where it is not.
    """

    paths: tuple[StorePath, ...] = ()
    size_bytes: int = 0
    left: str = ""


@dataclass(frozen=True, slots=True)
class Collection:
    """What goes: runs with their logs, results, large values, and then store paths.

    Attributes:
        store: what nothing spares now; what ``garbage.values`` lets go comes on top.
    """

    runs: tuple[Going, ...]
    garbage: GarbagePlan
    store: StoreGarbage


def plan_collection(house: House, results: Retention, runs: Retention) -> Collection | None:
    """Say what goes when results and runs are kept so long; None where nothing was ever kept.

    Raises:
        ToolError: Nix cannot say what lies in the store.
        StoreError: the database cannot be read.
    """
    if not house.exists:
        return None
    now = house.now()
    return Collection(
        plan_removal(house.ledger, runs, now),
        plan_garbage(house.database, house.value_files, results, now),
        _store_garbage(house),
    )


def apply_collection(house: House, planned: Collection) -> StoreGarbage:
    """Let go what was planned, but not what was used again since; says what Nix deleted.

    Raises:
        ToolError: Nix cannot delete; runs and results are gone all the same.
        StoreError: the database or the logs cannot be written.
    """
    try:
        return _apply(house, planned)
    except StoreFullError:
        # What is let go has to be written down first: that takes room, which Nix may find.
        first = _delete(house, _store_garbage(house))
        if not first.paths:
            raise
        rest = _apply(house, planned)
        size = first.size_bytes + rest.size_bytes
        return StoreGarbage((*first.paths, *rest.paths), size, rest.left)


@contextmanager
def with_reserve(home: Path) -> Iterator[None]:
    """Let the block, a house of that home, use the room that is set aside for collections."""
    database = home / "noether.sqlite"
    give_reserve(database)
    try:
        yield
    finally:
        if database.exists():
            set_reserve_aside(database)


def _apply(house: House, planned: Collection) -> StoreGarbage:
    # 2.
    remove_runs(house.database, house.ledger.logs, planned.runs)
    collect(house.database, house.value_files, planned.garbage)
    # 3.
    forget_all(house)
    dead = _store_garbage(house)
    if not dead.left:
        for folder, prefixes in scratch_places(house):
            remove_abandoned(folder, prefixes)
    return _delete(house, dead)


def _delete(house: House, dead: StoreGarbage) -> StoreGarbage:
    if not dead.paths:
        return dead
    deleted = set(house.nix.collect_garbage())
    gone = tuple(path for path in dead.paths if path in deleted)
    return StoreGarbage(gone, dead.size_bytes)


def _store_garbage(house: House) -> StoreGarbage:
    nix = house.nix
    if not nix.private:
        return StoreGarbage(left="the machine's store is not collected: nix-collect-garbage can")
    if any(run.state == "running" for run in house.ledger.runs(-1)):
        return StoreGarbage(left="a run is going on, so the Nix store is left alone: try later")
    if not nix.store_folder.is_dir():
        return StoreGarbage()
    dead = nix.collect_garbage(only_print=True)
    return StoreGarbage(dead, sum(map(size_of, map(nix.physical, dead))))


def scratch_places(house: House) -> tuple[tuple[Path, tuple[str, ...]], ...]:
    """Where folders are made for a while, and how their names begin."""
    return (house.settings.home / "tmp", ("",)), (house.settings.home / "nix", (SCRATCH,))


def size_of(path: Path) -> int:
    """How many bytes a file has, or all files in a folder have together; 0 for nothing."""
    try:
        if path.is_dir() and not path.is_symlink():
            return sum(_sizes(path))
        return path.lstat().st_size
    except OSError:
        return 0


def _sizes(folder: Path) -> Iterable[int]:
    with os.scandir(folder) as entries:
        for entry in entries:
            yield size_of(Path(entry.path))
