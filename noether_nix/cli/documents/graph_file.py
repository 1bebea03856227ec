"""Graph files: what `noether run` and the other commands read.

The reader itself (`graph/node_reader.py`) is another, with messages for people; a test holds both
to each other. What a schema cannot say it alone refuses: names of stages, paths, depth and size.
"""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from noether_nix.cli.documents.model import Sha256

Path: TypeAlias = Annotated[str, Field(pattern=r"^\.\.?/", max_length=4096)]
Attempts: TypeAlias = Annotated[int, Field(ge=1, le=4294967295)]
Milliseconds: TypeAlias = Annotated[int, Field(ge=0, le=4294967295)]
Amount: TypeAlias = str | Annotated[int, Field(ge=1)]

_COMMENT = "^_"


class GraphPart(BaseModel):
    """An object in a graph file; keys that begin with an underscore are comments."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        use_attribute_docstrings=True,
        json_schema_extra={"patternProperties": {_COMMENT: {}}},
    )

    @model_validator(mode="before")
    @classmethod
    def _drop_comments(cls, document: Any) -> Any:
        if not isinstance(document, dict):
            return document
        return {key: value for key, value in document.items() if not key.startswith("_")}


class NodePart(GraphPart):
    """What any node may have."""

    label: str = Field(default="")
    """For display."""
    limits: dict[str, Amount] = Field(default_factory=dict)
    """For all calls in the node, by name: amounts like "30s", or numbers in base units."""
    ui: JsonValue = Field(default=None)
    """Kept, and not looked at."""


class StagePart(NodePart):
    """A stage, which takes the input."""

    op: Literal["Stage"]
    id: str
    """A name, an id, the beginning of one, REGISTER:name, or a path that begins with ./ or ../."""
    config: dict[str, JsonValue] = Field(default_factory=dict)
    """Fields of its input that the graph gives."""
    pinning: Literal["signature", "both"] = "signature"


class RemoteStagePart(NodePart):
    """A stage that another server runs."""

    op: Literal["RemoteStage"]
    url: Annotated[str, Field(pattern="^https?://", max_length=4096)]
    input: str | dict[str, JsonValue]
    output: str | dict[str, JsonValue]


class ConstPart(NodePart):
    """A value that the graph gives."""

    op: Literal["Const"]
    value: JsonValue


class ConstFilePart(NodePart):
    """A value from a file: JSON if it is called .json, else its text."""

    op: Literal["Const"]
    file: Path
    sha256: Sha256 = Field(default_factory=str)
    """That the file must have."""
    value: JsonValue = Field(default=None)
    """What was read, in a graph that was written down with its parts."""


class SequentialPart(NodePart):
    """Nodes that each take the output of the one before."""

    op: Literal["Sequential"]
    stages: "Annotated[list[NodeForm], Field(min_length=1)]"


class ParallelPart(NodePart):
    """Named nodes side by side; each takes the input's field of its name, or all of it."""

    op: Literal["Parallel"]
    branches: "Annotated[dict[str, NodeForm], Field(min_length=1)]"


class BranchPart(NodePart):
    """One of two nodes, as a third one says."""

    op: Literal["Branch"]
    predicate: "NodeForm"
    """Gives exactly true or false."""
    if_true: "NodeForm"
    if_false: "NodeForm"


class FanoutPart(NodePart):
    """Nodes that all take the output of one; gives the list of theirs."""

    op: Literal["Fanout"]
    source: "NodeForm"
    targets: "Annotated[list[NodeForm], Field(min_length=1)]"


class MergePart(NodePart):
    """Nodes whose outputs one takes as source_0, source_1 and so on."""

    op: Literal["Merge"]
    sources: "Annotated[list[NodeForm], Field(min_length=1)]"
    target: "NodeForm"


class RetryPart(NodePart):
    """A node whose calls are made again when they fail for a reason that may pass."""

    op: Literal["Retry"]
    stage: "NodeForm"
    max_attempts: Attempts
    delay_ms: Milliseconds | None = None
    """The wait before the second attempt."""
    backoff: Annotated[float, Field(ge=1, le=1000)] = 1
    """The factor by which each further wait is longer."""


class LetPart(NodePart):
    """Named nodes that take the input, and a body that sees their outputs as fields of it."""

    op: Literal["Let"]
    bindings: "Annotated[dict[str, NodeForm], Field(min_length=1)]"
    body: "NodeForm"


class MapPart(NodePart):
    """A node for every item of a list, or every value of an object."""

    op: Literal["Map"]
    body: "NodeForm"
    over: str = Field(default_factory=str)
    """The field of the input with the items, if they are not the input itself."""


class FilterPart(NodePart):
    """The items for which a node gives true."""

    op: Literal["Filter"]
    predicate: "NodeForm"
    over: str = Field(default_factory=str)


class ReducePart(NodePart):
    """All items made into one value, {accumulator, item} at a time."""

    op: Literal["Reduce"]
    body: "NodeForm"
    initial: JsonValue
    """The first accumulator."""
    mode: Literal["left"] = "left"
    over: str = Field(default_factory=str)


class ReduceTreePart(NodePart):
    """All items made into one value, {left, right} at a time and level by level."""

    op: Literal["Reduce"]
    body: "NodeForm"
    initial: JsonValue = Field(default=None)
    """What it gives for no item."""
    mode: Literal["tree"]
    over: str = Field(default_factory=str)


class PickPart(GraphPart):
    """A field of the input, or one within."""

    source: str | list[str] = Field(alias="from")
    default: JsonValue = Field(default=None)
    """What stands in for what is not there."""


class ConstantPart(GraphPart):
    """A value."""

    const: JsonValue


class NestPart(GraphPart):
    """An object by such rules."""

    fields: "dict[str, FieldForm]"


FieldForm: TypeAlias = str | PickPart | ConstantPart | NestPart


class ProjectPart(NodePart):
    """An object made of parts of the input."""

    op: Literal["Project"]
    fields: dict[str, FieldForm]


class ProjectPickPart(NodePart):
    """A part of the input as it is."""

    op: Literal["Project"]
    source: str | list[str] = Field(alias="from")
    default: JsonValue = Field(default=None)


class ImportPart(NodePart):
    """The graph of another file."""

    op: Literal["Import"]
    path: Path
    sha256: Sha256 = Field(default_factory=str)
    """That the file must have."""
    graph: "GraphForm | None" = Field(default=None, alias="import")
    """What was read, in a graph that was written down with its parts."""


NodeForm: TypeAlias = (
    StagePart
    | RemoteStagePart
    | ConstPart
    | ConstFilePart
    | SequentialPart
    | ParallelPart
    | BranchPart
    | FanoutPart
    | MergePart
    | RetryPart
    | LetPart
    | MapPart
    | FilterPart
    | ReducePart
    | ReduceTreePart
    | ProjectPart
    | ProjectPickPart
    | ImportPart
)


class GraphForm(GraphPart):
    """A graph file."""

    description: str
    version: str
    root: NodeForm
    limits: dict[str, Amount] = Field(default_factory=dict)
    """For all calls in the graph."""
    ui: JsonValue = Field(default=None)
