"""What is measured of a workload: cold, nothing changed, and one stage edited."""

import argparse
import dataclasses
import itertools
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from benchmarks.cast import FLOOR, NIX_BUILD, NOETHER, Cast, Runner
from benchmarks.contestants import BenchmarkError, Taken
from benchmarks.measure import Contest, Entry
from benchmarks.workloads import (
    Workload,
    change_item,
    edit_one,
    middle,
    write_chain,
    write_large_chain,
    write_map,
    write_one_slow,
    write_wide,
)

Write = Callable[[Path], Workload]


class Family:
    """The contests over one kind of workload.

    Everybody goes on with the last folder that it has run cold: the folders differ in nothing but
    their salts, and so do not the values. A contestant that keeps nothing meets the others cold
    alone.
    """

    def __init__(self, name: str, calls: int, write: Write, cast: Cast, folders: Iterator[Path]):
        self.name = name
        self.calls = calls
        self._write = write
        self._cast = cast
        self._folders = folders
        self._last: dict[str, Workload] = {}
        self.cold_seconds: dict[str, float] = {}
        self._folders_written: set[Path] = set()
        self.left_out: dict[str, str] = {}

    def contest(
        self, phase: str, prepare: Callable[[int], Mapping[str, Entry]], bound: float | None
    ) -> Contest:
        return Contest(
            f"{self.name}, {phase}", prepare, bound, calls=self.calls, left_out=self.left_out
        )

    def cold(self, bound: float | None = None, margin: float | None = None) -> Contest:
        """Sources that nobody has seen."""
        return dataclasses.replace(self.contest("cold", self._cold, bound), margin=margin)

    def again(self, bound: float | None = None) -> Contest:
        """What everybody has run already."""
        return self.contest("nothing changed", self._again, bound)

    def edited(self, bound: float | None = None, *, remarked: bool = False) -> Contest:
        """One stage has another source and gives what it gave.

        Args:
            bound: the promise.
            remarked: noether may run more than that one call; the table says how many.
        """
        remarks: dict[str, str] = {}
        prepare = partial(self._edited, remarks if remarked else None)
        contest = self.contest("one stage edited, same value", prepare, bound)
        return dataclasses.replace(contest, remarks=remarks)

    def changed(self, bound: float | None = None) -> Contest:
        """One stage gives something else."""
        return self.contest("one stage edited, another value", self._changed, bound)

    def item_changed(self, bound: float | None = None) -> Contest:
        """One item of a list is another; noether alone knows of lists."""
        return self.contest("one item changed", self._item_changed, bound)

    def leave_out(self, smaller: "Family", longest: float) -> None:
        """Leave out who would take longer than so many seconds, by what it took of less."""
        for name, seconds in smaller.cold_seconds.items():
            too_long = seconds * self.calls / smaller.calls > longest
            if too_long and name not in (NOETHER, FLOOR):
                self.left_out[name] = f"left out: over {longest:g} s, by its {smaller.name}"
        self.left_out |= {
            name: words for name, words in smaller.left_out.items() if name not in self.left_out
        }

    def _runners(self) -> Iterator[tuple[str, Runner]]:
        for name, run in self._cast.others.items():
            if name not in self.left_out:
                yield name, run

    def _cold(self, _number: int) -> Mapping[str, Entry]:
        kept = {workload.folder for workload in self._last.values()}
        for folder in self._folders_written - kept:
            shutil.rmtree(folder)
        workload = self._write(next(self._folders))
        self._folders_written = {*kept, workload.folder}

        def enter(name: str, run: Runner) -> Taken:
            taken = run(workload)
            if taken.ran not in (None, workload.calls):
                raise BenchmarkError(f"{name} ran {taken.ran} of {workload.calls} new calls")
            self._last[name] = workload
            self.cold_seconds[name] = taken.seconds
            return taken

        return {
            NOETHER: partial(enter, NOETHER, self._noether(workload.calls)),
            **{name: partial(enter, name, run) for name, run in self._runners()},
        }

    def _again(self, _number: int) -> Mapping[str, Entry]:
        def enter(name: str, run: Runner) -> Taken:
            taken = run(self._last[name])
            if taken.ran not in (None, 0):
                raise BenchmarkError(f"{name} ran {taken.ran} calls though nothing had changed")
            return taken

        return {name: partial(enter, name, run) for name, run in self._who(0).items()}

    def _edited(self, remarks: dict[str, str] | None, _number: int) -> Mapping[str, Entry]:
        def enter(name: str, run: Runner) -> Taken:
            edit_one(self._last[name])
            taken = run(self._last[name])
            if remarks is not None and name == NOETHER and taken.ran != 1:
                remarks[name] = f"ran {taken.ran} calls, not 1"
            return taken

        who = self._who(1)
        if remarks is not None:
            machinery = self._cast.machinery
            who[NOETHER] = lambda workload: machinery.run(workload, new=1, at_most=workload.calls)
        return {name: partial(enter, name, run) for name, run in who.items()}

    def _changed(self, number: int) -> Mapping[str, Entry]:
        def enter(name: str, run: Runner) -> Taken:
            workload = self._last[name]
            edit_one(workload, number + 1)
            taken = run(workload)
            after = workload.calls - middle(workload)
            if taken.ran is not None and taken.ran < after:
                raise BenchmarkError(f"{name} ran {taken.ran} calls of {after} that had to")
            return taken

        after = self._last[NOETHER].calls - middle(self._last[NOETHER])
        return {name: partial(enter, name, run) for name, run in self._who(after).items()}

    def _item_changed(self, _number: int) -> Mapping[str, Entry]:
        def enter() -> Taken:
            change_item(self._last[NOETHER])
            return self._noether(1)(self._last[NOETHER])

        return {NOETHER: enter}

    def _who(self, new: int) -> dict[str, Runner]:
        """Those who have something to go on with; noether runs exactly so many calls."""
        kept = {name: run for name, run in self._runners() if name != FLOOR and name in self._last}
        return {NOETHER: self._noether(new), **kept}

    def _noether(self, new: int) -> Runner:
        return lambda workload: self._cast.machinery.run(workload, new=new)


