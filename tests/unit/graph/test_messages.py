"""What is said of graphs that are refused, word for word, and that what is advised helps."""

import json
from typing import Any

import pytest

from noether_nix.run.problem import PROBLEMS
from scripts.golden_graphs import (
    FOLDER,
    accepted_text,
    cases,
    check_case,
    problems_of,
    refused_text,
)

_REMEDY = "scripts/update_golden.py rewrites the files of tests/golden on purpose"
_PASTED = "put between the two: "

REFUSED = cases("refused.json")


@pytest.mark.parametrize(
    ("name", "made"),
    [pytest.param("refused.txt", refused_text, id="refused"),
     pytest.param("accepted.txt", accepted_text, id="accepted")],
)  # fmt: skip
def test_the_messages_are_those_of_the_golden_files(name: str, made: Any) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == made(), _REMEDY


@pytest.mark.parametrize("name", REFUSED)
def test_a_message_has_a_place_and_a_code_of_the_table(name: str) -> None:
    problems = problems_of(REFUSED[name])

    assert problems
    for problem in problems:
        assert problem.code in {*PROBLEMS, "unknown-name"}
        assert problem.place.startswith("graph.json:")


def test_there_are_messages_of_many_kinds() -> None:
    codes = {problem.code for root in REFUSED.values() for problem in problems_of(root)}

    assert len(REFUSED) >= 120
    assert len(codes) >= 20
    assert len(cases("accepted.json")) >= 60


def pasted() -> list[Any]:
    """Every case in which a Project is advised between two nodes of the root's Sequential."""
    found = []
    for name, root in REFUSED.items():
        problems = problems_of(root)
        if len(problems) != 1 or not problems[0].hint.startswith(_PASTED):
            continue
        before, _, place = problems[0].place.split(" ")[1].rpartition("/")
        if before == "/root/stages":
            project = json.loads(problems[0].hint.removeprefix(_PASTED))
            found.append(pytest.param(root, project, int(place), id=name))
    return found


@pytest.mark.parametrize(("root", "project", "place"), pasted())
def test_the_project_that_is_advised_makes_the_graph_fit(
    root: Any, project: Any, place: int
) -> None:
    stages = [*root["stages"][:place], project, *root["stages"][place:]]

    check_case({**root, "stages": stages})
