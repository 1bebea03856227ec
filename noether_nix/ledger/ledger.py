"""The book of runs: begun before anything is done, closed when all is done."""

import hashlib
import json
import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from noether_nix.database.connection import Database
from noether_nix.errors import InternalError, UnknownRunError
from noether_nix.ledger.liveness import process_mark
from noether_nix.ledger.logs import LogFiles
from noether_nix.ledger.model import INLINE_BYTES, Call, NewRun, Run, RunEnd
from noether_nix.ledger.rows import call_from_row, call_to_row, run_from_row

LAST = "last"

_RUNS = """
    SELECT id, started, ended, state, graph_name, graph_id, composition_id, graph_sha256,
        input_sha256, output_sha256, pid, level, toolchain, nix_version, noether_version, counts,
        seconds, process_mark
    FROM runs
"""
_INSERT_RUN = """
    INSERT OR IGNORE INTO runs VALUES (?, ?, NULL, 'running', ?, ?, ?, ?, ?, NULL, ?, ?, ?, ?, ?,
        ?, '{}', NULL, ?)
"""
_END_RUN = """
    UPDATE runs SET ended = ?, state = ?, seconds = ?, counts = ?, output_sha256 = ?,
        level = coalesce(?, level)
    WHERE id = ?
"""
_INSERT_CALL = "INSERT OR REPLACE INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_CALLS = """
    SELECT number, pointer, stage_id, stage_name, key, outcome, cached, seconds, used, detail,
        value_sha256, log_bytes
    FROM calls WHERE run = ? ORDER BY number
"""


class Ledger:
    """The runs of one database, and the logs beside it."""

    def __init__(self, database: Database, logs_folder: Path) -> None:
        self._database = database
        self.logs = LogFiles(logs_folder)

    def __repr__(self) -> str:
        return f"Ledger({self._database!r})"

    def start_run(self, new: NewRun) -> str:
        """Write that a run begins, in this process; gives its id, which sorts by time."""
        graph_sha256 = hashlib.sha256(new.graph).hexdigest()
        described = (
            new.graph_name,
            new.graph_id,
            graph_sha256,
            new.input_sha256,
            new.input if len(new.input or b"") <= INLINE_BYTES else None,
            os.getpid(),
            process_mark() or "",
            new.level,
            new.toolchain,
            new.nix_version,
            new.noether_version,
            new.composition_id,
        )
        with self._database.transaction():
            self._database.execute(
                "INSERT OR IGNORE INTO graph_documents VALUES (?, ?)", (graph_sha256, new.graph)
            )
            while True:
                run = _new_id(new.started)
                if self._database.execute(_INSERT_RUN, (run, new.started, *described)):
                    return run

    def record_calls(self, run: str, calls: Sequence[Call]) -> None:
        """Write how calls ended; what was written of them before is replaced."""
        if calls:
            self._database.execute_many(_INSERT_CALL, [call_to_row(run, call) for call in calls])

    def record_proof(self, run: str, document: str) -> str:
        """Write what proved the isolation of a run; gives its name, the digest of the document.

        Equal ones are one, and telling twice is telling once.
        """
        proof = hashlib.sha256(document.encode()).hexdigest()
        with self._database.transaction():
            self._database.execute("INSERT OR IGNORE INTO proofs VALUES (?, ?)", (proof, document))
            self._database.execute("INSERT OR IGNORE INTO run_proofs VALUES (?, ?)", (run, proof))
        return proof

    def end_run(self, run: str, end: RunEnd) -> None:
        """Write how a run ended."""
        values = (end.ended, end.state, end.seconds, end.counts, end.output_sha256, end.level, run)
        if not self._database.execute(_END_RUN, values):
            raise InternalError(f"run {run} ends and never began")

    def find_run(self, reference: str) -> Run:
        """The run of that id, the one whose id begins so, or the ``last`` one.

        Raises:
            UnknownRunError: there is none, or several.
        """
        if reference == LAST:
            found = self.runs(1)
        elif not reference.isascii():
            found = []
        else:
            found = self._database.rows(
                run_from_row, f"{_RUNS} WHERE substr(id, 1, length(?1)) = ?1 LIMIT 5", (reference,)
            )
            found = [run for run in found if run.id == reference] or found
        if len(found) == 1 and reference:
            return found[0]
        raise _not_one(reference, found)

    def runs(self, limit: int) -> list[Run]:
        """The last runs, the latest first."""
        return self._database.rows(
            run_from_row, f"{_RUNS} ORDER BY started DESC, id DESC LIMIT ?", (limit,)
        )

    def count(self) -> int:
        """How many runs are recorded."""
        return self._database.row(int, "SELECT count(*) FROM runs") or 0

    def calls(self, run: str) -> list[Call]:
        """The calls of a run in the order of its plan."""
        return self._database.rows(call_from_row, _CALLS, (run,))

    def proofs_of(self, run: str) -> list[str]:
        """The names of what proved the isolation of a run; none where nothing had to run."""
        return self._database.rows(
            str, "SELECT proof FROM run_proofs WHERE run = ? ORDER BY proof", (run,)
        )

    def proofs(self, names: Iterable[str]) -> dict[str, str]:
        """Documents of proofs by name; one that is not what was recorded is left out."""
        found = self._database.rows(
            lambda name, document: (str(name), str(document)),
            "SELECT sha256, document FROM proofs WHERE sha256 IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(set(names))),),
        )
        return {
            name: document
            for name, document in found
            if hashlib.sha256(document.encode()).hexdigest() == name
        }

    def graph_document(self, run: Run) -> bytes:
        """The graph of a run, byte for byte as it was.

        Raises:
            DatabaseDamagedError: it is not there, or not what was recorded.
        """
        found = self._database.row(
            bytes, "SELECT document FROM graph_documents WHERE sha256 = ?", (run.graph_sha256,)
        )
        if found is None or hashlib.sha256(found).hexdigest() != run.graph_sha256:
            raise self._database.damaged(f"the graph of run {run.id} is not what was recorded")
        return found

    def input(self, run: Run) -> bytes | None:
        """The encoded input of a run; None when it was too large to keep.

        Raises:
            DatabaseDamagedError: it is not what was recorded.
        """
        found = self._database.row(
            lambda value: value, "SELECT input FROM runs WHERE id = ?", (run.id,)
        )
        if found is None:
            return None
        if not isinstance(found, bytes) or hashlib.sha256(found).hexdigest() != run.input_sha256:
            raise self._database.damaged(f"the input of run {run.id} is not what was recorded")
        return found


def _new_id(started: float) -> str:
    moment = time.strftime("%Y%m%d-%H%M%S", time.gmtime(started))
    return f"{moment}-{os.urandom(3).hex()}"


def _not_one(reference: str, found: Sequence[Run]) -> UnknownRunError:
    if found:
        several = ", ".join(run.id for run in found)
        return UnknownRunError(
            f"{len(found)} or more runs begin with {reference!r}",
            hint=f"write more of the id: {several}",
        )
    if reference == LAST:
        return UnknownRunError("nothing was run yet", hint="run a graph: noether run GRAPH")
    return UnknownRunError(
        f"no run {reference!r} is recorded here",
        hint="`last` is the latest; every run prints its id with --json",
    )