def all_contests(cast: Cast, scratch: Path, sizes: argparse.Namespace) -> Iterator[Contest]:
    """In the order of the table; each is to be held before the next is asked for.

    The promises are those for the whole sizes.
    """
    folders = (scratch / f"workload-{number}" for number in itertools.count())

    def family(name: str, calls: int, write: Callable[[Path, int], Workload]) -> Family:
        return Family(name, calls, lambda folder: write(folder, calls), cast, folders)

    if "chain" in sizes.workloads:
        chain = family(f"chain-{sizes.chain}", sizes.chain, write_chain)
        bounds = (0.3, 0.06, 0.14) if sizes.chain == 50 else (None, None, None)
        yield chain.cold(bounds[0], margin=3 if bounds[0] else None)
        yield chain.again(bounds[1])
        yield chain.edited(bounds[2])
        yield chain.changed()
    wides: list[Family] = []
    if "wide" in sizes.workloads:
        wides = [family(f"wide-{width}", width, write_wide) for width in sizes.wide]
        yield from _wide(wides, sizes.longest)
    if "slow" in sizes.workloads:
        yield family(f"one slow among {sizes.slow}", sizes.slow, write_one_slow).cold()
    if "large" in sizes.workloads:
        large = family(f"chain-{sizes.large} of 1 MB values", sizes.large, write_large_chain)
        yield large.cold()
        yield large.again()
        # Of values above 64 KiB noether knows after the run alone that they are the same.
        yield large.edited(remarked=True)
        yield large.changed()
    if "map" in sizes.workloads:
        mapped = family(f"Map over {sizes.map} items", sizes.map, write_map)
        for wide in [wide for wide in wides if wide.calls <= sizes.map][-1:]:
            mapped.leave_out(wide, sizes.longest)
        whole = sizes.map == 5000
        yield mapped.cold(9 if whole else None)
        yield mapped.again()
        yield mapped.item_changed(0.6 if whole else None)
    if "start" in sizes.workloads:
        yield from _starts(cast, folders)


def _wide(families: Sequence[Family], longest: float) -> Iterator[Contest]:
    """One size after the other: who takes very long on one is left out of the next."""
    bounds = {1000: (1.6, 0.12), 10_000: (17, 0.6)}
    for number, wide in enumerate(families):
        if number:
            wide.leave_out(families[number - 1], longest)
        cold, again = bounds.get(wide.calls, (None, None))
        yield wide.cold(cold)
        yield wide.again(again)


def _starts(cast: Cast, folders: Iterator[Path]) -> Iterator[Contest]:
    """What an author waits for, and what starting costs."""
    machinery = cast.machinery

    def one(_number: int) -> Mapping[str, Entry]:
        workload = write_chain(next(folders), 1)
        return {
            NOETHER: lambda: machinery.stage_run(workload),
            **{name: partial(run, workload) for name, run in cast.others.items()},
        }

    def version() -> Taken:
        return Taken(machinery.noether("--version")[0], None)

    versions = {NOETHER: version}
    if NIX_BUILD in cast.others:
        versions[NIX_BUILD] = machinery.nix_version_command
    yield Contest("`stage run` on a changed file", one, bound=0.3)
    yield Contest("`--version`", lambda _: versions, bound=0.04, compared=False)
    for name, entry in (
        ("an empty Python", machinery.empty_python),
        ("Python with click imported", machinery.python_with_click),
        ("an empty command", machinery.empty_command),
    ):
        yield Contest(name, partial(_alone, entry), compared=False)


def _alone(entry: Entry, _number: int) -> Mapping[str, Entry]:
    return {FLOOR: entry}
