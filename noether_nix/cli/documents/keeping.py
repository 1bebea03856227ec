"""What is kept and where: logs, derivations, the store, the toolchain, places and versions."""

from typing import Literal

from pydantic import Field, JsonValue

from noether_nix.cli.documents.calls import Outcome, Provider, StageNameDocument
from noether_nix.cli.documents.envelope import AnswerDocument
from noether_nix.cli.documents.model import Count, Document, Key, Node, RunId, Seconds, StorePath


class CallLogDocument(Document):
    """What one call printed."""

    node: Node
    stage: StageNameDocument
    outcome: Outcome
    cached: bool
    log: str
    """With everything that could act on a terminal written out."""
    log_bytes: Count


class LogsDocument(AnswerDocument):
    """What `noether logs` prints."""

    run: RunId
    logs: tuple[CallLogDocument, ...]


class DerivationDocument(Document):
    """A call as a derivation."""

    path: Key
    output: StorePath
    node: Node
    stage: StageNameDocument
    store: str | None
    """The folder of the private store; null for the machine's."""
    file: str | None
    """The derivation's file; null with `--text`, which writes none."""
    text: str | None
    """The Nix expression, with `--text`."""


class DrvDocument(AnswerDocument):
    """What `noether drv` prints."""

    drv: DerivationDocument


class GoingDocument(Document):
    """One thing that goes, and why."""

    name: str
    bytes: Count
    last_used: Seconds
    """Since 1970."""
    reason: str


class CollectionDocument(Document):
    """What went, or would."""

    dry_run: bool
    runs: tuple[GoingDocument, ...]
    results: tuple[GoingDocument, ...]
    values: tuple[GoingDocument, ...]
    """The large ones, which lie in the Nix store."""
    damaged: Count
    """Results that were set aside as damaged."""
    store_paths: tuple[StorePath, ...]
    store_bytes: Count
    bytes: Count
    """All together."""


class StoreGcDocument(AnswerDocument):
    """What `noether store gc` prints."""

    gc: CollectionDocument | None
    """Null where nothing was ever kept."""


class InventoryDocument(Document):
    """How much is kept."""

    home: str
    nix_store: str
    private: bool
    results: Count
    small_value_bytes: Count
    large_results: Count
    large_value_bytes: Count
    contradictions: Count
    """Calls that gave different values at different times."""
    runs: Count
    stages: Count
    log_bytes: Count
    database_bytes: Count
    nix_store_bytes: Count | None
    """Null for the machine's store, which others fill too."""


class StoreInfoDocument(AnswerDocument):
    """What `noether store info` prints."""

    store: InventoryDocument


class ToolchainDocument(Document):
    """An interpreter closure in the store."""

    provider: Provider
    path: StorePath
    version: str
    system: str
    source: str
    """What it was made of: a program of the machine, a revision of nixpkgs or where that lies."""
    nar_hash: str


class ToolchainShowDocument(AnswerDocument):
    """What `noether toolchain show` prints."""

    toolchain: ToolchainDocument | None
    """Null before the first run takes one."""


class ToolchainUpdateDocument(AnswerDocument):
    """What `noether toolchain update` prints."""

    toolchain: ToolchainDocument
    previous: ToolchainDocument | None
    changed: bool
    """Whether every call has a new key now."""


class PlacesDocument(Document):
    """Where everything is; nothing of it need exist."""

    home: str
    database: str
    logs: str
    nix_store: str
    settings: str


class PathsDocument(AnswerDocument):
    """What `noether paths` prints."""

    paths: PlacesDocument


class SettingDocument(Document):
    """One setting."""

    name: str
    """As in the file of settings, where that can hold it."""
    value: str | int | None
    """What holds; null for nothing, as no bound."""
    unit: Literal["seconds", "bytes", "count", ""]
    default: str | int | None
    """What holds where nobody chooses; null also where that depends on the machine."""
    source: str
    """`variable NAME`, the file of settings, or `built in`."""
    variable: str
    flag: str
    """What counts before it in one run; empty where there is none."""
    in_file: bool
    """Whether the file of settings can hold it."""
    words: str


class SettingsDocument(AnswerDocument):
    """What `noether settings` prints."""

    file: str
    """The file of settings, whether or not it exists."""
    settings: tuple[SettingDocument, ...]


class VersionsDocument(Document):
    """What runs."""

    noether: str
    python: str
    nix: str | None
    """Null where there is none, which a warning then explains."""


class VersionDocument(AnswerDocument):
    """What `noether version` prints."""

    version: VersionsDocument


class SchemasDocument(AnswerDocument):
    """What `noether schema` prints without a name."""

    schemas: tuple[str, ...]


class SchemaDocument(AnswerDocument):
    """What `noether schema` prints for a name."""

    found: dict[str, JsonValue] = Field(alias="schema")  # the model has a method of that name
