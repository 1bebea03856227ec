"""The measurements as a page of Markdown, with what the machine was."""

import itertools
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.cast import FLOOR, NOETHER, Contestant
from benchmarks.measure import Contest, Timing
from benchmarks.memory import Peak
from noether_nix.process.system import read_facts

_INTRODUCTION = """\
Written by `just bench --markdown benchmarks/RESULTS.md`; what is measured and how is in
[README.md](README.md), what the peers run and why some are faster in [peers](peers/README.md)."""

_OF_MEDIANS = """\
Seconds of whole processes, the median of all rounds. In parentheses how many times noether's they
are, the median over the rounds in which both took part: **below 1 noether is slower**."""

_OF_FASTER = """\
## Where a peer is faster

Its seconds as parts of noether's. Why is in
[peers](peers/README.md#why-a-peer-is-faster-where-it-is)."""

_OF_MEMORY = """\
## Memory

The most that all processes of noether had at one time, the calls in the sandbox aside: the sum of
their resident sets, looked at every 20 ms in a run of its own. Promised at 10,000 calls: 300 MB."""

_CALLS_OF_MEMORY = 10_000
_MOST_MEMORY = 300_000_000

# How far apart the time a call may be, from size to size.
_APART = 1.25

Results = Sequence[tuple[Contest, Mapping[str, Timing]]]


@dataclass(frozen=True)
class Conditions:
    """When and where the measurements were taken, and who took part."""

    date: str
    nix_version: str
    python_version: str
    load_before: float
    load_after: float
    note: str
    repetitions: int
    contestants: Sequence[Contestant]
    memory: Mapping[int, Peak] = field(default_factory=dict)


