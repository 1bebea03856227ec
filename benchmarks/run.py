"""Measure noether beside one plain nix-build of the same graph, and write a table.

Needs what noether needs and nothing else. A measurement in which a call was not what it must be
(known already, not in the full sandbox, another value than the peer's) ends everything.
"""

import argparse
import datetime
import itertools
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.contestants import BenchmarkError, Machinery, Taken
from benchmarks.measure import Contest, Entry, hold
from benchmarks.table import FLOOR, NOETHER, PEER, Conditions, load_now, render
from benchmarks.workloads import Workload, edit_one, write_chain, write_wide


class Contests:
    """Every contest, on workloads of these sizes in folders below ``scratch``."""

    def __init__(self, machinery: Machinery, scratch: Path, sizes: argparse.Namespace) -> None:
        self._machinery = machinery
        self._scratch = scratch
        self._sizes = sizes
        self._numbers = itertools.count()

    def all(self) -> list[Contest]:
        """In the order of the table."""
        sizes, machinery = self._sizes, self._machinery
        known = self._known(write_chain(self._folder(), sizes.known))
        edited = self._known(write_chain(self._folder(), sizes.chain))
        start = {NOETHER: lambda: Taken(machinery.noether("--version")[0], None)}
        few = {PEER: sizes.slow}
        return [
            Contest(f"chain-{sizes.chain}, cold", self._chain, bound=self._promise(0.45)),
            Contest(f"wide-{sizes.wide}, cold", self._wide, bound=self._promise(2.2), fewer=few),
            Contest(
                f"{sizes.known} calls, nothing changed",
                lambda: self._again(known),
                bound=self._promise(0.15),
            ),
            Contest(
                f"chain-{sizes.chain}, one stage edited, same value", lambda: self._edit(edited)
            ),
            Contest("`stage run` on a changed file", self._one, bound=self._promise(0.3)),
            Contest(
                "`--version`",
                lambda: {**start, PEER: machinery.nix_version_command},
                compared=False,
            ),
            Contest("an empty Python", lambda: {FLOOR: machinery.empty_python}, compared=False),
            Contest(
                "Python with click imported",
                lambda: {FLOOR: machinery.python_with_click},
                compared=False,
            ),
            Contest("an empty command", lambda: {FLOOR: machinery.empty_command}, compared=False),
        ]

    def _promise(self, seconds: float) -> float | None:
        # Promises are about the whole sizes.
        return None if self._sizes.quick else seconds

    def _chain(self) -> Mapping[str, Entry]:
        return self._cold(write_chain(self._folder(), self._sizes.chain))

    def _wide(self) -> Mapping[str, Entry]:
        return self._cold(write_wide(self._folder(), self._sizes.wide))

    def _cold(self, workload: Workload) -> Mapping[str, Entry]:
        machinery = self._machinery
        return {
            NOETHER: lambda: machinery.run(workload, new=workload.calls),
            PEER: lambda: machinery.nix_build(workload),
            FLOOR: lambda: machinery.fork_loop(workload),
        }

    def _known(self, workload: Workload) -> Workload:
        """The workload, run by both."""
        self._machinery.run(workload, new=workload.calls)
        self._machinery.run(workload, new=0)
        self._machinery.nix_build(workload)
        return workload

    def _again(self, workload: Workload) -> Mapping[str, Entry]:
        machinery = self._machinery
        return {
            NOETHER: lambda: machinery.run(workload, new=0),
            PEER: lambda: machinery.nix_build(workload),
        }

    def _edit(self, workload: Workload) -> Mapping[str, Entry]:
        machinery = self._machinery
        edit_one(workload)
        return {
            NOETHER: lambda: machinery.run(workload, new=1),
            PEER: lambda: machinery.nix_build(workload),
        }

    def _one(self) -> Mapping[str, Entry]:
        machinery, workload = self._machinery, write_chain(self._folder(), 1)
        return {
            NOETHER: lambda: machinery.stage_run(workload),
            PEER: lambda: machinery.nix_build(workload),
            FLOOR: lambda: machinery.fork_loop(workload),
        }

    def _folder(self) -> Path:
        return self._scratch / f"workload-{next(self._numbers)}"


def read_arguments(words: list[str]) -> argparse.Namespace:
    """The command line; ``--quick`` is for trying, and says so in the names of its lines."""
    parser = argparse.ArgumentParser(prog="benchmarks/run.py", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, smaller graphs")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table there")
    parser.add_argument("--note", default="", help="a sentence about the conditions")
    parser.add_argument("--home", type=Path, help="a home to use; without it a new one")
    parser.add_argument("--repetitions", type=int, help="rounds (7; quick: 2)")
    parser.add_argument("--slow", type=int, help="rounds of the peer on the wide graph (3; 1)")
    parser.add_argument("--chain", type=int, help="calls in the chain (50; 10)")
    parser.add_argument("--wide", type=int, help="calls side by side (1000; 50)")
    parser.add_argument("--known", type=int, help="calls of which nothing changed (100; 10)")
    chosen = parser.parse_args(words)
    defaults = {"repetitions": (7, 2), "slow": (3, 1), "chain": (50, 10), "wide": (1000, 50)}
    for name, pair in {**defaults, "known": (100, 10)}.items():
        if getattr(chosen, name) is None:
            setattr(chosen, name, pair[chosen.quick])
    return chosen


def main(words: list[str]) -> int:
    """Measure, print the table, write it if asked to."""
    chosen = read_arguments(words)
    with tempfile.TemporaryDirectory(prefix="noether-bench-") as folder:
        scratch = Path(folder)
        try:
            page = measure(chosen, scratch)
        except BenchmarkError as error:
            print(f"nothing was measured: {error}", file=sys.stderr)
            return 1
    print(page)
    if chosen.markdown is not None:
        chosen.markdown.write_text(page, encoding="utf-8")
    return 0


def measure(chosen: argparse.Namespace, scratch: Path) -> str:
    """The page of all contests.

    Raises:
        BenchmarkError: a contestant did not do what is measured.
    """

    def say(words: str) -> None:
        print(words, file=sys.stderr)

    load = load_now()
    machinery = Machinery.prepare(chosen.home or scratch / "home")
    contests = Contests(machinery, scratch, chosen).all()
    results = [(contest, hold(contest, chosen.repetitions, say)) for contest in contests]
    conditions = Conditions(
        date=datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        nix_version=machinery.nix_version,
        python_version=machinery.interpreter.version,
        load_before=load,
        load_after=load_now(),
        note=chosen.note,
        repetitions=chosen.repetitions,
    )
    return render(conditions, results)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
