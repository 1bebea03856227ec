"""What the catalog answers: values, because an unknown name is an expected end."""

from typing import TypeAlias

from noether_nix.frozen import dataclass
from noether_nix.stage.model import Stage


@dataclass(frozen=True, slots=True)
class Added:
    """A stage is in the catalog under its name.

    Attributes:
        new: it was not there before.
        previous: the id that the name pointed to before, where that was another one.
    """

    id: str
    new: bool
    previous: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """The one stage that a reference means."""

    stage: Stage


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stage that a reference could mean, with the names that point to it."""

    id: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The beginning of several ids, or a signature that several stages have."""

    reference: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """A reference that means nothing here, with the names that are most like it."""

    reference: str
    nearest: tuple[str, ...]


Answer: TypeAlias = Found | Ambiguous | Unknown


@dataclass(frozen=True, slots=True)
class Entry:
    """A stage in the catalog, with the names that point to it now."""

    stage: Stage
    names: tuple[str, ...]
    added: float


@dataclass(frozen=True, slots=True)
class AcceptedEffect:
    """An effect that a stage's code shows and that a person said it does not have.

    Attributes:
        stage: the id of the stage.
        effect: the effect, as a docstring has it.
        place: file and line where it was seen.
        reason: the code that shows it.
        time: when it was accepted; 0 before it is recorded.
    """

    stage: str
    effect: str
    place: str
    reason: str
    time: float = 0.0


@dataclass(frozen=True, slots=True)
class Move:
    """A name that was pointed elsewhere; None is nowhere."""

    name: str
    old: str | None
    new: str | None
    time: float
