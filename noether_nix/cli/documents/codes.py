"""Codes: what `noether explain` prints."""

from typing import Literal

from noether_nix.cli.documents.envelope import AnswerDocument
from noether_nix.cli.documents.model import Code, Document


class CodeDocument(Document):
    """One way to end, or one thing that can be wrong."""

    name: Code
    """As it stands in `outcome`, in `error.code` and in `problems`."""
    sort: Literal["outcome", "fault", "problem"]
    mover: str
    """Whose move it is."""
    exit_code: int | None
    """Of a command that ends so; null for a problem, which is a part of a fault."""
    sentence: str
    remedy: str
    """May be empty."""
    machine_dependent: bool
    """Another machine, or this one with less to do, may end otherwise."""
    about: str
    """What else there is to know; may be empty."""
    awaits: str
    """What has to come before anything ends so; empty when it is there."""


class ExplainDocument(AnswerDocument):
    """What one code means."""

    code: CodeDocument


class CodesDocument(AnswerDocument):
    """Every code there is."""

    codes: tuple[CodeDocument, ...]
