"""Write docs/pure.md: every source of clock, random numbers and host, and what a pure stage gets.

From the same rows comes ``noether_nix/effects/clock_and_random.py``: what of it is seen in code.

What Python code of the library takes is found by reading it (``effect_scan.py``), with each Python
that is named after the options, and kept in ``effect_places.json``; what cannot be found so stands
in ``effect_rows.toml``. With ``--check`` nothing is written and the exit code says whether the page
is what the two files and the contract say.
"""

import argparse
import ast
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from noether_nix.inside.contract import LIBRARY_MOMENT, TOLD_A_FIXED_VALUE
from scripts.effect_scan import PRIMITIVES, Place
from scripts.written_pages import with_part, write_stale

HERE = Path(__file__).resolve().parent
PLACES = HERE / "effect_places.json"
ROWS = HERE / "effect_rows.toml"
PAGE = HERE.parent / "docs" / "pure.md"
GUARDS = HERE.parent / "noether_nix" / "effects" / "clock_and_random.py"

EFFECTS = {"clock": "Clock", "random": "Random"}

_SCRIPT = "effect_sources.py"
_KINDS = {"clock": "Clock", "random": "Random numbers", "host": "Host"}
_ANSWERS = {"denied": "denied", "fixed": "fixed", "open": "not enforceable"}


@dataclass(frozen=True)
class Row:
    """One source and what becomes of it in a pure stage.

    Attributes:
        name: the call, or the function of the library and what it calls; the id of its test.
        kind: ``clock``, ``random`` or ``host``.
        answer: ``denied``, ``fixed`` or ``open``.
        words: the event that is named, what it is fixed to, or why nothing can be done.
        call: the expression to try.
        asked_in: the module whose code asks; empty for the stage itself.
        imported: the import that gives the expression's first name there.
        value: of a fixed one ``[what it always gives]``, where that is the same on all machines.
        pythons: the versions that have it; empty for all.
    """

    name: str
    kind: str
    answer: str
    words: str
    call: str
    asked_in: str = ""
    imported: str = ""
    value: tuple[Any, ...] = ()
    pythons: tuple[str, ...] = ()

    @property
    def effect(self) -> str | None:
        """The effect that a denial names."""
        return EFFECTS[self.kind] if self.answer == "denied" else None


def load_rows(text: str) -> dict[str, Row]:
    """The rows of ``effect_rows.toml``, by the call."""
    tables = tomllib.loads(text)
    pythons = tables["pythons"]
    rows = {}
    for kind in _KINDS:
        for answer, calls in tables[kind].items():
            for call, told in calls.items():
                words, value = (told[0], (told[1],)) if answer == "fixed" else (told, ())
                versions = tuple(pythons.get(call, ()))
                rows[call] = Row(call, kind, answer, words, call, value=value, pythons=versions)
    return rows


def harmless_functions(text: str) -> dict[str, set[str]]:
    """By the name of a module in C: which of its functions are in no row, on purpose."""
    return {name: set(words.split()) for name, words in tomllib.loads(text)["harmless"].items()}


def place_row(place: Place, rows: Mapping[str, Row], pythons: Iterable[str] = ()) -> Row:
    """The row of a place in the library, which follows from the row of what it takes.

    Raises:
        KeyError: what it takes has no row.
    """
    base = rows[place.primitive + PRIMITIVES[place.primitive]]
    function = ".".join(filter(None, (place.module, place.function)))
    answer, words = base.answer, base.words
    if answer == "denied" and not place.function:
        answer, words = "fixed", "a fixed value while it is imported"
    elif answer == "denied" and place.module in TOLD_A_FIXED_VALUE:
        answer, words = (
            "fixed",
            "1 January 1980" if base.kind == "clock" else "the seed 0, or zeros",
        )
    return Row(
        name=f"{function}{'' if place.function else ' (imported)'}: {place.primitive}",
        kind=base.kind,
        answer=answer,
        words=words,
        call=place.written + PRIMITIVES[place.primitive],
        asked_in=place.module,
        imported=place.imported,
        value=base.value if place.function else (),
        pythons=tuple(pythons),
    )


