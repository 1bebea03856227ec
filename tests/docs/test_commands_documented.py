"""Every command is documented, and no document or hint names one that does not exist."""

import re
from pathlib import Path

import click
import pytest

from noether_nix.cli.commands import noether
from noether_nix.errors import NoetherError
from scripts.commands_document import (
    PAGE,
    Words,
    commands,
    error_classes,
    exit_codes,
    render_page,
)

PROJECT = Path(__file__).parents[2]
COMMANDS = [pytest.param(words, command, id=" ".join(words)) for words, command in commands()]

# Where people are told what to type. The words behind may be those of a later issue in ADRs only.
DOCUMENTS = [
    *PROJECT.glob("*.md"),
    *PROJECT.glob("docs/*.md"),
    *PROJECT.glob("examples/**/*.md"),
    *PROJECT.glob("noether_nix/**/*.py"),
]
TYPED = re.compile(r"(?:`|^ *\$? ?|: |scripts/)noether ((?:[a-z]+)(?: [a-z]+)?)", re.MULTILINE)


def test_the_page_of_commands_is_fresh() -> None:
    hint = "run scripts/commands_document.py"

    assert PAGE.read_text(encoding="utf-8") == render_page(), hint


@pytest.mark.parametrize(("words", "command"), COMMANDS)
def test_every_command_says_what_it_does_and_shows_an_example(
    words: Words, command: click.Command
) -> None:
    epilog = (command.epilog or "").splitlines()

    assert command.help
    assert epilog[:1] == ["\b"]
    assert any(" ".join(words) in line for line in epilog[2:])


@pytest.mark.parametrize(("words", "command"), COMMANDS)
def test_every_option_says_what_it_does(words: Words, command: click.Command) -> None:
    options = [param for param in command.params if isinstance(param, click.Option)]

    assert [option.name for option in options if not option.help] == []


@pytest.mark.parametrize(("words", "command"), COMMANDS)
def test_every_command_but_completion_speaks_json(words: Words, command: click.Command) -> None:
    speaks = any(param.name == "as_json" for param in command.params)

    assert speaks == (words[-1] != "completion")


def test_every_exit_code_of_an_error_is_documented_and_told_in_the_help() -> None:
    page, help_text = render_page(), noether.epilog or ""
    codes = {one.exit_code for one in error_classes()} - {1}

    assert codes <= {code for code, _, _ in exit_codes()}
    assert all(f"| {code} |" in page for code in codes)
    assert all(re.search(rf"\b{code}\b", help_text) for code in codes)


def test_all_errors_of_a_branch_have_one_exit_code() -> None:
    for branch in NoetherError.__subclasses__():
        assert {one.exit_code for one in error_classes(branch)} == {branch.exit_code}


def test_every_command_that_is_named_exists() -> None:
    known = {" ".join(words[1:]) for words, _ in commands()}
    groups = {words[1] for words, _ in commands() if len(words) > 2}
    unknown = []
    for document in DOCUMENTS:
        for match in TYPED.finditer(document.read_text(encoding="utf-8")):
            first, _, second = match[1].partition(" ")
            name = f"{first} {second}".strip() if first in groups else first
            if name not in known | groups:
                unknown.append(f"{document.relative_to(PROJECT)}: noether {match[1]}")

    assert unknown == []
