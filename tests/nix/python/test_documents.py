"""What docs/python.md and examples/python show is what happens."""

import ast
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.nix.python.conftest import start

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.nix

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CLAIM = re.compile(r"^(\S[^#\n]*?)\s+# (.+?)(?:,.*)?$", re.MULTILINE)


def blocks(page: Path, language: str) -> list[str]:
    return [text for name, text in _BLOCK.findall(page.read_text()) if name == language]


@pytest.fixture
def folder(tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the examples, and with a graph that does not fit together."""
    (tmp_path / "examples").symlink_to(project / "examples")
    (tmp_path / "graph.json").write_text(
        '{"description": "d", "version": "1.0.0", "root": {"op": "Stage", "id": "no_such_stage"}}'
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_script_prints_what_its_readme_shows(home: Path, project: Path, tmp_path: Path) -> None:
    example = project / "examples/python"

    end = start(sys.executable, "-P", "-W", "error", str(example / "file_names.py"),
                directory=tmp_path)  # fmt: skip

    assert end.ok, end.stderr_tail.decode()
    shown = blocks(example / "README.md", "")[1].replace("…", str(project))
    assert end.stdout.decode() == shown


def literal(text: str) -> tuple[Any, ...]:
    """The value that a comment claims, if it is one."""
    try:
        return (ast.literal_eval(text),)
    except (ValueError, SyntaxError):
        return ()


def test_the_page_tells_the_truth_of_every_value(home: Path, folder: Path, project: Path) -> None:
    names: dict[str, Any] = {}
    claims = 0

    for block in blocks(project / "docs/python.md", "python"):
        if "def test_" in block:
            continue
        # What raises is shown so; the comment says what.
        code = re.sub(r"^report\.raise_for_failure\(\).*$", "", block, flags=re.MULTILINE)
        exec(compile(code, "docs/python.md", "exec"), names)
        for expression, words in _CLAIM.findall(code):
            for claimed in literal(words):
                assert eval(expression, names) == claimed, expression
                claims += 1

    assert claims == 7
    assert names["names"] == {"One": "one", "Another one": "another-one"}


def test_the_tests_of_the_page_pass(home: Path, pytester: pytest.Pytester, project: Path) -> None:
    page = project / "docs/python.md"
    (test,) = [block for block in blocks(page, "python") if "def test_" in block]
    pytester.makepyfile(test_page=test)
    (pytester.path / "examples").symlink_to(project / "examples")

    result = pytester.runpytest_subprocess("-p", "noether_nix.testing", "-W", "error")

    result.assert_outcomes(passed=4)
