"""Types: what the commands of `noether type` print."""

from pydantic import Field, JsonValue

from noether_nix.cli.documents.envelope import AnswerDocument
from noether_nix.cli.documents.model import Document
from noether_nix.cli.documents.types import TypeDocument


class ShownTypeDocument(Document):
    """One type in all its forms."""

    text: str
    """As it is written in a stage; it parses back."""
    document: TypeDocument
    variables: tuple[str, ...]
    unchecked: tuple[str, ...]
    """Where Any stands in it; empty text for the whole type."""


class TypeShowDocument(AnswerDocument):
    """What `noether type show`, `type infer` and `type schema --from` print.

    What of a schema no type can say is in the warnings.
    """

    type: ShownTypeDocument


class TypeSchemaDocument(AnswerDocument):
    """What `noether type schema` prints."""

    found: dict[str, JsonValue] = Field(alias="schema")  # the model has a method of that name
    """JSON Schema 2020-12."""


class TypeSourceDocument(AnswerDocument):
    """What `noether type schema --python` prints."""

    source: str
