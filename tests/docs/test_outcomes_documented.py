"""The page of outcomes and faults is what the table says, and so are all other mentions."""

import re
from pathlib import Path

from noether_nix.run.codes import CODES
from scripts.outcomes_document import PAGE, render_page

PROJECT = Path(__file__).parents[2]
TYPED = re.compile(r"noether explain ([a-z]+(?:-[a-z]+)*)")


def test_the_page_of_outcomes_is_fresh() -> None:
    hint = "run scripts/outcomes_document.py"

    assert PAGE.read_text(encoding="utf-8") == render_page(), hint


def test_the_page_has_every_code_once_in_its_tables() -> None:
    named = re.findall(r"^\| `([a-z0-9-]+)` \|", render_page(), re.MULTILINE)

    assert named == list(CODES)


def test_every_code_that_is_named_as_an_example_exists() -> None:
    documents = [*PROJECT.glob("*.md"), *PROJECT.glob("docs/*.md")]
    named = {name for file in documents for name in TYPED.findall(file.read_text(encoding="utf-8"))}

    assert named - CODES.keys() == set()
