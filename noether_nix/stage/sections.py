"""A docstring cut into its description and its sections (design 11.3).

What the sections say is read in ``docstring``; here it is decided where they begin and end.
"""

import re

from noether_nix.frozen import dataclass
from noether_nix.stage.problems import ProblemList, did_you_mean, nearest

SECTIONS = (
    "Input",
    "Output",
    "Effects",
    "Name",
    "Tags",
    "Helpers",
    "Limits",
    "Properties",
    "Examples",
)

_HEADER = re.compile(r"([A-Za-z][A-Za-z0-9_]*)[ \t]*:(?!:)(.*)")

_CLOSING = re.compile(r"[\])}>]+")

# High enough that "Args:" and "Game:" stay prose, low enough for "Inputs:" and "Efects:".
_NEAR = 0.8


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a section, without the white space round it."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A section's name, the line it begins in, and its lines that are not blank."""

    name: str
    line: int
    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class Docstring:
    """What stands before the sections, and the sections by name."""

    description: str
    sections: dict[str, Section]


def split_docstring(text: str, *, first_line: int, problems: ProblemList) -> Docstring:
    """Cut ``text`` at its sections; ``first_line`` is where it begins in the file."""
    return _Splitter(problems).split(_dedented(text, first_line))


def _dedented(text: str, first_line: int) -> list[Line]:
    """The lines with the base indent taken away; what is indented more stays so."""
    raw = [line.rstrip() for line in text.expandtabs().split("\n")]
    rest = [len(line) - len(line.lstrip()) for line in raw[1:] if line]
    base = min(rest, default=0)
    lines = [raw[0].lstrip(), *(line[base:] for line in raw[1:])]
    return [Line(first_line + index, line) for index, line in enumerate(lines)]


class _Splitter:
    """Walks over the lines once; a section collects the lines that are indented more."""

    def __init__(self, problems: ProblemList) -> None:
        self._problems = problems
        self._description: list[str] = []
        self._sections: dict[str, Section] = {}
        self._name: str | None = None
        self._start = 0
        self._lines: list[Line] = []

    def split(self, lines: list[Line]) -> Docstring:
        for line in lines:
            self._take(line)
        self._close()
        description = "\n".join(self._description).strip()
        if not description and lines:
            self._problems.add(
                "description-missing",
                "the docstring does not begin with a description",
                lines[0].number,
                hint="say in one sentence what the stage does",
            )
        return Docstring(description, self._sections)

    def _take(self, line: Line) -> None:
        header = _HEADER.fullmatch(line.text)
        if header is not None and (name := self._section_name(header[1], line.number)):
            self._open(name, line.number, header[2])
        elif self._name is None:
            self._description.append(line.text)
        elif not line.text:
            pass
        elif line.text.startswith(" "):
            self._lines.append(Line(line.number, line.text.strip()))
        elif header is None:
            if _CLOSING.fullmatch(line.text):
                # Read as what was meant, so that one slip is one problem.
                self._lines.append(line)
            self._problems.add(
                "text-misplaced",
                f"this line belongs to no section: {line.text[:40]!r}",
                line.number,
                hint=f"indent it to continue {self._name}, or move it into the description",
            )

    def _section_name(self, word: str, line: int) -> str | None:
        """The section that ``word:`` begins; one that looks like a section is reported."""
        if word in SECTIONS:
            return word
        near = nearest(word, SECTIONS, cutoff=_NEAR)
        if near is None and self._name is None:
            return None  # prose with a colon
        hint = f"did you mean {near}?" if near else did_you_mean(word, SECTIONS)
        self._problems.add("section-unknown", f"{word} is no section", line, hint=hint)
        # Read on as what was meant, so that one slip is one problem.
        return near if near not in self._sections else None

    def _open(self, name: str, number: int, rest: str) -> None:
        if self._name is None and self._description and self._description[-1]:
            self._problems.add(
                "blank-line-missing",
                f"no blank line stands between the description and {name}",
                number,
                hint=f"put a blank line before {name}",
            )
        self._close()
        self._name, self._start, self._lines = name, number, []
        if rest.strip():
            self._lines.append(Line(number, rest.strip()))

    def _close(self) -> None:
        if self._name is None:
            return
        if self._name in self._sections:
            first = self._sections[self._name].line
            self._problems.add(
                "section-twice",
                f"the section {self._name} stands twice, first in line {first}",
                self._start,
                hint="keep one of them",
            )
            return
        section = Section(self._name, self._start, tuple(self._lines))
        self._sections[self._name] = section
