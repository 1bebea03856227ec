"""Where the time of a run went, as a table for people and a trace for a viewer."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from noether_nix.cli.giving import write_file
from noether_nix.cli.printing import say
from noether_nix.cli.safe import safely_on_one_line
from noether_nix.run.profile import Profile, TimedCall
from noether_nix.run.report import Report
from noether_nix.run.stopwatch import Stopwatch
from noether_nix.run.trace import trace_text

# The stages whose calls took longest, of which each has a line.
_MOST_STAGES = 12
_NAME_COLUMNS = 26

_ABOUT: Mapping[str, str] = {
    "start": "the process, imports, and what the words mean",
    "reading": "graph and input",
    "checking": "the graph, or what is remembered of it",
    "toolchain": "finding Nix and the interpreter",
    "planning": "policies, limits, keys, and what is to run",
    "lookup": "which results are known",
    "waiting": "for another run that computes the same",
    "nix": "beginning a build until it is sealed, and ending it",
    "calls": "from then on until the last call had ended",
    "store": "keeping results, logs and the run",
    "report": "giving the output",
    "other": "the rest",
}


class Profiling:
    """What is to be told of where the time of a run went.

    Args:
        stopwatch: took it.
        table: whether people, or programs, are to be told.
        trace: the file for a viewer, if there is to be one.
    """

    def __init__(self, stopwatch: Stopwatch, table: bool, trace: Path | None) -> None:  # noqa: FBT001
        self._stopwatch = stopwatch
        self._table = table
        self._trace = trace

    def member(self, report: Report) -> dict[str, Any]:
        """What the answer in JSON has of it."""
        return {"profile": self._stopwatch.profile(report).to_document()} if self._table else {}

    def give(self, report: Report, *, as_json: bool) -> None:
        """Print and write what was asked for.

        Raises:
            FileUnreadableError: the trace cannot be written.
        """
        profile = self._stopwatch.profile(report)
        if self._table and not as_json:
            say("\n".join(profile_lines(profile)))
        if self._trace is not None:
            write_file(self._trace, trace_text(profile, report.run).encode())


def profile_lines(profile: Profile) -> Iterator[str]:
    """The profile in lines of at most 80 columns; times in milliseconds."""
    whole = profile.seconds
    yield ""
    yield f"{'phase':<10} {'ms':>10} {'%':>4}"
    for name, spent in profile.phases.items():
        if spent:
            yield f"{name:<10} {_ms(spent):>10} {_percent(spent, whole):>4}  {_ABOUT[name]}"
    cpu = f"{_ms(profile.cpu_seconds)} ms of processor time, without Nix and calls"
    yield f"{'whole':<10} {_ms(whole):>10} {100:>4}  {cpu}"
    if profile.calls:
        yield from _call_lines(profile)


def _call_lines(profile: Profile) -> Iterator[str]:
    by_stage: dict[str, list[TimedCall]] = {}
    for call in profile.calls:
        by_stage.setdefault(call.stage_name, []).append(call)
    stages = sorted(by_stage.values(), key=_length, reverse=True)
    yield ""
    parts = "".join(f"{part:>9}" for part in ("queue", "start", "run", "output", "keep", "cpu"))
    yield f"{'call, ms':<{_NAME_COLUMNS}}{parts}"
    for calls in stages[:_MOST_STAGES]:
        times = f" x{len(calls)}" if len(calls) > 1 else ""
        name = safely_on_one_line(calls[0].stage_name, _NAME_COLUMNS - 1 - len(times))
        yield _line(f"{name}{times}", calls)
    others = [call for calls in stages[_MOST_STAGES:] for call in calls]
    if others:
        yield _line(f"{len(others)} others", others)
    at_once = "one at a time" if profile.lanes == 1 else f"at most {profile.lanes} at once"
    yield f"{len(profile.calls)} ran, {at_once}; {profile.known} known"


def _line(name: str, calls: list[TimedCall]) -> str:
    """A line for calls, added up."""
    parts = [sum(call.parts[part] for call in calls) for part in calls[0].parts]
    parts.append(sum(call.cpu_seconds or 0.0 for call in calls))
    return f"{name:<{_NAME_COLUMNS}}" + "".join(f"{_ms(part):>9}" for part in parts)


def _length(calls: list[TimedCall]) -> float:
    return sum(call.judged - call.began for call in calls)


def _ms(seconds: float) -> str:
    """A cell of at most eight characters."""
    number = seconds * 1000
    return f"{number:.1f}" if number < 1e5 else f"{number:.0f}" if number < 1e8 else f"{number:.1e}"


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.0f}"
