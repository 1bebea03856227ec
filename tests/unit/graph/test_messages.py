"""What is said of graphs that are refused, word for word, and that what is advised helps."""

from typing import Any

import pytest

from noether_nix.errors import Problem
from noether_nix.run.code import Mover
from noether_nix.run.problem import PROBLEMS
from scripts.golden_graphs import (
    FOLDER,
    accepted_text,
    cases,
    check_case,
    problems_of,
    problems_of_files,
    refused_text,
)
from tests.unit.graph.advice import follow, pointer_of

_REMEDY = "scripts/update_golden.py rewrites the files of tests/golden on purpose"
_BEFORE = "put before it"

REFUSED = cases("refused.json")


@pytest.mark.parametrize(
    ("name", "made"),
    [pytest.param("refused.txt", refused_text, id="refused"),
     pytest.param("accepted.txt", accepted_text, id="accepted")],
)  # fmt: skip
def test_the_messages_are_those_of_the_golden_files(name: str, made: Any) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == made(), _REMEDY


# Those that no graph of these files can show, and where they are tested.
_ELSEWHERE = {
    "effect-pollution": "a warning: tests/unit/effects/test_graph.py",
    "effect-unsupported": "of a run: tests/unit/effects/test_policy.py",
    "placeholder-reference": "a warning: tests/unit/graph/test_check.py",
    "too-large": "takes files of 16 MiB: tests/unit/graph/test_link.py",
    "unchecked": "a note: tests/unit/graph/test_loose.py",
}
FILES = cases("files.json")


@pytest.mark.parametrize("name", FILES)
def test_a_message_about_a_file_has_a_place_and_a_code_of_the_table(name: str) -> None:
    problems = problems_of_files(FILES[name])

    assert problems
    for problem in problems:
        assert problem.code in {*PROBLEMS, "file-unreadable", "graph-syntax"}
        assert problem.place.split(":")[0].split()[0] in FILES[name]


def test_every_way_in_which_a_graph_can_be_wrong_has_a_case() -> None:
    found = [problems_of(root) for root in REFUSED.values()]
    found += [problems_of_files(files) for files in FILES.values()]
    codes = {problem.code for problems in found for problem in problems}
    known = {name for name, code in PROBLEMS.items() if code.mover is Mover.GRAPH}

    assert known - codes == _ELSEWHERE.keys()


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
    assert len(codes) >= 25
    assert len(cases("accepted.json")) >= 60


def advised() -> list[Any]:
    """Everything that is wrong where the advice can be followed by a machine."""
    return [
        pytest.param(root, problem, id=f"{name} {number}")
        for name, root in REFUSED.items()
        for number, problem in enumerate(problems_of(root))
        if root.get("op") != "Import"  # of what imports a file another file would be needed
        and follow(root, problem) is not None
    ]


@pytest.mark.parametrize(("root", "problem"), advised())
def test_advice_that_is_followed_to_the_letter_helps(root: Any, problem: Problem) -> None:
    mended = follow(root, problem)
    assert mended is not None

    left = {(one.code, pointer_of(one)) for one in problems_of(mended.root)}

    assert (problem.code, mended.pointer) not in left


def test_most_advice_can_be_followed_to_the_letter() -> None:
    ways = {param.values[1].hint.split(":")[0].split("?")[0][:12] for param in advised()}

    assert len(advised()) >= 40
    assert len(ways) >= 10


def test_the_project_that_is_advised_makes_the_graph_fit() -> None:
    projects = [
        (root, problem)
        for root, problem in (one.values for one in advised())
        if problem.hint.startswith(_BEFORE) and len(problems_of(root)) == 1
    ]

    assert len(projects) >= 7
    for root, problem in projects:
        mended = follow(root, problem)
        assert mended is not None
        check_case(mended.root)
