"""What a trace viewer needs of every event of the Trace Event Format that we write."""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Whole = Annotated[int, Field(ge=0)]


class Event(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: str
    pid: Literal[1, 2]
    tid: Whole
    ts: Whole


class Span(Event):
    ph: Literal["X"]
    dur: Whole
    args: dict[str, Any] = Field(default_factory=dict)


class Label(Event):
    ph: Literal["M"]
    args: dict[Literal["name"], str]


class Trace(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    traceEvents: list[Span | Label]  # noqa: N815 - the format's own name
    displayTimeUnit: Literal["ms"]  # noqa: N815 - likewise
    otherData: dict[str, str]  # noqa: N815 - likewise

    @property
    def spans(self) -> list[Span]:
        return [event for event in self.traceEvents if isinstance(event, Span)]

    @property
    def calls(self) -> list[Span]:
        return [span for span in self.spans if "node" in span.args]


def read_trace(text: str | bytes) -> Trace:
    """The trace, every thread of which is held against the rule that its spans nest."""
    trace = Trace.model_validate(json.loads(text))
    named = {(one.pid, one.tid) for one in trace.traceEvents if one.name == "thread_name"}
    assert {(span.pid, span.tid) for span in trace.spans} <= named
    for thread in named:
        spans = [span for span in trace.spans if (span.pid, span.tid) == thread]
        around: list[int] = []
        for span in sorted(spans, key=lambda one: (one.ts, -one.dur)):
            while around and around[-1] <= span.ts:
                around.pop()
            assert not around or span.ts + span.dur <= around[-1]
            around.append(span.ts + span.dur)
    return trace
