"""Types and effects in the exact JSON form that ids are made from."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, JsonValue

from noether_nix.cli.documents.model import Count, Document


class PlainTypeDocument(Document):
    """A type without parts."""

    kind: Literal["Any", "Bool", "Bytes", "Null", "Number", "Text", "VNode"]


class SequenceTypeDocument(Document):
    """Items of one type."""

    kind: Literal["List", "Stream"]
    value: "TypeDocument"


class EntryDocument(Document):
    """The types of a map's keys and values."""

    key: "TypeDocument"
    value: "TypeDocument"


class MapTypeDocument(Document):
    """Keys of one type, values of another."""

    kind: Literal["Map"]
    value: EntryDocument


class RecordTypeDocument(Document):
    """Fields by name; a value may have more."""

    kind: Literal["Record"]
    value: "dict[str, TypeDocument]"
    optional: tuple[str, ...] = Field(default_factory=tuple)
    """The fields that may be absent, sorted."""


class OpenFieldsDocument(Document):
    """Known fields, and a variable for the others."""

    fields: "dict[str, TypeDocument]"
    rest: str


class OpenRecordTypeDocument(Document):
    """A record whose further fields have a name of their own."""

    kind: Literal["RecordWith"]
    value: OpenFieldsDocument
    optional: tuple[str, ...] = Field(default_factory=tuple)


class UnionTypeDocument(Document):
    """One of several types."""

    kind: Literal["Union"]
    value: "tuple[TypeDocument, ...]"


class VariableTypeDocument(Document):
    """A type that each use of a stage chooses."""

    kind: Literal["Var"]
    value: str


class RangeDocument(Document):
    """Numbers between two bounds, both inclusive."""

    kind: Literal["Range"]
    min: int | float = Field(default_factory=int)
    max: int | float = Field(default_factory=int)


class OneOfDocument(Document):
    """One of some values."""

    kind: Literal["OneOf"]
    options: tuple[JsonValue, ...]


class PropertyDocument(Document):
    """Not empty, or without a fraction."""

    kind: Literal["Integer", "NonEmpty"]


class LengthDocument(Document):
    """So many code points, items or keys, at least or at most."""

    kind: Literal["MaxLength", "MinLength"]
    length: Count


class PatternDocument(Document):
    """A text that is as a whole as a pattern says."""

    kind: Literal["Pattern"]
    pattern: str


class RefinementDocument(Document):
    """A type, and what more a value must be."""

    base: "TypeDocument"
    refinement: Annotated[
        RangeDocument | OneOfDocument | PropertyDocument | LengthDocument | PatternDocument,
        Field(discriminator="kind"),
    ]


class RefinedTypeDocument(Document):
    """The values of a type that are also something more."""

    kind: Literal["Refined"]
    value: RefinementDocument


TypeDocument: TypeAlias = Annotated[
    PlainTypeDocument
    | SequenceTypeDocument
    | MapTypeDocument
    | RecordTypeDocument
    | OpenRecordTypeDocument
    | UnionTypeDocument
    | VariableTypeDocument
    | RefinedTypeDocument,
    Field(discriminator="kind"),
]


class PlainEffectDocument(Document):
    """An effect that its name says all about."""

    effect: Literal["Clock", "Fallible", "NonDeterministic", "Process", "Pure", "Random", "Unknown"]


class CostDocument(Document):
    """Money is spent."""

    effect: Literal["Cost"]
    cents: Count


class FileEffectDocument(Document):
    """Files are read or written."""

    effect: Literal["FsRead", "FsWrite"]
    path: str


class ModelEffectDocument(Document):
    """A language model is asked."""

    effect: Literal["Llm"]
    model: str


class NetworkEffectDocument(Document):
    """The network is used; without hosts, all of it."""

    effect: Literal["Network"]
    hosts: tuple[str, ...] = Field(default_factory=tuple)


class EnvironmentEffectDocument(Document):
    """Variables of the environment are read; without names, all of them."""

    effect: Literal["Env"]
    names: tuple[str, ...] = Field(default_factory=tuple)


EffectDocument: TypeAlias = Annotated[
    PlainEffectDocument
    | CostDocument
    | EnvironmentEffectDocument
    | FileEffectDocument
    | ModelEffectDocument
    | NetworkEffectDocument,
    Field(discriminator="effect"),
]
