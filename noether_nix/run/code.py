"""What every code has: one form for outcomes of calls and for faults of all that runs them."""

from enum import StrEnum
from typing import Literal, TypeAlias

from noether_nix import errors
from noether_nix.frozen import dataclass

Sort: TypeAlias = Literal["outcome", "fault", "problem"]


class Mover(StrEnum):
    """Whose move it is."""

    NOBODY = "nobody"
    CALLER = "the caller"
    GRAPH = "the author of the graph"
    STAGE = "the author of the stage"
    MACHINE = "the keeper of the machine"
    STORE = "the keeper of the store"
    US = "the makers of noether"


@dataclass(frozen=True, slots=True)
class Code:
    """One way to end, or one thing that can be wrong.

    Attributes:
        name: as it stands in ``outcome`` and ``error.code``.
        exit_code: of a command that ends so; a problem ends with that of the fault it is part of.
        sentence: what it means, whatever the case.
        remedy: what to do, whatever the case; the fault itself often knows better.
        machine_dependent: another machine, or this one with less to do, may end otherwise.
        about: what else there is to know; where there is something, failures point to it.
        awaits: what has to come before anything ends so; empty when it is there.
        words: what happened in one case, with the facts of its detail; outcomes only.
    """

    name: str
    sort: Sort
    mover: Mover
    exit_code: int | None
    sentence: str
    remedy: str = ""
    machine_dependent: bool = False
    about: str = ""
    awaits: str = ""
    words: str = ""


def fault(
    kind: type[errors.NoetherError],
    mover: Mover,
    sentence: str,
    remedy: str,
    *,
    about: str = "",
    awaits: str = "",
) -> Code:
    """The code of a class of errors, which gives its name and exit code."""
    depends = mover in (Mover.MACHINE, Mover.STORE) or kind is errors.RunInterruptedError
    return Code(
        kind("").code, "fault", mover, kind.exit_code, sentence, remedy, depends, about, awaits
    )
