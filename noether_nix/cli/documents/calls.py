"""Calls and runs: what `noether run` and `noether stage run` print."""

from typing import Literal, TypeAlias

from pydantic import Field, JsonValue

from noether_nix.cli.documents.envelope import AnswerDocument, FailureDocument
from noether_nix.cli.documents.model import (
    Count,
    Document,
    Key,
    Node,
    RunId,
    Seconds,
    Sha256,
    StageId,
    StorePath,
)

Outcome: TypeAlias = Literal[
    "succeeded",
    "stage-raised",
    "input-invalid",
    "output-invalid",
    "timed-out",
    "cpu-exceeded",
    "memory-exceeded",
    "output-too-large",
    "log-too-large",
    "killed",
    "effect-denied",
    "import-missing",
    "skipped",
    "interrupted",
    "not-taken",
]
Level: TypeAlias = Literal["full", "confined", "alone", "none"]
Provider: TypeAlias = Literal["host", "nixpkgs"]


class StageNameDocument(Document):
    """Which stage a call is of."""

    name: str
    id: StageId


class DetailDocument(Document):
    """The facts of an outcome other than `succeeded`; which of them are there depends on it."""

    message: str = Field(default_factory=str)
    type: str = Field(default_factory=str)
    """The exception's."""
    traceback: str = Field(default_factory=str)
    file: str = Field(default_factory=str)
    line: Count = Field(default_factory=int)
    effect: str = Field(default_factory=str)
    event: str = Field(default_factory=str)
    """What needed the effect."""
    module: str = Field(default_factory=str)
    pointer: str = Field(default_factory=str)
    """Where in the value, as a JSON Pointer."""
    expected: str = Field(default_factory=str)
    """The type that was expected there."""
    got: str | None = Field(default_factory=str)
    """What was there instead; null when nothing was."""
    limit: str = Field(default_factory=str)
    allowed: int | float = Field(default_factory=int)
    signal: str = Field(default_factory=str)
    lost_builds: Count = Field(default_factory=int)
    """How many builds ended early in which nothing but this call ran."""
    because: Node = Field(default_factory=str)
    hint: str = Field(default_factory=str)
    """What to do about it, where this end says more than its outcome."""


class UsedDocument(Document):
    """What a call took; empty when nothing ran."""

    cpu_seconds: Seconds = Field(default_factory=float)
    memory_bytes: Count = Field(default_factory=int)
    scratch_bytes: Count = Field(default_factory=int)
    """The most that its own folders were seen to hold; absent where nobody looked in time."""
    scratch_files: Count = Field(default_factory=int)
    """The most files and folders that were seen in them, these folders among them."""
    silence_seconds: Seconds = Field(default_factory=float)
    """The longest time in which it printed nothing."""


class MeasureDocument(Document):
    """One limit of a call that ran."""

    used: int | float | None
    """Null where it cannot be seen from outside."""
    limit: int | None
    """Null where there is none."""


class AttemptDocument(Document):
    """A try of a call that failed, and after which another one followed."""

    attempt: Count
    """From 1."""
    outcome: Outcome
    message: str
    """How it ended, in words."""
    seconds: Seconds
    pause_seconds: Seconds
    """How long it was until the next one."""


class CallDocument(Document):
    """How one call ended."""

    node: Node
    stage: StageNameDocument
    outcome: Outcome
    cached: bool
    """The result was known, and nothing ran."""
    seconds: Seconds | None
    """Null when nothing ran."""
    key: Key | None
    """The path of the call's derivation; null when its input never came to be."""
    because: Node | None
    """The node without whose result this call was skipped."""
    detail: DetailDocument
    used: UsedDocument
    limits: dict[str, MeasureDocument]
    """By name with unit, as `wall_seconds`; empty when nothing ran."""
    log_bytes: Count
    attempts: tuple[AttemptDocument, ...] = Field(default_factory=tuple)
    """Where a Retry made it more than once, the tries before the last one."""


class CountsDocument(Document):
    """How many calls there are of each sort."""

    calls: Count
    run: Count
    known: Count
    failed: Count
    skipped: Count
    interrupted: Count = Field(default_factory=int)
    """Calls that had not ended when the run was stopped."""
    not_taken: Count = Field(default_factory=int)
    """Calls in arms of a Branch that were not taken."""


class ToolchainNameDocument(Document):
    """The interpreter that the calls ran with."""

    provider: Provider
    path: StorePath
    version: str


class RunGraphDocument(Document):
    """Which graph a run was of."""

    name: str
    id: Sha256
    """That of what it composes, with stages by their ids."""
    composition: Sha256
    """The same of what was written, with stages by the names that stand there."""


