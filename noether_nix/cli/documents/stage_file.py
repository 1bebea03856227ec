"""Stage specs: JSON files of stages, which the ancestor has and noether reads beside Python files.

The reader itself (`stage/spec.py`) is another, with messages for people; a test holds both to each
other. What a schema cannot say it alone refuses: code, ids that do not follow from the content,
types, and properties and examples that contradict them.
"""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import ConfigDict, Field, JsonValue

from noether_nix.cli.documents.graph_file import GraphPart
from noether_nix.cli.documents.model import Sha256

Name: TypeAlias = Annotated[str, Field(pattern="^[a-z0-9_]{1,64}$")]
TypeForm: TypeAlias = str | dict[str, JsonValue]
Amount: TypeAlias = Annotated[int, Field(ge=1, lt=2**63)]


EffectName: TypeAlias = Literal[
    "Clock",
    "Cost",
    "Env",
    "Fallible",
    "FsRead",
    "FsWrite",
    "Llm",
    "Network",
    "NonDeterministic",
    "Process",
    "Pure",
    "Random",
    "Unknown",
]


class SpecPart(GraphPart):
    """An object in a spec; keys that begin with an underscore are remarks."""


class EffectPart(SpecPart):
    """An effect with what it says besides."""

    effect: EffectName
    path: str = Field(default_factory=str)
    """Of FsRead and FsWrite."""
    hosts: list[str] | None = None
    """Of Network."""
    names: list[str] | None = None
    """Of Env."""
    model: str = Field(default_factory=str)
    """Of Llm."""
    cents: Annotated[int, Field(ge=0)] = Field(default_factory=int)
    """Of Cost."""


class PropertyPart(SpecPart):
    """What holds between input and output: see docs/testing.md for the members of each kind."""

    model_config = ConfigDict(**{**SpecPart.model_config, "extra": "allow"})

    kind: str


class OutputExamplePart(SpecPart):
    """An input, and the output that it must give."""

    input: JsonValue
    output: JsonValue


class RaisesExamplePart(SpecPart):
    """An input that the stage refuses, and the exception that it raises."""

    input: JsonValue
    raises: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.]*$")]


ExampleForm: TypeAlias = OutputExamplePart | RaisesExamplePart


class CodePart(SpecPart):
    """Code with its language."""

    code: str
    language: Literal["python"] = "python"


class DescribedPart(SpecPart):
    """What both forms of a spec may have."""

    name: Name
    description: str = Field(default_factory=str)
    tags: list[str] = Field(default_factory=list)
    aliases: list[str] = Field(default_factory=list)
    properties: list[PropertyPart] = Field(default_factory=list)
    examples: list[ExampleForm] = Field(default_factory=list)


class SimpleStagePart(DescribedPart):
    """A stage as one writes it."""

    input: TypeForm
    """A type: the name of a plain one, the shorthand of docs/types.md, or the JSON form."""
    output: TypeForm
    effects: list[str | EffectPart] = Field(default_factory=list)
    """Names or objects; Pure if there is none."""
    implementation: str | CodePart
    """Python code that defines `execute`."""
    language: Literal["python"] = "python"


class EffectsPart(SpecPart):
    """A set of effects."""

    effects: "Annotated[list[str | EffectPart], Field(min_length=1)]"


class SignaturePart(SpecPart):
    """What a stage takes, gives and does."""

    input: TypeForm
    output: TypeForm
    effects: EffectsPart
    implementation_hash: Sha256


class PackagePart(SpecPart):
    """A package that the code needs."""

    name: str
    version: str
    sha256: str


class WholeStagePart(DescribedPart):
    """A stage with the ids that follow from the rest of it.

    As `noether stage show --json` prints it, but for what that says of the file: `file`, `seen`
    and `accepted`.
    """

    id: Sha256
    signature_id: Sha256 = Field(default_factory=str)
    signature: SignaturePart
    implementation_code: str
    implementation_language: Literal["python"] = "python"
    helpers: dict[str, str] = Field(default_factory=dict)
    """The texts of Python files beside the stage, by name."""
    packages: list[PackagePart] = Field(default_factory=list)
    limits: dict[str, Amount] = Field(default_factory=dict)
    """In seconds, bytes and pieces."""
    lifecycle: Literal["Active", "Draft"] = "Active"
    capabilities: Annotated[list[Any], Field(max_length=0)] = Field(default_factory=list)
    """The ancestor's; none may be asked for."""
    cost: JsonValue = None
    """The ancestor's; not kept, as the next two."""
    ed25519_signature: JsonValue = None
    signer_public_key: JsonValue = None


StageForm: TypeAlias = SimpleStagePart | WholeStagePart
