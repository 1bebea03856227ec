"""The measurements as a page of Markdown, with what the machine was."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.measure import Contest, Timing
from noether_nix.process.system import read_facts

NOETHER = "noether"
PEER = "nix-build"
FLOOR = "floor"


@dataclass(frozen=True)
class Conditions:
    """When and where the measurements were taken."""

    date: str
    nix_version: str
    python_version: str
    load_before: float
    load_after: float
    note: str
    repetitions: int


def render(conditions: Conditions, results: Sequence[tuple[Contest, Mapping[str, Timing]]]) -> str:
    """The whole page."""
    facts = read_facts()
    machine = " · ".join(
        (
            conditions.date,
            f"{facts.cores} cores of {facts.cpu_model}",
            f"Linux {facts.kernel}",
            conditions.nix_version,
            f"Python {conditions.python_version} ({platform.machine()})",
            f"load {conditions.load_before:.1f} before, {conditions.load_after:.1f} after",
        )
    )
    lines = [
        "# Results",
        "",
        "Written by `just bench --markdown benchmarks/RESULTS.md`; what is measured and how is in",
        "[README.md](README.md).",
        "",
        machine,
    ]
    if conditions.note:
        lines += ["", f"**{conditions.note}**"]
    lines += [
        "",
        "Seconds of whole processes: median (quartiles). Ratio: nix-build's time to noether's in",
        "the same round, the median over the rounds in which both took part.",
        f"{conditions.repetitions} rounds, but where n says fewer.",
        "",
        "| | noether | one nix-build | ratio | floor: bare forks | promised |",
        "|---|---|---|---|---|---|",
    ]
    lines += [_row(contest, timings, conditions.repetitions) for contest, timings in results]
    return "\n".join(lines) + "\n"


def _row(contest: Contest, timings: Mapping[str, Timing], repetitions: int) -> str:
    noether, peer = timings.get(NOETHER), timings.get(PEER)
    ratio = "" if noether is None or peer is None else f"{peer.times_of(noether):.1f}"
    cells = [
        contest.name,
        _cell(noether, repetitions),
        _cell(peer, repetitions),
        ratio,
        _cell(timings.get(FLOOR), repetitions),
        _promise(contest.bound, noether),
    ]
    return f"| {' | '.join(cells)} |"


def _cell(timing: Timing | None, repetitions: int) -> str:
    if timing is None:
        return ""
    low, high = timing.quartiles
    few = f", n={len(timing.seconds)}" if len(timing.seconds) < repetitions else ""
    return f"{timing.median:.3f} ({low:.3f} to {high:.3f}{few})"


def _promise(bound: float | None, timing: Timing | None) -> str:
    if bound is None or timing is None:
        return ""
    return f"≤ {bound:g}: {'kept' if timing.median <= bound else 'BROKEN'}"


def load_now() -> float:
    """How many processes wanted to run in the last minute."""
    return os.getloadavg()[0]
