"""Measure noether beside one plain nix-build and other tools, and write a page of tables.

Needs what noether needs; peers that scripts/peers has not installed are said to be absent. A
measurement in which something was not what it must be (a call known already, a weaker sandbox,
another value than the others') ends everything.
"""

import argparse
import datetime
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.cast import FLOOR, NOETHER, Cast, names_of
from benchmarks.contestants import BenchmarkError, Machinery
from benchmarks.contests import all_contests
from benchmarks.measure import Contest, Rounds, Timing, hold
from benchmarks.memory import Peak, peak_of
from benchmarks.table import Conditions, Results, load_now, render
from benchmarks.workloads import write_wide

_WORKLOADS = ("chain", "wide", "slow", "large", "map", "start", "memory")

# Sizes and how often: the whole, and with --quick.
_NUMBERS = {
    "repetitions": (7, 2, "rounds"),
    "patience": (120, 20, "seconds of one contest after which a peer goes home"),
    "longest": (900, 60, "a peer that would take longer on a wide graph is left out"),
    "chain": (50, 10, "calls in the chain"),
    "slow": (200, 20, "calls beside a slow one"),
    "large": (20, 3, "calls in the chain of 1 MB values"),
    "map": (5000, 20, "items of the Map"),
}
_WIDE = ((100, 1000, 10_000), (10, 50))


def read_arguments(words: Sequence[str]) -> argparse.Namespace:
    """The command line; ``--quick`` is for trying, and says so in the names of its lines."""
    parser = argparse.ArgumentParser(prog="benchmarks/run.py", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, smaller graphs")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the page there")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every timing there")
    parser.add_argument("--note", default="", help="a sentence about the conditions")
    parser.add_argument("--home", type=Path, help="a home to use; without it a new one")
    parser.add_argument("--peers", default="all", metavar="NAMES", help="all, none, or a,b,…")
    parser.add_argument(
        "--workloads",
        type=lambda text: text.split(","),
        default=_WORKLOADS,
        help=f"of {','.join(_WORKLOADS)}",
    )
    for name, (whole, quick, what) in _NUMBERS.items():
        parser.add_argument(f"--{name}", type=int, help=f"{what} ({whole}; quick: {quick})")
    parser.add_argument(
        "--wide",
        type=lambda text: tuple(int(size) for size in text.split(",")),
        metavar="SIZES",
        help="calls side by side (100,1000,10000; quick: 10,50)",
    )
    chosen = parser.parse_args(words)
    if unknown := set(chosen.workloads) - set(_WORKLOADS):
        parser.error(f"no workload is called {', '.join(sorted(unknown))}")
    for name, pair in {**_NUMBERS, "wide": _WIDE}.items():
        if getattr(chosen, name) is None:
            setattr(chosen, name, pair[chosen.quick])
    return chosen


def main(words: Sequence[str]) -> int:
    """Measure, print the page, write it if asked to."""
    chosen = read_arguments(words)
    with tempfile.TemporaryDirectory(prefix="noether-bench-") as folder:
        try:
            conditions, results = measure(chosen, Path(folder))
        except BenchmarkError as error:
            print(f"nothing was measured: {error}", file=sys.stderr)
            return 1
    page = render(conditions, results)
    print(page)
    if chosen.markdown is not None:
        chosen.markdown.write_text(page, encoding="utf-8")
    if chosen.json is not None:
        timings = {contest.name: _by_round(held) for contest, held in results}
        chosen.json.write_text(json.dumps(timings, indent=1), encoding="utf-8")
    return 0


def measure(chosen: argparse.Namespace, scratch: Path) -> tuple[Conditions, Results]:
    """All contests.

    Raises:
        BenchmarkError: a contestant did not do what is measured.
    """
    names = names_of(chosen.peers)
    load = load_now()
    machinery = Machinery.prepare(chosen.home or scratch / "home")
    cast = Cast.choose(machinery, names)
    rounds = Rounds(chosen.repetitions, chosen.patience, always=(NOETHER, FLOOR))
    results: list[tuple[Contest, Mapping[str, Timing]]] = []
    try:
        results.extend(
            (contest, hold(contest, rounds, _say))
            for contest in all_contests(cast, scratch, chosen)
        )
    finally:
        cast.close()
    memory = {}
    if "memory" in chosen.workloads:
        memory = {size: _peak(scratch, size) for size in chosen.wide}
    conditions = Conditions(
        date=datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        nix_version=machinery.nix_version,
        python_version=machinery.interpreter.version,
        load_before=load,
        load_after=load_now(),
        note=chosen.note,
        repetitions=chosen.repetitions,
        contestants=cast.contestants,
        memory=memory,
    )
    return conditions, results


def _peak(scratch: Path, size: int) -> Peak:
    peak = peak_of(write_wide(scratch / f"memory-{size}", size))
    _say(f"memory at wide-{size}: {peak.total / 1e6:.0f} MB in {peak.samples} samples")
    return peak


def _by_round(held: Mapping[str, Timing]) -> dict[str, Mapping[int, float]]:
    return {name: timing.by_round for name, timing in held.items()}


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
