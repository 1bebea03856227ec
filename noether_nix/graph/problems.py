"""Gathering all that is wrong with a graph before saying so."""

from collections.abc import Iterable, Iterator, Mapping

from noether_nix.errors import GraphError, GraphInvalidError, Problem
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


def locate(
    findings: Iterable[Finding],
    *,
    source: str,
    data: bytes | None,
    base: str = "",
    files: Mapping[str, tuple[str, bytes]] | None = None,
) -> tuple[Problem, ...]:
    """The findings as problems, each once, with ``file:line /pointer`` as their place.

    What is not in a file gets the line of what would hold it.

    Args:
        findings: what was found.
        source: the name of the file.
        data: its bytes, None where there is no file to point into.
        base: what the pointers into it begin with, if another graph imports it.
        files: name and bytes of the files that it imports, by the pointer of the node.
    """
    once = tuple(dict.fromkeys(findings))
    if not once:
        return ()  # finding lines means reading the whole document again
    documents = {base: (source, data), **{f"{at}/import": one for at, one in (files or {}).items()}}
    of_file: dict[str, list[Finding]] = {}
    for finding in once:
        held = (prefix for prefix in _prefixes(finding.pointer) if prefix in documents)
        of_file.setdefault(next(held, base), []).append(finding)
    places: dict[Finding, str] = {}
    for base_, found in of_file.items():
        name, text = documents[base_]
        places.update(_places(found, name, text, base_))
    return tuple(Problem(one.code, one.message, places[one], one.hint) for one in once)


def _places(
    findings: Iterable[Finding], source: str, data: bytes | None, base: str
) -> dict[Finding, str]:
    """The place of each finding in one file, in which pointers begin behind ``base``."""
    within = {finding: finding.pointer.removeprefix(base) for finding in findings}
    wanted = {prefix for pointer in within.values() for prefix in _prefixes(pointer)}
    lines = {} if data is None else find_lines(data, wanted)
    places = {}
    for finding, pointer in within.items():
        line = next((lines[prefix] for prefix in _prefixes(pointer) if prefix in lines), None)
        where = source if line is None else f"{source}:{line}"
        places[finding] = f"{where} {finding.pointer}" if finding.pointer else where
    return places


def raise_problems(kind: type[GraphError], summary: str, problems: tuple[Problem, ...]) -> None:
    """Raise the error of that kind with every problem, if there is any."""
    if len(problems) == 1:
        raise kind(str(problems[0]), hint=problems[0].hint, problems=problems)
    if problems:
        raise kind(f"{summary}: {len(problems)} problems", problems=problems)


def too_intricate(pointer: str) -> GraphInvalidError:
    """The refusal of a graph in which something would be looked at too often, and where."""
    message = "what is nested here is too intricate to be checked"
    hint = "give what is inside a stage with declared types, or nest less"
    problem = Problem("too-intricate", message, pointer, hint)
    return GraphInvalidError(str(problem), hint=hint, problems=[problem])


def shown(text: str, *, most: int = 60) -> str:
    """A text from a file, fit to stand in a message: short, printable, in quotation marks."""
    return quoted(text if len(text) <= most else text[:most] + "…")


def _prefixes(pointer: str) -> Iterator[str]:
    """The pointer and those of all that holds it, from the inside out."""
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]
    yield ""