def render(conditions: Conditions, results: Results) -> str:
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
    sections = [
        "# Results",
        _INTRODUCTION,
        machine,
        f"**{conditions.note}**" if conditions.note else "",
        _contestants(conditions.contestants),
        "## Medians",
        _OF_MEDIANS,
        _medians(conditions.contestants, results),
        _sandboxed(conditions.contestants, results),
        _faster(results),
        _linear(conditions.contestants, results),
        _memory(conditions.memory),
        "## Every timing",
        f"{conditions.repetitions} rounds, but where n says fewer: what is slow goes home early.",
        _timings(results),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _contestants(contestants: Sequence[Contestant]) -> str:
    rows = [[who.name, who.absent or who.version, who.isolation] for who in contestants]
    return table(["", "version", "isolation of a call"], rows)


def _medians(contestants: Sequence[Contestant], results: Results) -> str:
    others = [who for who in contestants if who.name != NOETHER]
    rows = []
    for contest, timings in results:
        noether = timings.get(NOETHER)
        row = [
            contest.name,
            " ".join((_seconds(noether.median) if noether else "", *contest.remarks.values())),
            _promise(contest.bound, noether),
        ]
        row += [
            who.absent or contest.left_out.get(who.name, "") or _cell(who, timings)
            for who in others
        ]
        rows.append(row)
    return table(["", NOETHER, "promised", *(who.name for who in others)], rows)


def _cell(who: Contestant, timings: Mapping[str, Timing]) -> str:
    timing, noether = timings.get(who.name), timings.get(NOETHER)
    if timing is None:
        return ""
    times = "" if noether is None else f" ({_ratio(timing.times_of(noether))})"
    return _seconds(timing.median) + times


def _promise(bound: float | None, timing: Timing | None) -> str:
    if bound is None or timing is None:
        return ""
    return f"≤ {bound:g}: {'kept' if timing.median <= bound else 'BROKEN'}"


def _sandboxed(contestants: Sequence[Contestant], results: Results) -> str:
    """By how much the fastest peer that isolates its calls is behind, of a cold chain."""
    names = [who.name for who in contestants if not who.isolation.startswith(("none", "full"))]
    lines = []
    for contest, timings in results:
        taking_part = [name for name in names if name in timings]
        if contest.name.endswith(", cold") and taking_part:
            first = min(taking_part, key=lambda name: timings[name].times_of(timings[NOETHER]))
            times = timings[first].times_of(timings[NOETHER])
            words = f"- {contest.name}: {first}, {times:.1f} times noether's seconds"
            if contest.margin is not None:
                kept = "kept" if times >= contest.margin else "BROKEN"
                words += f", promised {contest.margin:g}: {kept}"
            lines.append(words)
    return "\n".join(["The fastest peer that isolates calls:", "", *lines]) if lines else ""


def _faster(results: Results) -> str:
    """Where noether is not the first."""
    lines = []
    for contest, timings in results:
        noether = timings.get(NOETHER)
        if noether is None or not contest.compared:
            continue
        times = {
            name: timing.times_of(noether)
            for name, timing in timings.items()
            if name not in (NOETHER, FLOOR)
        }
        faster = sorted((ratio, name) for name, ratio in times.items() if ratio < 1)
        if faster:
            told = ", ".join(f"{name} {_ratio(ratio)}" for ratio, name in faster)
            lines.append(f"- {contest.name}: {told}")
    return "\n".join([_OF_FASTER, "", *lines]) if lines else ""


def _linear(contestants: Sequence[Contestant], results: Results) -> str:
    """Milliseconds a call by size: in all, and of the calls by which a size is larger."""
    cold = [
        (contest.calls, timings)
        for contest, timings in results
        if contest.name.startswith("wide-") and contest.name.endswith(", cold") and contest.calls
    ]
    if len(cold) < 2:
        return ""
    rows = []
    for name in (who.name for who in contestants):
        measured = [
            (calls, timings[name].median) if name in timings else None for calls, timings in cold
        ]
        if not any(measured):
            continue
        row = [name, *(f"{1000 * one[1] / one[0]:.2f}" if one else "" for one in measured)]
        for less, more in itertools.pairwise(measured):
            further = less and more and (more[1] - less[1]) / (more[0] - less[0])
            row.append("" if further is None else f"{1000 * further:.2f}")
        rows.append(row)
    sizes = [calls for calls, _ in cold]
    head = ["", *(f"{calls} calls" for calls in sizes)]
    head += [f"further calls, {less} to {more}" for less, more in itertools.pairwise(sizes)]
    page = f"## Linear\n\nMilliseconds a call, side by side and cold.\n\n{table(head, rows)}"
    by_call = [timings[NOETHER].median / calls for calls, timings in cold if NOETHER in timings]
    apart = max(by_call) / min(by_call)
    kept = "kept" if apart <= _APART else "BROKEN"
    return (
        f"{page}\n\nnoether's largest is {apart:.2f} times its smallest, promised {_APART}: {kept}."
    )


def _memory(memory: Mapping[int, Peak]) -> str:
    if not memory:
        return ""
    lines = []
    for calls, peak in memory.items():
        programs = sorted(peak.by_program.items(), key=lambda pair: -pair[1])
        told = ", ".join(f"{name} {size / 1e6:.0f}" for name, size in programs)
        promise = ""
        if calls == _CALLS_OF_MEMORY:
            promise = f": {'kept' if peak.total <= _MOST_MEMORY else 'BROKEN'}"
        lines.append(f"- wide-{calls}, cold: {peak.total / 1e6:.0f} MB{promise} ({told})")
    return "\n".join([_OF_MEMORY, "", *lines])


def _timings(results: Results) -> str:
    rows = []
    for contest, timings in results:
        for name, timing in timings.items():
            low, high = timing.quartiles
            row = [contest.name, name, _seconds(timing.median)]
            row += [f"{_seconds(low)} to {_seconds(high)}", str(len(timing.seconds))]
            for other in (NOETHER, FLOOR):
                both = other in timings and name != other
                row.append(_ratio(timing.times_of(timings[other])) if both else "")
            rows.append(row)
    head = ["", "who", "median", "quartiles", "n", "times noether's", "times bare forks'"]
    return table(head, rows)


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}" if seconds < 10 else f"{seconds:.1f}"


def _ratio(times: float) -> str:
    return f"{times:.0f}" if times >= 10 else f"{times:.1f}" if times >= 1 else f"{times:.2f}"


def load_now() -> float:
    """How many processes wanted to run in the last minute."""
    return os.getloadavg()[0]
