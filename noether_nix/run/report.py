"""What a run did: every call's end, and the output if there is one."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from noether_nix.errors import CallFailedError
from noether_nix.frozen import dataclass, field

if TYPE_CHECKING:
    from noether_nix.inside.contract import Json

SUCCEEDED: Final = "succeeded"
INTERRUPTED: Final = "interrupted"
NOT_TAKEN: Final = "not-taken"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try of a call that failed, and after which another one followed.

    Attributes:
        number: from 1.
        message: how it ended, in words.
        seconds: how long it ran.
        pause_seconds: how long it was until the next one.
    """

    number: int
    outcome: str
    message: str
    seconds: float
    pause_seconds: float

    def to_document(self) -> dict[str, Any]:
        """The try as `--json` shows it."""
        return {
            "attempt": self.number,
            "outcome": self.outcome,
            "message": self.message,
            "seconds": self.seconds,
            "pause_seconds": self.pause_seconds,
        }


@dataclass(frozen=True, slots=True)
class CallReport:
    """How one call ended.

    Attributes:
        pointer: the name of its node.
        outcome: of the closed set of design 5 and 11.7.
        cached: the result was known and nothing ran.
        seconds: how long it ran; None when nothing ran.
        key: the path of its derivation; None when its input never came to be.
        because: the node that made this call be skipped.
        detail: the facts of an outcome that is not ``succeeded``.
        used: what was measured of a call that ran, by name with unit.
        limits: of a call that ran, every limit with ``used`` and ``limit``.
        input_summary: the beginning of the input of a call that failed.
        value_sha256: of the encoded result.
        attempts: the tries before the last one.
    """

    index: int
    pointer: str
    stage_name: str
    stage_id: str
    outcome: str
    cached: bool = False
    seconds: float | None = None
    key: str | None = None
    because: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    used: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    input_summary: str | None = None
    value_sha256: str | None = None
    log_bytes: int = 0
    origin: str | None = None
    attempts: tuple[Attempt, ...] = ()

    @property
    def was_stopped(self) -> bool:
        """Whether it did not end because the caller stopped the run, and not by its time."""
        return self.outcome == INTERRUPTED and "limit" not in self.detail

    @property
    def ok(self) -> bool:
        """Whether there is a result."""
        return self.outcome == SUCCEEDED

    @property
    def is_well(self) -> bool:
        """Whether there is a result, or none is wanted."""
        return self.outcome in (SUCCEEDED, NOT_TAKEN)

    def to_document(self) -> dict[str, Any]:
        """The call as `--json` shows it (design 11.5)."""
        document = {
            "node": self.pointer,
            "stage": {"name": self.stage_name, "id": self.stage_id},
            "outcome": self.outcome,
            "cached": self.cached,
            "seconds": self.seconds,
            "key": self.key,
            "because": self.because,
            "detail": dict(self.detail),
            "used": dict(self.used),
            "limits": {name: dict(both) for name, both in self.limits.items()},
            "log_bytes": self.log_bytes,
        }
        if self.attempts:
            document["attempts"] = [attempt.to_document() for attempt in self.attempts]
        return document


@dataclass(frozen=True, slots=True)
class Report:
    """One execution of a graph.

    Attributes:
        run: the name under which it is recorded.
        graph: the graph's short name.
        graph_id: of what it composes, with stages by their ids.
        composition_id: of what was written, with stages by the names that stand there.
        calls: every call in plan order.
        encoded: the output's encoding, exactly as calls see values; None unless all is well.
        sandbox: the isolation level of what ran and of the results that were known.
        nix: the Nix that ran or would run, as it names itself.
        toolchain: ``provider``, ``path`` and ``version`` of the interpreter.
        interrupted: the run was stopped before all of its calls had ended.
        fault: why there is no output though no call failed, in words.
        fault_hint: what would help; empty where that cannot be said.
    """

    run: str
    graph: str
    graph_id: str
    composition_id: str
    calls: Sequence[CallReport]
    encoded: bytes | None
    seconds: float
    sandbox: str
    nix: str
    toolchain: Mapping[str, str]
    warnings: Sequence[str] = ()
    interrupted: bool = False
    fault: str | None = None
    fault_hint: str = ""

    def __repr__(self) -> str:
        # One line in a notebook or a failed test, where the output may be megabytes.
        counts = [f"{count} {sort}" for sort, count in self.counts().items() if count]
        state = "ok" if self.ok else "no output"
        calls = ", ".join(counts[1:]) or "no calls"
        return f"<Report {self.run} of {self.graph!r}: {state}; {calls}; {self.seconds:.2f} s>"

    @property
    def ok(self) -> bool:
        """Whether there is an output."""
        return self.encoded is not None

    @property
    def output(self) -> "Json":
        """The graph's output.

        Raises:
            CallFailedError: there is none; says which call failed.
        """
        self.raise_for_failure()
        assert self.encoded is not None
        value: Json = json.loads(self.encoded)
        return value

    @property
    def failures(self) -> list[CallReport]:
        """The calls that failed themselves, in plan order."""
        others = (SUCCEEDED, "skipped", NOT_TAKEN)
        return [one for one in self.calls if one.outcome not in others and not one.was_stopped]

    def raise_for_failure(self) -> None:
        """Raise unless there is an output.

        Raises:
            CallFailedError: naming the first call that failed.
        """
        if self.ok:
            return
        from noether_nix.run.outcome import find_outcome, outcome_in_words

        failed = self.failures
        if not failed:
            because = f": {self.fault}" if self.fault else ""
            raise CallFailedError(f"run {self.run} has no output{because}", hint=self.fault_hint)
        first = failed[0]
        words = outcome_in_words(first.outcome, first.detail)
        more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        raise CallFailedError(
            f"{first.stage_name} at {first.pointer}: {words}{more}",
            hint=first.detail.get("hint") or find_outcome(first.outcome, first.detail).remedy,
        )

    def counts(self) -> dict[str, int]:
        """How many calls there are of each sort: calls, run, known, failed, skipped.

        And, where there are any, interrupted (of a run that was stopped) and not_taken.
        """
        known = sum(call.cached for call in self.calls)
        skipped = sum(call.outcome == "skipped" for call in self.calls)
        interrupted = sum(call.was_stopped for call in self.calls)
        untaken = sum(call.outcome == NOT_TAKEN for call in self.calls)
        counts = {
            "calls": len(self.calls),
            "run": len(self.calls) - known - skipped - interrupted - untaken,
            "known": known,
            "failed": len(self.failures),
            "skipped": skipped,
        }
        if interrupted:
            counts["interrupted"] = interrupted
        if untaken:
            counts["not_taken"] = untaken
        return counts

    def to_document(self) -> dict[str, Any]:
        """The report as `--json` shows it; ``output`` is there only when all is well."""
        document: dict[str, Any] = {"ok": self.ok, "run": self.run}
        if self.ok:
            document["output"] = self.output
        document |= {
            "graph": {
                "name": self.graph,
                "id": self.graph_id,
                "composition": self.composition_id,
            },
            "calls": [call.to_document() for call in self.calls],
            "counts": self.counts(),
            "seconds": round(self.seconds, 6),
            "sandbox": self.sandbox,
            "nix": self.nix,
            "toolchain": dict(self.toolchain),
        }
        return document
