"""Why an expression has no value; whoever needs it ends input-invalid.

It runs inside the sandbox too: the standard library alone, nothing of ours.
"""

from collections.abc import Sequence
from typing import Any

# How many calls, or items where there is no call for them, a run may grow by: how many items
# there are is said by data, and each costs memory on both sides of the wall.
MOST_GROWN = 100_000

_KINDS = {
    type(None): "null", bool: "a boolean", str: "a text", list: "a list", dict: "an object",
}  # fmt: skip


class InputUnusableError(Exception):
    """An expression has no value for what came; whoever needs it ends input-invalid.

    Attributes:
        hint: what would help, where that can be said.
    """

    hint = ""

    @property
    def facts(self) -> dict[str, str]:
        """What a report tells of it."""
        return {"message": str(self)} | ({"hint": self.hint} if self.hint else {})


class UnplacedInputError(InputUnusableError):
    """A value that is no object came to a stage whose other fields leave no one field for it."""

    def __init__(self) -> None:
        super().__init__("the input is no object, and not exactly one field is left for it")


class FieldAbsentError(InputUnusableError):
    """A value does not have a field that is picked from it."""

    hint = 'say what stands in for it: "default" in the Project'

    def __init__(self, path: Sequence[str], name: str, got: Any) -> None:
        place = ".".join(path)
        what = f"has no field {name!r:.80}" if isinstance(got, dict) else "is no object"
        super().__init__(f"{place:.200} is picked from a value that {what}")


class PredicateNotBooleanError(InputUnusableError):
    """What was to decide between two arms is neither true nor false."""

    hint = "let what decides say Output: Bool, and it is seen before anything runs"

    def __init__(self, value: Any) -> None:
        kind = _KINDS.get(type(value), "a number")
        super().__init__(f"the predicate gave {kind}, and only true and false decide")


class NoItemsError(InputUnusableError):
    """What something is to be done with item by item has no items."""

    def __init__(self, value: Any) -> None:
        kind = _KINDS.get(type(value), "a number")
        super().__init__(f"the items are to come from {kind}, and only lists and objects have any")


class NothingToReduceError(InputUnusableError):
    """There is no item, and no value for when there is none."""

    hint = 'say what it gives then: add "initial" to the Reduce'

    def __init__(self) -> None:
        super().__init__("there is nothing to reduce, and no initial value")


class NotTakenError(InputUnusableError):
    """What is asked for is in an arm of a Branch that was not taken."""

    def __init__(self) -> None:
        super().__init__("it is in the arm of a Branch that was not taken")


class TooManyItemsError(InputUnusableError):
    """There are more items than a run can have calls; ``node`` is empty where names are unknown."""

    hint = (
        "let one call do more: make a list of lists of the items, and a stage that takes one of "
        "these; or run the graph for a part of them at a time"
    )

    def __init__(self, count: int, node: str = "") -> None:
        there_are = f"{node:.200} has {count} items" if node else f"there are {count} items"
        super().__init__(
            f"{there_are}, and with them this run would grow by more than {MOST_GROWN} calls"
        )
