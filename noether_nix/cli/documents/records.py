"""Runs as they were recorded: what `noether show` prints."""

from typing import Literal

from noether_nix.cli.documents.calls import CallDocument, Level, ToolchainNameDocument
from noether_nix.cli.documents.envelope import AnswerDocument
from noether_nix.cli.documents.events import EvidenceDocument
from noether_nix.cli.documents.model import Count, Document, RunId, Seconds, Sha256, StorePath


class RecordedGraphDocument(Document):
    """The graph of a run."""

    name: str
    id: Sha256
    """That of what it composes, with stages by their ids."""
    composition: Sha256 | None
    """The same of what was written, with stages by the names that stand there.

    Null of a run that is older than the writing down of it.
    """
    sha256: Sha256
    """Of the file, byte for byte."""


class ProofDocument(Document):
    """What a sandbox was seen to be, from inside, before any call ran in it."""

    level: Level
    kernel: str
    cpu_model: str
    evidence: EvidenceDocument


class RecordDocument(Document):
    """Under what a result was computed."""

    run: RunId
    """The run that computed it."""
    time: Seconds
    """When, since 1970."""
    level: Level
    proof: Sha256 | None
    """Its name in `proofs`; null for a result that is older than proofs."""
    nix: str
    kernel: str
    cpu_model: str
    toolchain: StorePath
    value_bytes: Count


class RecordedCallDocument(CallDocument):
    """A call of a run that is recorded."""

    value_sha256: Sha256 | None
    """Of the encoded result; null where there is none."""
    record: RecordDocument | None
    """Null where there is no result, or it is not kept any more."""


class RecordedRunDocument(AnswerDocument):
    """What `noether show` prints."""

    run: RunId
    state: Literal["running", "succeeded", "failed", "interrupted", "lost"]
    graph: RecordedGraphDocument
    started: Seconds
    """Since 1970."""
    ended: Seconds | None
    """Null while it runs, and where it died without a word."""
    seconds: Seconds | None
    counts: dict[str, Count]
    """How many calls there are of each sort; empty before the run has ended."""
    input_sha256: Sha256
    output_sha256: Sha256 | None
    sandbox: Level
    """The isolation of what ran and of the results that were known."""
    proved_by: tuple[Sha256, ...]
    """Names in `proofs` of what proved it; empty where nothing had to run."""
    proofs: dict[Sha256, ProofDocument]
    """Those of the run and of the records of its calls."""
    nix: str
    noether: str
    toolchain: ToolchainNameDocument
    calls: tuple[RecordedCallDocument, ...]
    """In the order of the plan; with NODE that one alone."""
