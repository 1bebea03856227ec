"""Everything that can go wrong, on one page.

The branch of the tree says whose move it is, the exit code follows from the branch
(design 11.6), and the class carries the facts as fields. The message says what is wrong with
the name of the thing; the remedy is :attr:`NoetherError.hint`, never part of the message.
"""

import re
from collections.abc import Sequence
from typing import ClassVar

from noether_nix.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One of several things wrong with a document.

    ``place`` is ``file:line`` where known, followed by the JSON Pointer for JSON documents:
    ``graph.json:12 /root/stages/1``.
    """

    code: str
    message: str
    place: str = ""
    hint: str = ""

    def __str__(self) -> str:
        # Names in a document, which stand in the pointer to a place, may have several lines.
        place = self.place.replace("\n", "\\n")
        return f"{place}: {self.message}" if place else self.message


class NoetherError(Exception):
    """The root: whatever this package raises on purpose descends from here."""

    exit_code: ClassVar[int] = 1
    hint: str = ""
    problems: tuple[Problem, ...] = ()

    def __init__(self, message: str, *, hint: str = "", problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.message = message
        if hint:
            self.hint = hint
        self.problems = tuple(problems)

    @property
    def code(self) -> str:
        """The class in kebab case without ``Error``: ``type-mismatch``."""
        name = type(self).__name__.removesuffix("Error")
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


# ---------------------------------------------------------------- 2: the caller


class CallerError(NoetherError):
    """What was asked for cannot be done as asked."""

    exit_code = 2


class InputUnreadableError(CallerError):
    """The value given to ``--input`` is no JSON or its file cannot be read."""


class InputMismatchError(CallerError):
    """The value given to ``--input`` does not have the graph's or stage's input type."""


class SettingInvalidError(CallerError):
    """A setting, a flag or a variable has a value that means nothing."""


class FileUnreadableError(CallerError):
    """A file that was named does not exist or cannot be read or written."""


class InputUnknownError(CallerError):
    """The input of a call has not come to be, because a call before it has no kept result."""


class UnknownRunError(CallerError):
    """No run of that name is recorded here."""


class UnknownCodeError(CallerError):
    """No outcome and no error has that code."""


# ---------------------------------------------------------------- 3: the author of a graph


class GraphError(NoetherError):
    """A graph cannot be used as it is."""

    exit_code = 3


class GraphSyntaxError(GraphError):
    """A graph file is not JSON, or not of the shape of a graph."""


class GraphInvalidError(GraphError):
    """A graph names unknown stages or joins types that do not fit; carries every problem."""


class OperatorUnavailableError(GraphError):
    """A graph uses an operator that this version checks and does not run."""


class UnknownNodeError(GraphError):
    """A graph has no node of that name."""


# ---------------------------------------------------------------- 4: the author of a stage


class StageError(NoetherError):
    """A stage cannot be registered or used."""

    exit_code = 4


class StageInvalidError(StageError):
    """A stage file breaks the contract; carries every problem."""


class EffectUndeclaredError(StageError):
    """A stage's code shows an effect that the stage does not declare; carries every place."""


class TypeSyntaxError(StageError):
    """A text or JSON document is no type; ``position`` counts characters where it is a text."""

    def __init__(self, message: str, *, position: int | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.position = position


class TypeUnsupportedError(StageError):
    """A type has no values, so nothing can be checked against it."""


class UnknownNameError(StageError):
    """No stage of that name, id or prefix; or several."""


class NameTakenError(StageError):
    """A name points to another stage already."""


# ---------------------------------------------------------------- 5: the keeper of the machine


class ToolError(NoetherError):
    """Nix or the sandbox cannot do its work here."""

    exit_code = 5


class ProgramMissingError(ToolError):
    """A program that is needed is not there or cannot be started."""


class NixMissingError(ToolError):
    """No Nix was found where it was looked for."""


class NixTooOldError(ToolError):
    """The Nix that was found is older than the oldest that is supported."""


class SandboxUnavailableError(ToolError):
    """This machine cannot give the isolation that was asked for."""


class EvaluationFailedError(ToolError):
    """Nix refused an expression or a command of ours."""


class BuilderLostError(ToolError):
    """The builder ended before its calls did, and not through their fault.

    ``within_reach``: of the one call that ran in it, so that the fault may be that call's.
    """

    def __init__(self, message: str, *, hint: str = "", within_reach: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.within_reach = within_reach


class ToolchainUnusableError(ToolError):
    """No interpreter closure can be made or found for the stages to run with."""


# ---------------------------------------------------------------- 6, 7: calls


class CallFailedError(NoetherError):
    """A call ended with an outcome other than ``succeeded``."""

    exit_code = 6


class NotDeterministicError(NoetherError):
    """Identical calls gave different values."""

    exit_code = 7


# ---------------------------------------------------------------- 8: the keeper of the store


class StoreError(NoetherError):
    """The store, the database or a cache cannot be used or believed."""

    exit_code = 8


class FormatError(StoreError):
    """Bytes or text are not of the format that they should have."""


class StoreFullError(StoreError):
    """The disk that holds the store or the database is full."""


class HashMismatchError(StoreError):
    """Stored bytes are not the bytes that were recorded."""


class DatabaseDamagedError(StoreError):
    """The database is not one, or its contents contradict themselves."""


class DatabaseTooNewError(StoreError):
    """The database was written by a newer version."""


class DatabaseBusyError(StoreError):
    """Another process held the database for longer than we wait."""


class StoreUnwritableError(StoreError):
    """The folder for the store, the database or the logs cannot be written."""


# ---------------------------------------------------------------- 9, 70, 130


class PolicyError(NoetherError):
    """Something was refused by policy."""

    exit_code = 9


class EffectRefusedError(PolicyError):
    """A stage declares an effect that is not allowed or not supported."""


class LimitRefusedError(PolicyError):
    """A graph or a stage asks for more than a ceiling of the settings, or for too little."""


class InternalError(NoetherError):
    """An invariant broke: ours to mend."""

    exit_code = 70
    hint = "this is a defect of noether: please report it with the command that shows it"


class RunInterruptedError(NoetherError):
    """The caller stopped the run."""

    exit_code = 130
