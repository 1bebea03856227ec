"""The envelope around every answer (design 11.5)."""

from typing import Literal

from pydantic import ConfigDict

from noether_nix.cli.documents.model import Code, Document


class ProblemDocument(Document):
    """One of several things wrong."""

    code: Code
    message: str
    place: str
    """`file:line` where known, then the JSON Pointer; empty where there is no place."""
    hint: str
    """What to do about it; may be empty."""


class ErrorDocument(Document):
    """Why there is no answer."""

    code: Code
    """The outcome of the first call that failed, or the name of the error."""
    message: str
    hint: str
    """What to do about it; may be empty."""
    problems: tuple[ProblemDocument, ...]


class AnswerDocument(Document):
    """The envelope when all is well; what was asked for stands beside these keys."""

    ok: Literal[True]
    warnings: tuple[str, ...]
    error: None


class EnvelopeDocument(Document):
    """What all answers have in common; what was asked for stands beside these keys."""

    model_config = ConfigDict(**{**Document.model_config, "extra": "allow"})

    ok: bool
    warnings: tuple[str, ...]
    error: ErrorDocument | None
    """Null when all is well."""


class FailureDocument(Document):
    """The envelope when there is no answer."""

    ok: Literal[False]
    warnings: tuple[str, ...]
    error: ErrorDocument
