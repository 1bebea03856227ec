"""Stages: what the commands of `noether stage` print."""

from typing import Literal

from pydantic import Field, JsonValue

from noether_nix.cli.documents.envelope import AnswerDocument, FailureDocument
from noether_nix.cli.documents.model import (
    Code,
    Count,
    Document,
    Key,
    RunId,
    Seconds,
    Sha256,
    StageId,
)
from noether_nix.cli.documents.types import EffectDocument, TypeDocument


class NewStageDocument(Document):
    """A stage file that was written."""

    name: str
    file: str


class StageNewDocument(AnswerDocument):
    """What `noether stage new` prints."""

    stage: NewStageDocument


class SeenEffectDocument(Document):
    """An effect that the code of a stage shows."""

    effect: str
    place: str
    """File and line."""
    reason: str
    """The code that shows it, shortened."""
    sure: bool
    """False for what is a hint only, as a `raise`."""
    declared: bool


class AcceptedEffectDocument(Document):
    """An effect that code shows, and of which somebody recorded that it does not hold."""

    effect: str
    place: str
    reason: str
    time: Seconds
    """Seconds since 1970."""


class AddedStageDocument(Document):
    """A stage that is registered now."""

    name: str
    id: StageId
    previous: StageId | None
    """The stage that the name pointed to before, if it was another."""
    new: bool
    """Whether the stage was unknown before."""
    file: str | None
    seen: tuple[SeenEffectDocument, ...]
    accepted: tuple[AcceptedEffectDocument, ...]


class StageAddDocument(AnswerDocument):
    """What `noether stage add` prints."""

    stages: tuple[AddedStageDocument, ...]


class ListedStageDocument(Document):
    """A registered stage, with its types and effects as text."""

    name: str
    names: tuple[str, ...]
    """The names that point to it now."""
    id: StageId
    input: str
    output: str
    effects: tuple[str, ...]
    description: str
    file: str | None
    """The file it was read from, if it was."""


class StageListDocument(AnswerDocument):
    """What `noether stage list` prints."""

    stages: tuple[ListedStageDocument, ...]


class EffectsDocument(Document):
    """A set of effects, sorted."""

    effects: tuple[EffectDocument, ...]


class SignatureDocument(Document):
    """What callers see of a stage, and the hash of what runs."""

    input: TypeDocument
    output: TypeDocument
    effects: EffectsDocument
    implementation_hash: Sha256


class ReturnsDocument(Document):
    """An input, and the value that the stage must give for it."""

    input: JsonValue
    output: JsonValue


class RaisesDocument(Document):
    """An input, and the exception that the stage must raise for it."""

    input: JsonValue
    raises: str


class PackageDocument(Document):
    """A package that a stage imports, locked by hash."""

    name: str
    version: str
    sha256: Sha256


class StageDocument(Document):
    """All that a stage is; keys that may be absent are so when empty."""

    id: StageId
    signature_id: Sha256
    name: str
    description: str
    signature: SignatureDocument
    implementation_language: Literal["python"]
    implementation_code: str
    examples: tuple[ReturnsDocument | RaisesDocument, ...]
    tags: tuple[str, ...] = Field(default_factory=tuple)
    aliases: tuple[str, ...] = Field(default_factory=tuple)
    properties: tuple[dict[str, JsonValue], ...] = Field(default_factory=tuple)
    helpers: dict[str, str] = Field(default_factory=dict)
    """The text of each helper file, by name."""
    packages: tuple[PackageDocument, ...] = Field(default_factory=tuple)
    limits: dict[str, Count] = Field(default_factory=dict)
    """In seconds, bytes and pieces."""
    file: str | None
    """The file it was read from, if it was."""
    seen: tuple[SeenEffectDocument, ...]
    accepted: tuple[AcceptedEffectDocument, ...]


class StageShowDocument(AnswerDocument):
    """What `noether stage show` prints."""

    stage: StageDocument


class VerdictDocument(Document):
    """One call of a stage that is tested."""

    case: str
    """``example 3``, or ``generated``."""
    ok: bool
    code: Code | None
    """``mismatch``, ``property-violated`` or the outcome; null where the case holds."""
    message: str | None
    hint: str | None
    """What helps; empty where the message says enough."""
    input: JsonValue
    output: JsonValue
    """Null also where there is none: see the outcome."""
    outcome: Code
    key: Key | None


class FuzzDocument(Document):
    """What came of generated inputs."""

    tried: Count
    seed: int
    first_bytes: Count | None
    """The size of the first input that failed, before it was made smaller."""
    counterexample: VerdictDocument | None


class TestedStageDocument(Document):
    """One stage with its examples."""

    name: str
    id: StageId
    ok: bool
    run: RunId | None
    """The run of its examples, if it has some."""
    examples: tuple[VerdictDocument, ...]
    properties: Count
    fuzz: FuzzDocument | None


class StageTestDocument(AnswerDocument):
    """What `noether stage test` prints."""

    stages: tuple[TestedStageDocument, ...]


class FailedStageTestDocument(FailureDocument):
    """What `noether stage test` prints where something does not hold."""

    stages: tuple[TestedStageDocument, ...]
