"""What a machine gives and what is ready: what `noether doctor` and `noether warmup` print."""

from typing import Literal

from pydantic import JsonValue

from noether_nix.cli.documents.envelope import AnswerDocument, FailureDocument
from noether_nix.cli.documents.model import Code, Document, Seconds


class FindingDocument(Document):
    """One thing that was looked at."""

    name: Code
    state: Literal["ok", "warning", "bad", "unknown"]
    """`bad` makes this installation unusable; `unknown` was not looked at, because of a bad one."""
    code: Code | None
    """The error that a run ends with here; null where it does not end here."""
    message: str
    hint: str
    """What to do about it; empty where nothing need be done."""
    facts: dict[str, JsonValue]
    """What the message was made of; which facts there are depends on the name."""


class FindingsDocument(Document):
    """What is told of a machine, whether it is usable or not."""

    usable: bool
    findings: tuple[FindingDocument, ...]
    """In the order in which a run needs them, then what surrounds it."""


class DoctorDocument(FindingsDocument, AnswerDocument):
    """Graphs can run here."""


class UnusableDocument(FindingsDocument, FailureDocument):
    """They cannot; the error is the one that a run ends with."""


class StepDocument(Document):
    """One thing that is ready now."""

    name: Literal["nix", "toolchain", "inside", "packages", "sandbox"]
    message: str
    seconds: Seconds
    there: bool
    """It was there already."""


class WarmDocument(Document):
    """Everything that a run would wait for."""

    steps: tuple[StepDocument, ...]
    seconds: Seconds


class WarmupDocument(AnswerDocument):
    """What `noether warmup` prints."""

    warmup: WarmDocument
