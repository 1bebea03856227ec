"""Why a run has no output, call by call, for the person who must mend it."""

import shlex
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from noether_nix.cli.safe import decode_safely, safely, safely_on_one_line
from noether_nix.cli.show import size_in_words
from noether_nix.run.measures import measures_in_words
from noether_nix.run.outcome import find_outcome, outcome_in_words
from noether_nix.run.report import CallReport, Report

Again: TypeAlias = Callable[[CallReport], Sequence[str]]
"""The words of a command that has one call of a run again."""

LogReader: TypeAlias = Callable[[CallReport], bytes | None]
"""What a call printed."""

# Where a limit was passed, or may have been, it helps to see what was used of all of them.
_OF_LIMITS = {
    "timed-out", "cpu-exceeded", "memory-exceeded", "output-too-large", "log-too-large", "killed",
}  # fmt: skip

_SHOWN = 5
_TRACE_LINES = 24
_TAIL_BYTES, _TAIL_LINES, _LINE = 4096, 10, 300
_PLACE = 4000


def failure_lines(report: Report, again: Again | None, logs: LogReader) -> Iterator[str]:
    """Each failed call: what happened, where, with which input, and how to have it again."""
    failures = report.failures
    for call in failures[:_SHOWN]:
        yield ""
        yield from _call_lines(call, report, again, logs)
    if len(failures) > _SHOWN:
        yield ""
        more = len(failures) - _SHOWN
        calls = "1 more call failed; --json lists it too"
        yield f"and {calls if more == 1 else f'{more} more calls failed; --json lists all of them'}"


def _call_lines(
    call: CallReport, report: Report, again: Again | None, logs: LogReader
) -> Iterator[str]:
    words = outcome_in_words(call.outcome, call.detail)
    yield safely_on_one_line(f"✗ {call.stage_name} at {call.pointer}: {call.outcome}", _PLACE)
    yield f"    {safely_on_one_line(words, 400)}"
    trace = call.detail.get("traceback")
    if isinstance(trace, str):
        yield from (f"    | {line}".rstrip() for line in _end_of(trace))
    if call.input_summary is not None:
        yield f"    input: {safely_on_one_line(call.input_summary, 300)}"
    if call.log_bytes:
        size = size_in_words(call.log_bytes)
        yield f"    printed {size}: {_command('logs', report, call)}"
        for line in _last_lines(logs(call) or b""):
            yield f"    > {line if len(line) <= _LINE else f'{line[:_LINE]}…'}"
    code = find_outcome(call.outcome, call.detail)
    if call.limits and (call.outcome in _OF_LIMITS or "hint" in call.detail):
        yield f"    used: {measures_in_words(call.limits)}"
    if hint := call.detail.get("hint") or code.remedy:
        yield f"    hint: {hint}"
    if code.about and call.outcome != "stage-raised":  # whose traceback says it all
        yield f"    more: noether explain {code.name}"
    yield f"    look around: {_command('shell', report, call)}"
    if again is not None:
        yield f"    again: {safely_on_one_line(shlex.join(again(call)), 4000)}"


def _command(name: str, report: Report, call: CallReport) -> str:
    """What to type to have more of a call; names in graphs may hold what a shell would run."""
    return safely_on_one_line(shlex.join(("noether", name, report.run, call.pointer)), _PLACE)


def _end_of(trace: str) -> list[str]:
    """The last lines of a traceback; of a longer one the first of them is an ellipsis."""
    lines = safely(trace.rstrip()).splitlines()
    return lines if len(lines) <= _TRACE_LINES else ["…", *lines[1 - _TRACE_LINES :]]


def _last_lines(log: bytes) -> list[str]:
    """The last lines of what a call printed, whole ones if there are any."""
    lines = decode_safely(log[-_TAIL_BYTES:]).splitlines()
    if len(log) > _TAIL_BYTES and len(lines) > 1:
        del lines[0]  # the bytes begin in the middle of it
    return lines[-_TAIL_LINES:]
