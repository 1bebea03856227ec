"""A report as the ledger keeps it."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping

from noether_nix.ledger.ledger import Ledger
from noether_nix.ledger.model import Call, RunEnd, RunState
from noether_nix.run.report import CallReport, Report


def write_report(
    ledger: Ledger,
    report: Report,
    state: RunState,
    now: float,
    written: Collection[int] = frozenset(),
) -> None:
    """Write how a run ended, and each of its calls but those that are ``written`` already."""
    write_calls(ledger, report.run, (one for one in report.calls if one.index not in written))
    encoded = report.encoded
    ledger.end_run(
        report.run,
        RunEnd(
            ended=now,
            state=state,
            seconds=report.seconds,
            counts=json.dumps(report.counts()),
            output_sha256=None if encoded is None else hashlib.sha256(encoded).hexdigest(),
            level=report.sandbox,
        ),
    )


def write_calls(ledger: Ledger, run: str, calls: Iterable[CallReport]) -> None:
    """Write how calls ended."""
    ledger.record_calls(run, [_to_call(call) for call in calls])


def _used(call: CallReport) -> Mapping[str, object]:
    if not (call.limits or call.attempts):
        return call.used
    used: dict[str, object] = dict(call.used)
    if call.limits:
        used["limits"] = call.limits
    if call.attempts:
        used["attempts"] = [attempt.to_document() for attempt in call.attempts]
    return used


def _text(facts: Mapping[str, object]) -> str:
    return json.dumps(dict(facts)) if facts else "{}"


def _to_call(call: CallReport) -> Call:
    return Call(
        number=call.index,
        pointer=call.pointer,
        stage_id=call.stage_id,
        stage_name=call.stage_name,
        key=call.key,
        outcome=call.outcome,
        cached=call.cached,
        seconds=call.seconds,
        used=_text(_used(call)),
        detail=_text(call.detail),
        value_sha256=call.value_sha256,
        log_bytes=call.log_bytes,
    )