def all_rows(places: Mapping[Place, Iterable[str]], rows: Mapping[str, Row]) -> list[Row]:
    """Every row of the table."""
    named = {row.name: row for row in rows.values()}
    for place, pythons in places.items():
        row = place_row(place, rows, pythons)
        known = named.get(row.name)
        versions = {*row.pythons, *(known.pythons if known else ())}
        named[row.name] = Row(**{**vars(row), "pythons": tuple(sorted(versions))})
    return list(named.values())


# ------------------------------------------------------------------------------ places


def read_places(text: str) -> dict[Place, tuple[str, ...]]:
    """Places with the versions of Python that have them."""
    return {Place(*entry[:5]): tuple(entry[5:]) for entry in json.loads(text)}


def write_places(places: Mapping[Place, Iterable[str]]) -> str:
    """What :func:`read_places` reads: one place a line, in order."""
    lines = [
        json.dumps([*vars(place).values(), *sorted(pythons, key=_version)])
        for place, pythons in sorted(places.items())
    ]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def _version(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


def scan(python: str) -> tuple[str, set[Place]]:
    """What another Python's library has, by that Python's own eyes."""
    ended = subprocess.run(
        [python, "-P", str(HERE / "effect_scan.py")], capture_output=True, check=True
    )
    found = json.loads(ended.stdout)
    return found["python"], {Place(**place) for place in found["places"]}


# ------------------------------------------------------------------------------ the page


def with_table(page: str, table: str) -> str:
    """The page with the table between its two marks.

    Raises:
        ValueError: the page does not have the two marks, once each and in order.
    """
    return with_part(page, "sources", table, script=_SCRIPT)


def render_table(rows: Iterable[Row], pythons: Iterable[str]) -> str:
    """A table for each kind, the calls that people write first."""
    everywhere = set(pythons)
    table, lines = list(rows), []
    for kind, title in _KINDS.items():
        of_kind = [row for row in table if row.kind == kind]
        lines += [f"### {title}", ""]
        for heading, asked in (("Called by a stage", False), ("Called by the library", True)):
            chosen = [row for row in of_kind if bool(row.asked_in) == asked]
            chosen.sort(key=lambda row: (list(_ANSWERS).index(row.answer), row.name))
            lines += [f"{heading}:", "", "| source | kind | answer | how |", "|---|---|---|---|"]
            lines += [_line(row, everywhere) for row in chosen]
            lines.append("")
    return "\n".join(lines).rstrip("\n")


def _line(row: Row, everywhere: set[str]) -> str:
    words = {"denied": f"{row.effect}, `{row.words}`"}.get(row.answer, row.words)
    if row.asked_in and row.kind == "clock" and row.answer == "open":
        words = "a duration"
    only = "" if not row.pythons or set(row.pythons) == everywhere else ", ".join(row.pythons)
    note = f" (Python {only})" if only else ""
    cells = (f"`{row.name}`{note}", row.kind, _ANSWERS[row.answer], words)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def fresh_page(page: str) -> str:
    """The page as the files and the contract say it now."""
    places = read_places(PLACES.read_text(encoding="utf-8"))
    rows = all_rows(places, load_rows(ROWS.read_text(encoding="utf-8")))
    pythons = sorted({version for found in places.values() for version in found}, key=_version)
    counts = {name: sum(row.answer == name for row in rows) for name in _ANSWERS}
    told = ", ".join(f"`{name}`" for name in sorted(TOLD_A_FIXED_VALUE))
    words = (
        f"{len(rows)} sources in Python {', '.join(pythons)}: {counts['denied']} denied, "
        f"{counts['fixed']} fixed, {counts['open']} not enforceable. Told a fixed value, the "
        f"moment {LIBRARY_MOMENT} (1 January 1980): {told}."
    )
    return with_table(page, f"{words}\n\n{render_table(rows, pythons)}")


# ------------------------------------------------------------------------------ what code shows

# A file, and a generator that may be seeded later: the pass over the code knows them itself.
_SEEN_OTHERWISE = ("open ",)
_MADE_FIRST = ("random.Random", "random.SystemRandom", "_random.Random")

_GUARDS_HEAD = '''"""What gives a clock or chance, and when; written by scripts/effect_sources.py.

The second word is a condition: ``without 0|x``, that argument is not given or None; ``only a|b``,
the one argument is one of these; ``unseeded``, the file seeds no generator. Empty: always.
"""

from collections.abc import Mapping

CLOCK_AND_RANDOM: Mapping[str, tuple[str, str]] = {
'''


def fresh_guards() -> str:
    """The module that says what of clock and chance can be seen in code."""
    rows = list(load_rows(ROWS.read_text(encoding="utf-8")).values())
    found: dict[str, list[tuple[Row, ast.Call]]] = {}
    for row in rows:
        call = ast.parse(row.call, mode="eval").body
        if row.effect and isinstance(call, ast.Call) and not row.words.startswith(_SEEN_OTHERWISE):
            name = _called(call.func)
            nested = any(_called(part.func) in PRIMITIVES for part in _calls(row.call)[1:])
            if name and not nested and not name.startswith(_MADE_FIRST):
                found.setdefault(name, []).append((row, call))
    others = [call for row in rows if not row.effect for call in _calls(row.call)]
    lines = [
        f'    "{name}": ("{denied[0][0].effect}", "{_condition(name, denied, others)}"),\n'
        for name, denied in sorted(found.items())
    ]
    return _GUARDS_HEAD + "".join(lines) + "}\n"


def _condition(name: str, denied: list[tuple[Row, ast.Call]], others: list[ast.Call]) -> str:
    if name.startswith("random."):
        return "unseeded"
    harmless = [call for call in others if _called(call.func) == name]
    if not harmless:
        return ""
    most = max(len(_given(call)) for _, call in denied)
    named = {word.arg or "" for call in harmless for word in call.keywords}
    more = {str(most)} if any(len(_given(call)) > most for call in harmless) else set()
    if named | more:
        return f"without {'|'.join(sorted(named | more))}"
    return f"only {'|'.join(ast.unparse(call.args[0]) for _, call in denied)}"


def _calls(expression: str) -> list[ast.Call]:
    return [part for part in ast.walk(ast.parse(expression)) if isinstance(part, ast.Call)]


def _given(call: ast.Call) -> list[ast.expr]:
    return [arg for arg in call.args if ast.unparse(arg) != "None"]


def _called(function: ast.expr) -> str | None:
    """Its dotted name; of a method ``module.Class().method``."""
    match function:
        case ast.Name(name):
            return name
        case ast.Attribute(ast.Call(made, []), attribute):
            return f"{_called(made)}().{attribute}" if _called(made) else None
        case ast.Attribute(value, attribute):
            return f"{_called(value)}.{attribute}" if _called(value) else None
        case _:
            return None


def main(arguments: list[str]) -> int:
    """Write the places, the page and the module, or with ``--check`` compare the two."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("python", nargs="*", help="a Python to read the library of")
    options = parser.parse_args(arguments)
    if options.python:
        known = read_places(PLACES.read_text(encoding="utf-8")) if PLACES.exists() else {}
        for python in options.python:
            version, found = scan(python)
            for place in found | known.keys():
                others = set(known.get(place, ())) - {version}
                known[place] = (*others, *([version] if place in found else []))
        kept = {place: pythons for place, pythons in known.items() if pythons}
        PLACES.write_text(write_places(kept), encoding="utf-8")
    pages = {PAGE: fresh_page(PAGE.read_text(encoding="utf-8")), GUARDS: fresh_guards()}
    return write_stale(pages, script=_SCRIPT, check=options.check)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
