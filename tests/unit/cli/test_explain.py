"""`noether explain`: the table of codes, for people, programs and shells."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from noether_nix.cli.commands import noether
from noether_nix.cli.explain import explain
from noether_nix.run.codes import CODES


def explained(*words: str) -> Result:
    return CliRunner().invoke(explain, words)


@pytest.mark.parametrize("name", CODES)
def test_every_code_is_explained_to_people_and_programs(name: str) -> None:
    code = CODES[name]

    told, document = explained(name), json.loads(explained(name, "--json").output)

    words = " ".join(told.output.split())
    assert told.output.startswith(f"{name}: ")
    assert (f"exit code {code.exit_code}" in words) == (code.exit_code is not None)
    assert code.sentence in words
    assert code.remedy in words
    assert ("Nothing ends so yet" in words) == bool(code.awaits)
    assert all(len(line) <= 96 for line in told.output.splitlines())
    assert document["ok"]
    assert document["code"]["name"] == name
    assert document["code"]["mover"] == str(code.mover)


@pytest.mark.parametrize("words", [[], ["--list"]])
def test_all_codes_are_listed_once(words: list[str]) -> None:
    told, document = explained(*words).output, json.loads(explained(*words, "--json").output)

    names = [line.split()[0] for line in told.splitlines() if line.startswith("  ")]
    assert names == list(CODES)
    assert [code["name"] for code in document["codes"]] == list(CODES)


def test_a_code_and_the_list_cannot_both_be_asked_for() -> None:
    assert explained("killed", "--list").exit_code == 2


def test_codes_are_completed(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "noether_nix"],
        env={
            "HOME": str(tmp_path),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "_NOETHER_COMPLETE": "zsh_complete",
            "COMP_WORDS": "noether explain memory-",
            "COMP_CWORD": "2",
        },
        cwd=Path(__file__).parents[3],
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert done.stdout.decode().splitlines() == [
        "plain", "memory-exceeded", CODES["memory-exceeded"].sentence,
    ]  # fmt: skip


def test_the_command_stands_in_the_tree() -> None:
    command = noether.get_command(None, "explain")  # type: ignore[arg-type]

    assert command is explain