class PhasesDocument(Document):
    """Seconds of each phase of the process; together they are the whole."""

    start: Seconds
    """The process itself, imports, and what the words of the command mean."""
    reading: Seconds
    checking: Seconds
    toolchain: Seconds
    planning: Seconds
    lookup: Seconds
    waiting: Seconds
    """For another run that computed the same."""
    nix: Seconds
    """Beginning builds until their sandbox stood, and ending them."""
    calls: Seconds
    """From then on until the last call of the build had ended, but for what was kept meanwhile."""
    store: Seconds
    report: Seconds
    other: Seconds


class TimedCallDocument(Document):
    """The parts of a call that ran; where it was retried, of each try."""

    node: Node
    outcome: Outcome
    lane: Count
    """From 0; calls that ran at once have different ones."""
    at: Seconds
    """When it began, since the process did."""
    queue_seconds: Seconds
    """From when all that it needed was there, and the sandbox stood, until it began."""
    start_seconds: Seconds
    """Making its process and putting up its fences; 0 where one was ready."""
    run_seconds: Seconds
    output_seconds: Seconds
    """From its answer until that was read, held against the type, and the process was gone."""
    keep_seconds: Seconds
    """From then until its end was kept and told."""
    cpu_seconds: Seconds | None
    """Of its process; null where that was not measured."""


class ProfileDocument(Document):
    """Where the time went."""

    seconds: Seconds
    """From the beginning of the process to when this was written."""
    cpu_seconds: Seconds
    """Of this process, without Nix and calls."""
    phases: PhasesDocument
    known: Count
    lanes: Count
    """How many calls ran at once, at most."""
    calls: tuple[TimedCallDocument, ...]
    """Those that ran, in the order in which they began."""


def _no_profile() -> ProfileDocument:
    phases = PhasesDocument(**dict.fromkeys(PhasesDocument.model_fields, 0.0))
    return ProfileDocument(seconds=0.0, cpu_seconds=0.0, phases=phases, known=0, lanes=0, calls=())


class RunFactsDocument(Document):
    """What is told of a run, whether it has an output or not."""

    run: RunId
    graph: RunGraphDocument
    calls: tuple[CallDocument, ...]
    """In the order of the plan."""
    counts: CountsDocument
    seconds: Seconds
    sandbox: Level
    """The isolation of what ran and of the results that were known."""
    nix: str
    toolchain: ToolchainNameDocument
    profile: ProfileDocument = Field(default_factory=_no_profile)
    """With `--profile`."""


class RunDocument(RunFactsDocument, AnswerDocument):
    """A run in which every call succeeded, but for those in arms that were not taken."""

    output: JsonValue


class FailedRunDocument(RunFactsDocument, FailureDocument):
    """A run that has no output, because a call failed or it could not be made of their results."""


class ResolvedStageDocument(StageNameDocument):
    """The stage that a node of a graph means."""

    origin: str | None
    """The file it was read from, if it was."""


class ForeseenTypesDocument(Document):
    """The types of a whole graph."""

    input: str
    output: str
    input_fits: bool
    """Whether the given input is of the type."""


class ForeseenCallDocument(Document):
    """A call before it runs."""

    node: Node
    stage: ResolvedStageDocument
    effects: tuple[str, ...]
    key: Key | None
    """Null where it depends on a result that is not known, or cannot be told at all."""
    known: bool | None
    """Whether its result is kept; null when that cannot be told."""


class DeadArmDocument(Document):
    """An arm of a Branch that is never taken, whatever the input is."""

    node: Node
    """The Branch."""
    arm: Literal["if_true", "if_false"]
    calls: Count
    """How many stages are in it; none of them is ever called."""


class SimplifiedDocument(Document):
    """What is known of a graph before anything runs; nothing, where nobody is to look."""

    dead: tuple[DeadArmDocument, ...]
    constant: tuple[Node, ...]
    """The outermost nodes that need no call and always give the same, but for Consts."""


class DryRunDocument(AnswerDocument):
    """What is known of a run before it."""

    graph: str
    id: Sha256
    type_check: ForeseenTypesDocument
    effects: tuple[str, ...]
    optimized: SimplifiedDocument
    calls: tuple[ForeseenCallDocument, ...]


class ShellCallDocument(Document):
    """A call once more, in a shell; nothing of it is kept."""

    node: Node
    stage: StageNameDocument
    key: Key
    printed: str
    """With everything that could act on a terminal written out."""
    outcome: Outcome | None
    """Null where a person's code ran instead of the call."""
    detail: DetailDocument
    value: JsonValue
    """The result of the call, if it succeeded."""


class ShellDocument(AnswerDocument):
    """What `noether shell` prints with `--run` or `-c` when that ended well."""

    shell: ShellCallDocument


class FailedShellDocument(FailureDocument):
    """What it prints when that did not."""

    shell: ShellCallDocument
