"""What was recorded of a run, read again: one of its calls, and what calls printed."""

from collections.abc import Iterator, Sequence

from noether_nix.errors import UnknownNodeError
from noether_nix.frozen import dataclass
from noether_nix.ledger.ledger import Ledger
from noether_nix.ledger.model import Call
from noether_nix.run.labels import label_of


@dataclass(frozen=True, slots=True)
class CallLog:
    """What a call printed in a run; None when that was nothing."""

    call: Call
    text: bytes | None


def find_call(calls: Sequence[Call], run: str, node: str) -> Call:
    """The call at the node of that name, or of the one stage of that name: ``label #4`` of an item.

    Raises:
        UnknownNodeError: the run has none, or several.
    """
    found = [call for call in calls if call.pointer == node]
    found = found or [call for call in calls if call.stage_name == node]
    if not found and "#" in node:
        found = [call for call in calls if label_of(call.stage_name, call.pointer) == node]
    if len(found) == 1:
        return found[0]
    if found:
        several = ", ".join(call.pointer for call in found[:10])
        several += f", and {len(found) - 10} more" if len(found) > 10 else ""
        raise UnknownNodeError(
            f"run {run} has {len(found)} calls of {node!r:.100}", hint=f"name one: {several}"
        )
    names = ", ".join(f"{call.pointer} ({call.stage_name})" for call in calls[:10])
    more = f", and {len(calls) - 10} more" if len(calls) > 10 else ""
    raise UnknownNodeError(
        f"run {run} has no call {node!r:.100}", hint=f"its calls are {names}{more}"
    )


def call_logs(ledger: Ledger, run: str, calls: Sequence[Call]) -> Iterator[CallLog]:
    """What each of these calls of a run printed, in their order, each read when it is its turn."""
    for call in calls:
        yield CallLog(call, ledger.logs.read(run, call.number))
