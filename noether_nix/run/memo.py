"""A run that was asked for before, byte for byte, and for which nothing has to run.

A memo names the files that the graph was read from, with their hashes, the calls with their
keys, and where the output comes from. It is a hint: the files are hashed again, every record is
read and verified, and whatever does not hold sends the run the long way. What it saves is
reading, checking and planning the graph, and the imports for that.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from noether_nix import __version__
from noether_nix.database.regular_file import read_regular_file
from noether_nix.errors import DatabaseDamagedError, FileUnreadableError, HashMismatchError
from noether_nix.frozen import dataclass
from noether_nix.graph.bounds import MAX_GRAPH_BYTES
from noether_nix.inside.levels import is_at_least, weakest
from noether_nix.ledger.model import INLINE_BYTES, NewRun
from noether_nix.run.events import CallEnded, Event, RunEnded, RunStarted
from noether_nix.run.graph_file import read_part
from noether_nix.run.house import House
from noether_nix.run.ledgering import write_report
from noether_nix.run.memos import code_digest, find_memo, keep_memo
from noether_nix.run.options import RunOptions
from noether_nix.run.report import NOT_TAKEN, SUCCEEDED, CallReport, Report

if TYPE_CHECKING:
    from noether_nix.run.loading import LoadedGraph
    from noether_nix.run.order import Order
    from noether_nix.store.record import Record

_VERSION = 2
_LARGEST_FILE = MAX_GRAPH_BYTES  # no file of a graph is larger
_ROOMS = ("effects", "formats", "graph", "inside", "plan", "run", "stage", "types")


@dataclass(frozen=True)
class Question:
    """What was asked: a graph's bytes where they lie, an input as it was given, choices.

    ``graph_name`` is what the graph is called; its answer does not depend on that.
    """

    graph_name: str
    graph: bytes
    folder: Path
    input_digest: str
    options: RunOptions

    def name(self, house: House) -> str:
        """Equal for questions that have the same answer as long as no file changes."""
        from noether_nix.toolchain.named import find_document

        facts = [
            _VERSION,
            code_digest(*_ROOMS),
            hashlib.sha256(self.graph).hexdigest(),
            str(self.folder.absolute()),
            self.input_digest,
            self.options.only,
            self.options.optimize,
            self.options.check_properties,
            sorted(self.options.limits.items()),
            sorted((house.settings.limits or {}).items()),
            sorted((house.settings.ceilings or {}).items()),
            [policy.fact for policy in (*house.policies, *self.options.policies)],
            find_document(house.database),
            # A report names the Nix that would run: another one is asked for its version.
            str(house.settings.nix),
            house.settings.store,
        ]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def recall_run(
    house: House, question: Question, on_event: Callable[[Event], None]
) -> Report | None:
    """The report of a run in which every result is known; None when that cannot be told so."""
    began = monotonic()
    with house.phase("checking"):
        text = find_memo(house.database, question.name(house))
        memo: dict[str, Any] | None = None if text is None else json.loads(text)
        if memo is None or not _holds(house, memo, question.folder):
            return None
    with house.phase("lookup"):
        found = _look_up(house, memo, question)
    if found is None:
        return None
    records, whole, encoded = found
    with house.phase("store"):
        run = house.ledger.start_run(_new_run(house, memo, question, whole))
    report = Report(
        run=run,
        graph=question.graph_name,
        graph_id=memo["graph_id"],
        composition_id=memo["composition_id"],
        calls=tuple(_call_report(index, call, records) for index, call in enumerate(memo["calls"])),
        encoded=encoded,
        seconds=monotonic() - began,
        sandbox=weakest("full", *{record.level for record in records.values()}),
        nix=memo["nix"],
        toolchain=memo["toolchain"],
    )
    _tell_and_write(house, memo, report, on_event)
    return report


def _look_up(
    house: House, memo: Mapping[str, Any], question: Question
) -> "tuple[Mapping[str, Record], bytes, bytes] | None":
    """The records of all calls, the whole graph and the output; every result is verified."""
    try:
        taken = [call for call in memo["calls"] if call["key"] is not None]
        records = house.results.find_many({call["key"] for call in taken})
        levels = {record.level for record in records.values()}
        least = question.options.level or house.settings.level
        if "none" in levels or not all(is_at_least(level, least) for level in levels):
            return None  # the long way says what there is to say of it
        whole = question.graph if memo["whole"] is None else _document(house, memo["whole"])
        for call in taken:
            house.results.read(records[call["key"]])
        return records, whole, _output(house, memo, records)
    except (KeyError, DatabaseDamagedError, HashMismatchError):
        return None  # the long way sets damaged results aside, says so and computes them again


def _call_report(
    index: int, call: Mapping[str, Any], records: "Mapping[str, Record]"
) -> CallReport:
    if call["key"] is None:
        return CallReport(index=index, outcome=NOT_TAKEN, **call)
    value = records[call["key"]].value_sha256
    return CallReport(index=index, outcome=SUCCEEDED, cached=True, value_sha256=value, **call)


def memorise(
    house: House, question: Question, loaded: "LoadedGraph", order: "Order", report: Report
) -> None:
    """Remember a run that succeeded, for the next one like it."""
    plan, start = order.plan, order.start
    files = _files(loaded)
    if files is None:
        return
    document = {
        "whole": hashlib.sha256(start.graph).hexdigest() if loaded.files else None,
        "graph_id": start.graph_id,
        "composition_id": start.composition_id,
        "parts": loaded.files,
        "files": files,
        "names": {name: stage.id for name, stage in loaded.names.items()},
        "input_sha256": start.input_sha256,
        "input": (
            start.input.decode()
            if start.input is not None and len(start.input) <= INLINE_BYTES
            else None
        ),
        "calls": [
            {
                "pointer": call.pointer,
                "stage_name": call.stage_name,
                "stage_id": call.stage_id,
                "key": call.key,
                "origin": call.origin,
            }
            for call in report.calls
        ],
        "stages": plan.stages,
        "shared": plan.shared,
        "output": plan.output,
        "sandbox": report.sandbox,
        "nix": report.nix,
        "private": house.nix.private,
        "toolchain": report.toolchain,
    }
    if document["input"] is None and _mentions_input(plan.output, plan.shared):
        return
    keep_memo(house, question.name(house), json.dumps(document, ensure_ascii=False))


# ---------------------------------------------------------------- inside


def _holds(house: House, memo: Mapping[str, Any], folder: Path) -> bool:
    try:
        for part, sha256 in memo["parts"].items():
            if hashlib.sha256(read_part(folder, part)).hexdigest() != sha256:
                return False
    except FileUnreadableError:
        return False  # the long way says so
    for file, sha256 in memo["files"].items():
        data = read_regular_file(folder / file, most=_LARGEST_FILE)
        if data is None or hashlib.sha256(data).hexdigest() != sha256:
            return False
    names = memo["names"]
    return not names or all(
        house.database.row(str, "SELECT stage FROM stage_names WHERE name = ?", (name,)) == stage
        for name, stage in names.items()
    )


def _output(house: House, memo: Mapping[str, Any], records: "Mapping[str, Record]") -> bytes:
    calls, output = memo["calls"], memo["output"]
    source = output.get("call")
    if source is not None:
        return house.results.read(records[calls[source]["key"]])
    from noether_nix.inside.contract import encode
    from noether_nix.inside.dataflow import Valuation
    from noether_nix.inside.needs import direct_needs, shared_needs

    needed = direct_needs(output, shared_needs(memo["shared"]))
    keys = {index: calls[index]["key"] for index in needed}
    outputs = {
        index: json.loads(house.results.read(records[key]))
        for index, key in keys.items()
        if key is not None
    }
    value = json.loads(memo["input"]) if memo["input"] is not None else None
    return encode(Valuation(value, memo["shared"], outputs).value(output))


def _tell_and_write(
    house: House, memo: Mapping[str, Any], report: Report, on_event: Callable[[Event], None]
) -> None:
    on_event(
        RunStarted(
            run=report.run,
            graph=report.graph,
            stages=memo["stages"],
            pointers=tuple(call.pointer for call in report.calls),
            names=tuple(call.stage_name for call in report.calls),
            nix=report.nix,
            private=memo["private"],
            python=report.toolchain["version"],
        )
    )
    for call in report.calls:
        on_event(CallEnded(call))
    now = house.now()
    with house.phase("store"):
        house.results.touch([call.key for call in report.calls if call.key is not None], now)
        write_report(house.ledger, report, "succeeded", now)
    on_event(RunEnded(report))


def _document(house: House, sha256: str) -> bytes:
    """What was recorded of a graph of several files.

    Raises:
        KeyError: it is gone.
        HashMismatchError: it is not what was recorded.
    """
    query = "SELECT document FROM graph_documents WHERE sha256 = ?"
    document = house.database.row(bytes, query, (sha256,))
    if document is None:
        raise KeyError(sha256)
    if hashlib.sha256(document).hexdigest() != sha256:
        raise HashMismatchError(f"the graph {sha256} is not what was recorded")
    return document


def _new_run(house: House, memo: Mapping[str, Any], question: Question, whole: bytes) -> NewRun:
    return NewRun(
        started=house.now(),
        graph_name=question.graph_name,
        graph_id=memo["graph_id"],
        composition_id=memo["composition_id"],
        graph=whole,
        input_sha256=memo["input_sha256"],
        input=None if memo["input"] is None else memo["input"].encode(),
        level=question.options.level or house.settings.level,
        toolchain=json.dumps(memo["toolchain"]),
        nix_version=memo["nix"],
        noether_version=__version__,
    )


def _files(loaded: "LoadedGraph") -> dict[str, str] | None:
    """The hash of every file that the graph's stages were read from, relative to its folder.

    None when bytes that were read are not at hand any more: reading again could find others.
    """
    files: dict[str, str] = {}
    for path, stage in loaded.paths.items():
        if not path.endswith(".py"):
            return None
        files[path] = hashlib.sha256(stage.source).hexdigest()
        for name, data in stage.helpers:
            files[str(Path(path).parent / name)] = hashlib.sha256(data).hexdigest()
    return files if loaded.lasting else None


def _mentions_input(*expressions: object) -> bool:
    return '"input"' in json.dumps(expressions)
