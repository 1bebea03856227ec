"""The page of limits is held to the table in code."""

import pytest

from noether_nix.stage.limits import LIMITS
from scripts.limits_table import PAGE, main, with_table


def test_the_table_of_limits_is_fresh() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert page == with_table(page), "run scripts/limits_table.py"
    assert main(["--check"]) == 0


@pytest.mark.parametrize("name", LIMITS)
def test_every_limit_is_told_of_outside_its_row(name: str) -> None:
    prose = PAGE.read_text(encoding="utf-8").partition("<!-- end of limits -->")[2]

    assert name in prose


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="the page needs one line"):
        with_table("# Limits\n")
