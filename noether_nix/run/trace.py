"""A profile in the Trace Event Format, which the trace viewers of browsers open.

Times are whole microseconds since the process began, so what lies within another still does
when it is rounded. Process 1 is ours, process 2 the sandbox with a thread for each lane.
"""

import json
from collections.abc import Iterator
from typing import Any

from noether_nix.run.profile import Profile, TimedCall

_OURS, _SANDBOX = 1, 2
_PHASES, _NIX = 1, 2


def trace_text(profile: Profile, run: str) -> str:
    """The JSON text of a trace; ASCII, whatever stages are called."""
    document = {
        "traceEvents": list(_events(profile)),
        "displayTimeUnit": "ms",
        "otherData": {"run": run, "clock": "microseconds since the process began"},
    }
    return json.dumps(document) + "\n"


def _events(profile: Profile) -> Iterator[dict[str, Any]]:
    yield _label("process_name", _OURS, 0, "noether")
    yield _label("thread_name", _OURS, _PHASES, "phases")
    spans = _Spans(profile.began)
    for one in profile.slices:
        yield spans.span(one.phase, _OURS, _PHASES, one.began, one.ended)
    if profile.builds:
        yield _label("thread_name", _OURS, _NIX, "Nix")
    for build in profile.builds:
        yield spans.span("build", _OURS, _NIX, build.began, build.ended)
        if build.stood is not None:
            yield spans.span("begin", _OURS, _NIX, build.began, build.stood)
            yield spans.span("calls", _OURS, _NIX, build.stood, build.last)
            yield spans.span("end", _OURS, _NIX, build.last, build.ended)
    if profile.calls:
        yield _label("process_name", _SANDBOX, 0, "calls")
    for lane in range(profile.lanes):
        yield _label("thread_name", _SANDBOX, lane + 1, f"lane {lane + 1}")
    for call in profile.calls:
        yield from _call(spans, call)


def _call(spans: "_Spans", call: TimedCall) -> Iterator[dict[str, Any]]:
    thread = call.lane + 1
    whole = spans.span(call.stage_name, _SANDBOX, thread, call.began, call.ended)
    facts = {f"{part}_ms": round(spent * 1000, 3) for part, spent in call.parts.items()}
    if call.cpu_seconds is not None:
        facts["cpu_ms"] = round(call.cpu_seconds * 1000, 3)
    yield whole | {"args": {"node": call.pointer, "outcome": call.outcome, **facts}}
    yield spans.span("start", _SANDBOX, thread, call.began, call.stood)
    yield spans.span("run", _SANDBOX, thread, call.stood, call.ended)


class _Spans:
    """Makes complete events, in microseconds since ``began``."""

    def __init__(self, began: float) -> None:
        self._began = began

    def span(
        self, name: str, process: int, thread: int, began: float, ended: float
    ) -> dict[str, Any]:
        first, last = self._microseconds(began), self._microseconds(ended)
        return {
            "ph": "X", "name": name, "pid": process, "tid": thread,
            "ts": first, "dur": last - first,
        }  # fmt: skip

    def _microseconds(self, moment: float) -> int:
        return round((moment - self._began) * 1e6)


def _label(kind: str, process: int, thread: int, name: str) -> dict[str, Any]:
    return {
        "ph": "M", "name": kind, "pid": process, "tid": thread, "ts": 0, "args": {"name": name},
    }  # fmt: skip
