"""Gathering all that is wrong with a stage before saying so."""

from collections.abc import Callable, Iterable, Mapping

from noether_nix.errors import Problem, StageInvalidError
from noether_nix.frozen import replace

# Of faults that a hostile file can have by the hundred thousand, so many are told.
MOST_OF_A_KIND = 20
MOST_TOLD = 100


class ProblemList:
    """What was found wrong so far; ``locate`` turns a line's number into a place.

    A line of 0 means the document as a whole.
    """

    def __init__(self, locate: Callable[[int], str]) -> None:
        self._locate = locate
        self._found: list[tuple[int, Problem]] = []

    def add(self, code: str, message: str, line: int, *, hint: str = "") -> None:
        """Note one problem."""
        self._found.append((line, Problem(code, message, self._locate(line), hint)))

    def add_all(self, problems: Iterable[Problem], line: int) -> None:
        """Note problems that do not know their place yet."""
        for problem in problems:
            self.add(problem.code, problem.message, line, hint=problem.hint)

    def in_order(self) -> tuple[Problem, ...]:
        """All of them, by line."""
        return tuple(problem for _, problem in sorted(self._found, key=lambda pair: pair[0]))


def lines_of(place: str) -> Callable[[int], str]:
    """Places of the form ``file:line``."""
    return lambda line: _file_line(place, line)


def placed(problems: Iterable[Problem], place: str, lines: Mapping[str, int]) -> list[Problem]:
    """Problems whose places are JSON Pointers, with file and line in front."""
    return [
        replace(
            problem, place=f"{_file_line(place, lines.get(problem.place))} {problem.place}".strip()
        )
        for problem in problems
    ]


def _file_line(place: str, line: int | None) -> str:
    return f"{place}:{line}" if line else place


def stage_invalid(place: str, problems: Iterable[Problem]) -> StageInvalidError:
    """The error that carries ``problems`` (at least one); of very many, the first."""
    found = tuple(problems)
    if len(found) == 1:
        return StageInvalidError(str(found[0]), hint=found[0].hint, problems=found)
    told = found[:MOST_TOLD]
    return StageInvalidError(f"{place} is no stage: {len(found)} problems", problems=told)


def nearest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The known word that ``word`` was most probably meant to be."""
    import difflib  # 10 ms, and only faulty stages need it

    by_folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(word[:80].casefold(), by_folded, n=1, cutoff=cutoff)
    return by_folded[close[0]] if close else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint with the nearest known word, else all of them."""
    names = tuple(known)
    near = nearest(word, names)
    return f"did you mean {near}?" if near else f"known: {', '.join(names)}"
