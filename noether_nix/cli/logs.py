"""`noether logs`: what the calls of a run printed."""

from collections.abc import Sequence
from typing import Any

import click

from noether_nix.cli.lazy import example
from noether_nix.cli.options import json_option
from noether_nix.cli.printing import tell
from noether_nix.cli.safe import decode_safely, safely_on_one_line
from noether_nix.cli.settings import load_settings
from noether_nix.cli.show import note, show_json
from noether_nix.ledger.model import Call
from noether_nix.run.house import House
from noether_nix.run.reading import CallLog, call_logs, find_call


@click.command(
    epilog=example(
        "noether logs last",
        "noether logs last /root/stages/1",
        "noether logs 20260801-101500-a1b2c3 count_words",
    )
)
@click.argument("run", metavar="RUN|last")
@click.argument("node", required=False)
@json_option
def logs(run: str, node: str | None, *, as_json: bool) -> None:
    """Print what the calls of a run printed, or what the one at NODE did.

    NODE is a name as `noether graph show --format nodes` prints it, or that of a stage. What
    could act on a terminal is written out.
    """
    with House(load_settings(), say=note, frugal=True) as house:
        found = house.ledger.find_run(run)
        calls = house.ledger.calls(found.id)
        chosen = calls if node is None else [find_call(calls, found.id, node)]
        kept = call_logs(house.ledger, found.id, chosen)
        if as_json:
            show_json({"run": found.id, "logs": [_document(one) for one in kept]})
            return
        heard = False
        for one in kept:
            if one.text:
                _show(one, alone=node is not None)
                heard = True
    if not heard:
        note(_silence(found.id, chosen, node))


def _show(one: CallLog, *, alone: bool) -> None:
    if not alone:
        title = f"── {one.call.stage_name} at {one.call.pointer}"
        tell(safely_on_one_line(title, 400))
    text = decode_safely(one.text or b"")
    tell(text, end="" if text.endswith("\n") else "\n")


def _document(one: CallLog) -> dict[str, Any]:
    return {
        "node": one.call.pointer,
        "stage": {"name": one.call.stage_name, "id": one.call.stage_id},
        "outcome": one.call.outcome,
        "cached": one.call.cached,
        "log": decode_safely(one.text or b""),
        "log_bytes": one.call.log_bytes,
    }


def _silence(run: str, calls: Sequence[Call], node: str | None) -> str:
    if node is None and all(call.cached for call in calls):
        return f"run {run} printed nothing: every result was known, so nothing ran"
    if node is None:
        return f"run {run} printed nothing"
    (call,) = calls
    why = ": its result was known, so it did not run" if call.cached else ""
    why = ": it did not run" if call.outcome == "skipped" else why
    silent = f"{call.stage_name} at {call.pointer} printed nothing in run {run}{why}"
    return safely_on_one_line(silent, 400)
