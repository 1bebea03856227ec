"""What an onlooker is told while a run happens: a closed union, one JSON object an event."""

from typing import Any, TypeAlias

from noether_nix.frozen import dataclass
from noether_nix.run.report import Attempt, CallReport, Report

EVENTS_VERSION = 1


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The graph is sound and its calls are planned; ``pointers`` names them in plan order.

    ``stages`` counts the nodes that call a stage; there are calls for each item of a Map later.
    """

    run: str
    graph: str
    stages: int
    pointers: tuple[str, ...]
    names: tuple[str, ...]
    nix: str
    private: bool
    python: str

    def to_document(self) -> dict[str, Any]:
        """The event as NDJSON shows it."""
        return {"run": self.run, "graph": self.graph, "calls": list(self.pointers)}


@dataclass(frozen=True, slots=True)
class CallsAdded:
    """It is known how many items a node has, and its calls are planned, in plan order.

    ``pointer`` names the node, ``pointers`` its calls; ``first`` is the index of the first one.
    """

    first: int
    pointer: str
    pointers: tuple[str, ...]
    names: tuple[str, ...]

    def to_document(self) -> dict[str, Any]:
        """The event as NDJSON shows it."""
        return {"node": self.pointer, "calls": list(self.pointers)}


@dataclass(frozen=True, slots=True)
class SandboxChecked:
    """The sandbox was seen from inside to be what it must be."""

    level: str
    evidence: dict[str, Any]

    def to_document(self) -> dict[str, Any]:
        """The event as NDJSON shows it."""
        return {"level": self.level, "evidence": self.evidence}


@dataclass(frozen=True, slots=True)
class CallStarted:
    """A call runs."""

    index: int
    pointer: str

    def to_document(self) -> dict[str, Any]:
        """The event as NDJSON shows it."""
        return {"node": self.pointer}


@dataclass(frozen=True, slots=True)
class CallFailedOnce:
    """A call has failed, and is made once more after a while, as a Retry around it says."""

    index: int
    pointer: str
    attempt: Attempt

    def to_document(self) -> dict[str, Any]:
        """The event as NDJSON shows it."""
        return {"node": self.pointer, **self.attempt.to_document()}


@dataclass(frozen=True, slots=True)
class CallWaiting:
    """Another run computes this call: its result is waited for, and so are others with it."""

    index: int
    pointer: str

    def to_document(self) -> dict[str, Any]:
        """The event as NDJSON shows it."""
        return {"node": self.pointer}


@dataclass(frozen=True, slots=True)
class CallEnded:
    """A call is over; if it succeeded, its result is kept already."""

    call: CallReport

    def to_document(self) -> dict[str, Any]:
        """The event as NDJSON shows it."""
        return self.call.to_document()


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that the caller should know and that stops nothing."""

    message: str

    def to_document(self) -> dict[str, Any]:
        """The event as NDJSON shows it."""
        return {"message": self.message}


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The run is over and recorded."""

    report: Report

    def to_document(self) -> dict[str, Any]:
        """The event as NDJSON shows it; values are not repeated here."""
        report = self.report
        return {
            "run": report.run,
            "ok": report.ok,
            "counts": report.counts(),
            "seconds": round(report.seconds, 6),
        }


Event: TypeAlias = (
    RunStarted
    | CallsAdded
    | SandboxChecked
    | CallStarted
    | CallFailedOnce
    | CallWaiting
    | CallEnded
    | Warned
    | RunEnded
)

_NAMES: dict[type[Event], str] = {
    RunStarted: "run-started",
    CallsAdded: "calls-added",
    SandboxChecked: "sandbox-checked",
    CallStarted: "call-started",
    CallFailedOnce: "call-failed-once",
    CallWaiting: "call-waiting",
    CallEnded: "call-ended",
    Warned: "warned",
    RunEnded: "run-ended",
}


def event_to_document(event: Event, *, seconds: float) -> dict[str, Any]:
    """An event as one NDJSON object; ``seconds`` since the run began."""
    head = {"version": EVENTS_VERSION, "event": _NAMES[type(event)], "at": round(seconds, 6)}
    return head | event.to_document()
