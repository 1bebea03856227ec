"""What the doctor says of one thing: how it is, what that means, what to do about it."""

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

from noether_nix.errors import NoetherError
from noether_nix.frozen import dataclass, field
from noether_nix.inside.contract import Json

State: TypeAlias = Literal["ok", "warning", "bad", "unknown"]
"""``bad`` makes this installation unusable; ``unknown`` was not looked at, because of a bad one."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: what it is, a word that stays the same from version to version.
        state: how it is.
        message: what was found.
        hint: what to do about it; empty where nothing need be done.
        facts: what the message was made of, for programs.
        error: of a bad one: what a run raises here.
    """

    name: str
    state: State
    message: str
    hint: str = ""
    facts: Mapping[str, Json] = field(default_factory=dict)
    error: NoetherError | None = None

    @property
    def code(self) -> str | None:
        """The name of the error that a run ends with; None where it does not end here."""
        return None if self.error is None else self.error.code


def well(name: str, message: str, facts: Mapping[str, Json] | None = None) -> Finding:
    """The finding that all is well, with what that was seen by."""
    return Finding(name, "ok", message, facts=facts or {})


def odd(name: str, message: str, hint: str, facts: Mapping[str, Json] | None = None) -> Finding:
    """The finding that a run works, and that something about it may surprise."""
    return Finding(name, "warning", message, hint, facts or {})


def refused(name: str, error: NoetherError) -> Finding:
    """The finding that a run ends here, in the words in which it does."""
    return Finding(name, "bad", error.message, error.hint, error=error)


def unseen(name: str, why: str) -> Finding:
    """The finding that something was not looked at."""
    return Finding(name, "unknown", f"not looked at: {why}")


def first_error(findings: Iterable[Finding]) -> NoetherError | None:
    """What a run would end with: the error of the first bad finding, in a run's own order."""
    return next((one.error for one in findings if one.error is not None), None)
