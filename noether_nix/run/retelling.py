"""A run as it was recorded, told again: its calls, their records, and what proved the sandbox."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from noether_nix.errors import DatabaseDamagedError
from noether_nix.frozen import dataclass
from noether_nix.ledger.model import Call, Run

if TYPE_CHECKING:
    from noether_nix.ledger.ledger import Ledger
    from noether_nix.store.interface import ResultKeeper
    from noether_nix.store.record import Record


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """A run and what belongs to it.

    Attributes:
        calls: those that were asked for, in the order of the plan.
        records: by key, of the results that these calls gave or used and that are still kept.
        proved_by: names of what proved its own sandbox; empty where nothing had to run.
        proofs: by name, those of the run and of the records.
        damaged: what of it could not be read, in words.
    """

    run: Run
    calls: Sequence[Call]
    records: Mapping[str, "Record"]
    proved_by: Sequence[str]
    proofs: Mapping[str, Mapping[str, Any]]
    damaged: Sequence[str] = ()

    def to_document(self) -> dict[str, Any]:
        """The run as `--json` shows it."""
        run = self.run
        return {
            "run": run.id,
            "state": run.state,
            "graph": {
                "name": run.graph_name,
                "id": run.graph_id,
                "composition": run.composition_id,
                "sha256": run.graph_sha256,
            },
            "started": run.started,
            "ended": run.ended,
            "seconds": run.seconds,
            "counts": json.loads(run.counts),
            "input_sha256": run.input_sha256,
            "output_sha256": run.output_sha256,
            "sandbox": run.level,
            "proved_by": list(self.proved_by),
            "proofs": dict(self.proofs),
            "nix": run.nix_version,
            "noether": run.noether_version,
            "toolchain": json.loads(run.toolchain),
            "calls": [self._call(call) for call in self.calls],
        }

    def _call(self, call: Call) -> dict[str, Any]:
        used, detail = json.loads(call.used), json.loads(call.detail)
        limits, attempts = used.pop("limits", {}), used.pop("attempts", None)
        record = self.records.get(call.key or "")
        document = {
            "node": call.pointer,
            "stage": {"name": call.stage_name, "id": call.stage_id},
            "outcome": call.outcome,
            "cached": call.cached,
            "seconds": call.seconds,
            "key": call.key,
            "because": detail.get("because"),
            "detail": detail,
            "used": used,
            "limits": limits,
            "log_bytes": call.log_bytes,
            "value_sha256": call.value_sha256,
            "record": None if record is None else _record(record),
        }
        if attempts:
            document["attempts"] = attempts
        return document


def retell(
    ledger: "Ledger", results: "ResultKeeper", run: Run, calls: Sequence[Call]
) -> RecordedRun:
    """Gather what is kept of a run and of these of its calls."""
    damaged = []
    try:
        records = results.find_many({call.key for call in calls if call.key and call.value_sha256})
    except DatabaseDamagedError as error:
        records = {}
        damaged.append(f"the records of results are left out: {error.message}")
    proved_by = ledger.proofs_of(run.id)
    names = {*proved_by, *(record.proof for record in records.values() if record.proof)}
    proofs = {name: json.loads(text) for name, text in ledger.proofs(names).items()}
    return RecordedRun(run, calls, records, proved_by, proofs, damaged)


def _record(record: "Record") -> dict[str, Any]:
    return {
        "run": record.run,
        "time": record.time,
        "level": record.level,
        "proof": record.proof,
        "nix": record.nix_version,
        "kernel": record.kernel,
        "cpu_model": record.cpu_model,
        "toolchain": record.toolchain,
        "value_bytes": record.value_size,
    }
