"""Why a run has no output, call by call, for the person who must mend it."""

import shlex
from collections.abc import Iterator

from noether_nix.cli.safe import safely, safely_on_one_line
from noether_nix.run.outcome import OUTCOMES, outcome_in_words
from noether_nix.run.report import CallReport, Report

_SHOWN = 5


def failure_lines(report: Report, graph: str) -> Iterator[str]:
    """Each failed call: what happened, where, with which input, and how to have it again."""
    failures = report.failures
    for call in failures[:_SHOWN]:
        yield ""
        yield from _call_lines(call, report, graph)
    if len(failures) > _SHOWN:
        yield ""
        yield f"and {len(failures) - _SHOWN} more calls failed; --json lists all of them"


def _call_lines(call: CallReport, report: Report, graph: str) -> Iterator[str]:
    words = outcome_in_words(call.outcome, call.detail)
    yield f"✗ {call.stage_name} at {call.pointer}: {call.outcome}"
    yield f"    {safely_on_one_line(words, 400)}"
    trace = call.detail.get("traceback")
    if isinstance(trace, str):
        for line in safely(trace.rstrip()).splitlines()[-24:]:
            yield f"    | {line}"
    if call.input_summary is not None:
        yield f"    input: {safely_on_one_line(call.input_summary, 300)}"
    if call.log_bytes:
        yield f"    printed {call.log_bytes} bytes: noether logs {report.run} {call.pointer}"
    if remedy := OUTCOMES[call.outcome].remedy:
        yield f"    hint: {remedy}"
    if graph != "-":
        yield f"    again: noether run {shlex.quote(graph)} --only {shlex.quote(call.pointer)}"
