"""Every row of docs/pure.md, tried as a stage in the sandbox."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from noether_nix.executor.interface import CallDone
from scripts.effect_sources import PLACES, ROWS, Row, all_rows, load_rows, read_places
from tests.nix.calls import Place, make_place, make_stage
from tests.nix.effect_stage import line_of, make_source

pytestmark = pytest.mark.nix

_PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"


def rows_here() -> list[Row]:
    places = read_places(PLACES.read_text(encoding="utf-8"))
    rows = all_rows(places, load_rows(ROWS.read_text(encoding="utf-8")))
    return [row for row in rows if not row.pythons or _PYTHON in row.pythons]


TABLE = rows_here()


@dataclass(frozen=True)
class Tried:
    """How a row ended, twice: in one stage and in another that does the same."""

    first: CallDone
    second: CallDone
    line: int


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> Place:
    return make_place(tmp_path_factory.mktemp("sources"), prepared)


@pytest.fixture(scope="module")
def tried(place: Place) -> dict[str, Tried]:
    sources = [make_source(TABLE, note=note) for note in ("once", "and once more, later")]
    programs = [place.program(make_stage(source)) for source in sources]
    numbers = range(len(TABLE))

    once, again = (place.run_fused([(program, n) for n in numbers]) for program in programs)

    return {
        row.name: Tried(once.done[number], again.done[number], line_of(sources[0], row, number))
        for number, row in enumerate(TABLE)
    }


@pytest.mark.parametrize("row", TABLE, ids=[row.name for row in TABLE])
def test_a_source_answers_as_the_table_says(tried: dict[str, Tried], row: Row) -> None:
    found = tried[row.name]

    match row.answer, row.value:
        case "denied", _:
            told = {name: found.first.detail.get(name) for name in ("effect", "event", "line")}
            assert found.first.outcome == "effect-denied", found.first.detail
            assert told == {"effect": row.effect, "event": row.words, "line": found.line}
            assert found.first.detail["file"] == "stage.py"
        case "fixed", ({"raises": kind},):
            assert (found.first.outcome, found.first.detail["type"]) == ("stage-raised", kind)
            assert found.second.detail["message"] == found.first.detail["message"]
        case "fixed", value:
            assert found.first.outcome == "succeeded", found.first.detail
            assert found.first.value == found.second.value
            if value:
                assert json.loads(found.first.value or b"") == (value[0] or 0)
        case _:
            assert found.first.outcome == "succeeded", found.first.detail


def test_what_is_denied_and_fixed_is_so_too_in_a_derivation_of_its_own(place: Place) -> None:
    program = place.program(make_stage(make_source(TABLE)))
    numbers = [number for number, row in enumerate(TABLE) if row.answer != "open"]

    fused = place.run_fused([(program, list(numbers))]).value(0)
    alone = place.value_alone(program, list(numbers))

    both = zip(numbers, json.loads(fused), json.loads(alone), strict=True)
    assert {TABLE[number].name: (a, b) for number, a, b in both if a != b} == {}
