"""The lines in which a run is told while it happens."""

from noether_nix.cli.safe import safely_on_one_line
from noether_nix.run.events import CallFailedOnce, CallWaiting, RunStarted
from noether_nix.run.labels import label_of
from noether_nix.run.report import CallReport

_WAITING = "waiting for another run of it"
ONCE_MORE = "tried once more, in case the machine was to blame"


def header(started: RunStarted, level: str) -> str:
    """The line that says what runs, and in what."""
    store = "private store" if started.private else "machine's store"
    count = "1 stage" if started.stages == 1 else f"{started.stages} stages"
    return safely_on_one_line(
        f"{started.graph}  {count}, types fit, sandbox {level} ({started.nix}, {store}), "
        f"Python {started.python}"
    )


def delay_line(label: str, why: str) -> str:
    """The line that says why a call takes longer than one would think."""
    return safely_on_one_line(f"… {label:<24} {why}")


def delay_of(label: str, event: CallFailedOnce | CallWaiting) -> str:
    """The line that says that a call is waited for: another run's, or another try of it."""
    if isinstance(event, CallWaiting):
        return delay_line(label, _WAITING)
    attempt = event.attempt
    words = safely_on_one_line(f"{attempt.outcome}: {attempt.message}", 160)
    return f"↻ {safely_on_one_line(label):<24} {words}; again in {attempt.pause_seconds:g} s"


def call_line(call: CallReport, *, verbose: bool = False) -> str:
    """One call that has ended, on one line; ``verbose``, with another one on what it used."""
    if verbose and call.limits:
        from noether_nix.run.measures import measures_in_words

        return f"{call_line(call)}\n    used: {measures_in_words(call.limits)}"
    label = label_of(call.stage_name, call.pointer)
    if call.outcome == "not-taken":
        return f"· {label:<24} not taken"
    if call.ok:
        took = "known" if call.cached else f"{call.seconds or 0:.2f} s"
        return f"✓ {label:<24} {took}"
    from noether_nix.run.outcome import outcome_in_words

    words = safely_on_one_line(outcome_in_words(call.outcome, call.detail), 160)
    sign = "·" if call.outcome == "skipped" else "✗"
    return f"{sign} {label:<24} {call.outcome}: {words}"
