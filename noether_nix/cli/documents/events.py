"""The lines that `--events FILE` writes: one closed union."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from noether_nix.cli.documents.calls import (
    AttemptDocument,
    CallDocument,
    CountsDocument,
    Level,
)
from noether_nix.cli.documents.model import Count, Document, Node, RunId, Seconds


class EventDocument(Document):
    """What every event has."""

    version: Literal[1]
    at: Seconds
    """Since the run began."""


class RunStartedDocument(EventDocument):
    """The graph is sound and its calls are planned."""

    event: Literal["run-started"]
    run: RunId
    graph: str
    calls: tuple[Node, ...]
    """In the order of the plan."""


class CallsAddedDocument(EventDocument):
    """It is known how many items a node has, and its calls are planned."""

    event: Literal["calls-added"]
    node: Node
    """Of the Map, Filter or Reduce."""
    calls: tuple[Node, ...]
    """In the order of the plan."""


class BuildEvidenceDocument(Document):
    """What the build itself sees."""

    uid_outside: Count | None
    interfaces: tuple[str, ...]
    process: Count


class CallEvidenceDocument(Document):
    """What a call finds, and the errors it gets when it tries what it must not do."""

    namespaces: bool
    """Whether calls have their own."""
    uid: Count
    capabilities: Count
    no_new_privileges: Count
    seccomp: Count
    landlock: int
    root: tuple[str, ...]
    store: tuple[str, ...]
    processes: tuple[str, ...]
    socket: str
    local_socket: str
    fork: str
    namespace: str
    write_root: str
    write_toolchain: str
    change_toolchain: str
    write_store: str
    write_own: str
    signal: str
    """To the first process that the call sees; with a namespace of its own that is itself."""
    signal_all: str
    bounds: str
    memory: str
    hidden: tuple[str, ...]
    """The plan of the build, and what else no call is to open."""


class EvidenceDocument(Document):
    """What was seen from inside the sandbox."""

    build: BuildEvidenceDocument
    call: CallEvidenceDocument
    wanting: dict[str, tuple[str, ...]]
    """What better levels lack, in words."""


class SandboxCheckedDocument(EventDocument):
    """The sandbox was seen from inside to be what it must be."""

    event: Literal["sandbox-checked"]
    level: Level
    evidence: EvidenceDocument


class CallStartedDocument(EventDocument):
    """A call runs."""

    event: Literal["call-started"]
    node: Node


class CallFailedOnceDocument(EventDocument, AttemptDocument):
    """A call has failed, and is made once more after a while, as a Retry around it says."""

    event: Literal["call-failed-once"]
    node: Node


class CallWaitingDocument(EventDocument):
    """Another run computes this call: its result is waited for."""

    event: Literal["call-waiting"]
    node: Node


class CallEndedDocument(EventDocument, CallDocument):
    """A call is over; if it succeeded, its result is kept already."""

    event: Literal["call-ended"]


class WarnedDocument(EventDocument):
    """Something that the caller should know and that stops nothing."""

    event: Literal["warned"]
    message: str


class RunEndedDocument(EventDocument):
    """The run is over and recorded."""

    event: Literal["run-ended"]
    run: RunId
    ok: bool
    counts: CountsDocument
    seconds: Seconds


AnyEventDocument: TypeAlias = Annotated[
    RunStartedDocument
    | CallsAddedDocument
    | SandboxCheckedDocument
    | CallStartedDocument
    | CallFailedOnceDocument
    | CallWaitingDocument
    | CallEndedDocument
    | WarnedDocument
    | RunEndedDocument,
    Field(discriminator="event"),
]
