"""Gathering all that is wrong with a graph before saying so."""

from collections.abc import Iterable, Iterator

from noether_nix.errors import GraphError, Problem
from noether_nix.formats.json_places import find_lines
from noether_nix.frozen import dataclass
from noether_nix.types.display import quoted


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong at a place in a graph, the place being a JSON Pointer into its file."""

    code: str
    message: str
    pointer: str
    hint: str = ""


def locate(findings: Iterable[Finding], *, source: str, data: bytes | None) -> tuple[Problem, ...]:
    """The findings as problems, each once, with ``file:line /pointer`` as their place.

    What is not in the file gets the line of what would hold it. ``data`` are the file's bytes,
    None where there is no file to point into.
    """
    once = tuple(dict.fromkeys(findings))
    if not once:
        return ()  # finding lines means reading the whole document again
    wanted = {prefix for finding in once for prefix in _prefixes(finding.pointer)}
    lines = {} if data is None else find_lines(data, wanted)

    def place(pointer: str) -> str:
        line = next((lines[prefix] for prefix in _prefixes(pointer) if prefix in lines), None)
        where = source if line is None else f"{source}:{line}"
        return f"{where} {pointer}" if pointer else where

    return tuple(
        Problem(found.code, found.message, place(found.pointer), found.hint) for found in once
    )


def raise_problems(kind: type[GraphError], summary: str, problems: tuple[Problem, ...]) -> None:
    """Raise the error of that kind with every problem, if there is any."""
    if len(problems) == 1:
        raise kind(str(problems[0]), hint=problems[0].hint, problems=problems)
    if problems:
        raise kind(f"{summary}: {len(problems)} problems", problems=problems)


def shown(text: str, *, most: int = 60) -> str:
    """A text from a file, fit to stand in a message: short, printable, in quotation marks."""
    return quoted(text if len(text) <= most else text[:most] + "…")


def _prefixes(pointer: str) -> Iterator[str]:
    """The pointer and those of all that holds it, from the inside out."""
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]
    yield ""
