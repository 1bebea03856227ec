"""What the tidiness guard finds and what it lets pass."""

import subprocess
from pathlib import Path

import pytest

from scripts.tidiness import files_to_read, findings, forbidden_pattern

# In pieces, so that the guard does not find its own test.
HOST = "pypi" + ".org"
WORK = "/" + "work"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        pytest.param(f"see https://{HOST}/simple", HOST, id="registry in an address"),
        pytest.param(f"--index-url={HOST}", HOST, id="registry alone"),
        pytest.param("files.pythonhosted" + ".org/x", "pythonhosted" + ".org", id="file host"),
        pytest.param(f'cd "{WORK}/main"', WORK, id="folder of a checkout"),
        pytest.param(f"in {WORK}", WORK, id="folder at the end of a line"),
        pytest.param("at /" + "root/.cache", "/" + "root/.", id="hidden folder of root"),
        pytest.param("find-links = /" + "opt/wheels", "/" + "opt/wheels", id="local wheels"),
        pytest.param("x = '/srv/own/place/x'", "/srv/own/place", id="own folder"),
    ],
)
def test_words_that_hold_on_one_machine_only_are_found(line: str, words: str) -> None:
    pattern = forbidden_pattern(("/srv/own/place",))

    assert list(findings(f"first\n{line}\n", pattern)) == [(2, words)]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("/root/body/stages/1", id="a JSON Pointer in a graph"),
        pytest.param("/" + "workshop/x", id="a longer name"),
        pytest.param("tmp" + WORK, id="a folder below another"),
        pytest.param("{tmp_path}" + WORK, id="a folder below a variable"),
        pytest.param("my" + HOST + "anic", id="part of a word"),
        pytest.param("/nix/store/x-name", id="a store path"),
    ],
)
def test_innocent_words_pass(line: str) -> None:
    assert list(findings(line, forbidden_pattern())) == []


def test_without_git_scratch_folders_are_not_read(tmp_path: Path) -> None:
    for name in ("a.txt", "sub/b.txt", ".venv/c.txt", "sub/__pycache__/d.txt", "LICENSE"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")

    assert files_to_read(tmp_path) == [tmp_path / "a.txt", tmp_path / "sub/b.txt"]


def test_with_git_new_files_are_read_and_ignored_ones_are_not(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text("*.log\n")
    (tmp_path / "new.txt").write_text("x")
    (tmp_path / "own.log").write_text("x")

    assert files_to_read(tmp_path) == [tmp_path / ".gitignore", tmp_path / "new.txt"]
