"""The table of planted bugs: each can still be planted, and has laws that are there."""

import pytest

from tests.planted import BUGS, Bug, planted, root


@pytest.mark.parametrize("bug", BUGS, ids=[bug.name for bug in BUGS])
def test_a_bug_can_be_planted_and_its_laws_are_there(bug: Bug) -> None:
    text = planted(bug)

    compile(text, bug.file, "exec")
    assert text != (root() / bug.file).read_text()
    assert all((root() / laws).is_file() for laws in bug.laws)


def test_no_two_bugs_have_one_name() -> None:
    assert len({bug.name for bug in BUGS}) == len(BUGS)
