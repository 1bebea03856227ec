"""What is said of stages that are refused, word for word, and that every way to fail has a case."""

import pytest

from noether_nix.run.code import Mover
from noether_nix.run.problem import PROBLEMS
from scripts.golden_stages import FOLDER, cases, problems_of, refused_text

_REMEDY = "scripts/update_golden.py rewrites the files of tests/golden on purpose"

# Those that no file of a stage can show, and where they are tested.
_ELSEWHERE = {
    "example-broken": "by noether stage test: tests/e2e/test_stage_test.py",
    "source-too-large": "takes a file of a mebibyte: tests/unit/stage/test_python_file.py",
}

REFUSED = cases()


def test_the_messages_are_those_of_the_golden_file() -> None:
    assert (FOLDER / "refused.txt").read_text(encoding="utf-8") == refused_text(), _REMEDY


@pytest.mark.parametrize("name", REFUSED)
def test_a_message_has_a_place_and_a_code_of_the_table(name: str) -> None:
    problems = problems_of(REFUSED[name])

    assert problems
    for problem in problems:
        assert problem.code in PROBLEMS
        assert problem.place.startswith(next(iter(REFUSED[name])))


def test_every_way_in_which_a_stage_can_be_wrong_has_a_case() -> None:
    codes = {problem.code for files in REFUSED.values() for problem in problems_of(files)}
    known = {name for name, code in PROBLEMS.items() if code.mover is Mover.STAGE}

    assert known - codes == _ELSEWHERE.keys()
