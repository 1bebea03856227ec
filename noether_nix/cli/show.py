"""What commands print: one envelope for machines, plain words for people (design 11.5)."""

import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from noether_nix.cli.printing import say, tell
from noether_nix.cli.safe import safe_json_rows, safely
from noether_nix.errors import NoetherError, Problem

if TYPE_CHECKING:
    from click import UsageError


def show_json(noun: Mapping[str, Any], *, ok: bool = True, warnings: Iterable[str] = ()) -> None:
    """Print the envelope around what a command found."""
    envelope = {"ok": ok, **noun, "warnings": list(warnings), "error": noun.get("error")}
    tell(safe_json_rows(envelope))


def show_error(error: NoetherError, *, as_json: bool) -> None:
    """Say what is wrong and what to do about it."""
    if as_json:
        show_json({"error": error_document(error)}, ok=False)
        return
    lines = [f"error: {error.message}"]
    if len(error.problems) > 1:
        for problem in error.problems:
            lines += _problem_lines(problem)
    elif error.hint:
        lines.append(f"  hint: {error.hint}")
    if _explained(error.code):
        lines.append(f"  more: noether explain {error.code}")
    say(safely("\n".join(lines)))


def _explained(code: str) -> bool:
    """Whether there is more to know of a code than its error can say."""
    from noether_nix.run.fault import FAULTS

    return code in FAULTS and bool(FAULTS[code].about)


def show_usage_error(error: "UsageError", *, as_json: bool) -> None:
    """Say what is wrong with the words of a command, and what was probably meant."""
    from noether_nix.cli.usage import hint_of, is_bare, message_of

    if as_json:
        message, hint = message_of(error), hint_of(error)
        document = {"code": "usage", "message": message, "hint": hint, "problems": []}
        show_json({"error": document}, ok=False)
    elif is_bare(error):
        error.show(sys.stderr)  # a group alone: all of its help
    else:
        say(safely(f"error: {message_of(error)}\n  hint: {hint_of(error)}"))


def note(message: str) -> None:
    """Say what takes its time."""
    say(safely(message))


def warn(message: str) -> None:
    """Say something that stops nothing."""
    say(safely(f"warning: {message}"))


def error_document(error: NoetherError) -> dict[str, Any]:
    """An error in the envelope."""
    return {
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "problems": [
            {
                "code": problem.code,
                "message": problem.message,
                "place": problem.place,
                "hint": problem.hint,
            }
            for problem in error.problems
        ],
    }


def _problem_lines(problem: Problem) -> list[str]:
    lines = [f"  {problem}"]
    if problem.hint:
        lines.append(f"    hint: {problem.hint}")
    return lines


def size_in_words(size: int) -> str:
    """A number of bytes for people: ``14 KB``."""
    for unit, step in (("GB", 10**9), ("MB", 10**6), ("KB", 10**3)):
        if size >= step:
            amount = size / step
            return f"{amount:.1f} {unit}" if amount < 10 else f"{amount:.0f} {unit}"
    return f"{size} bytes"
