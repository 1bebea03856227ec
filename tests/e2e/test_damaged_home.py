"""A home in which somebody deleted or replaced files: an error with a remedy that helps."""

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.homes import HELLO, Noether

pytestmark = pytest.mark.nix

RUN = ("run", HELLO, "--input", '"Tea"', "--raw", "-q")

LARGE = '''"""A large text.

Input: Any
Output: Text
Effects: [Pure]
"""


def execute(value):
    return "y" * 200_000
'''


def store_of(noether: Noether) -> Path:
    return noether.home / "nix/nix/store"


def test_the_remedy_for_a_damaged_toolchain_helps(own_noether: Noether) -> None:
    assert own_noether(*RUN).code == 0
    (toolchain,) = store_of(own_noether).glob("*-noether-python-*[0-9]")
    (toolchain / "bin").chmod(0o755)
    (toolchain / "bin/python3").unlink()

    refused = own_noether("toolchain", "update")
    gc, delete, _ = refused.err.partition("hint: ")[2].split("; ")
    collected = own_noether(*shlex.split(gc)[1:])
    deleted = subprocess.run(shlex.split(delete), check=False, capture_output=True, text=True)
    mended = own_noether("run", HELLO, "--input", '"Coffee"', "--raw", "-q")

    assert (refused.code, collected.code, deleted.returncode) == (8, 0, 0), deleted.stderr
    assert (mended.code, mended.out) == (0, "coffee")


def test_a_pipe_in_place_of_a_large_value_is_damage_and_nobody_waits_for_it(
    own_noether: Noether,
) -> None:
    (own_noether.folder / "large.py").write_text(LARGE)
    run = ("stage", "run", "./large.py", "--raw", "-q")
    assert own_noether(*run).code == 0
    for value in store_of(own_noether).glob("*-value.json"):
        value.unlink()
        subprocess.run(["mkfifo", value], check=True)

    again = own_noether(*run)

    assert (again.code, again.out) == (0, "y" * 200_000)


def test_a_file_in_place_of_the_folder_for_builds_is_named(own_noether: Noether) -> None:
    shutil.rmtree(own_noether.home / "tmp", ignore_errors=True)
    (own_noether.home / "tmp").write_text("")

    done = own_noether("run", HELLO, "--input", '"Milk"', "-q")

    assert done.code == 8
    assert str(own_noether.home / "tmp") in done.err


@pytest.mark.parametrize("option", ["--events", "-o"])
def test_what_cannot_take_what_is_written_is_named(noether: Noether, option: str) -> None:
    done = noether("run", HELLO, "--input", '"Juice"', "--json", option, "/dev/full")

    assert done.code == 2
    assert "/dev/full" in done.out
    assert done.err == ""
