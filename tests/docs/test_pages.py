"""The commands of pages work, and print what the page says that they print."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.nix

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(
    r"(?:<!-- file: (?P<file>\S+) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)```\n", re.DOTALL
)

# What is another every time, or on another machine.
UNSTABLE = {
    r"\d+\.\d\d s": "SECONDS",
    r"\d{8}-\d{6}-[0-9a-f]{6}": "RUN",
    r"Nix \d[\w.]*": "Nix VERSION",
    r"Python \d[\w.]*": "Python VERSION",
}
# Only newer Pythons point at the part of a line.
POINTER_LINE = re.compile(r"^ *\|? *[~^]+\n", re.MULTILINE)


def stable(text: str) -> str:
    """The text with what may differ written as what it is."""
    for pattern, word in UNSTABLE.items():
        text = re.sub(pattern, word, text)
    return POINTER_LINE.sub("", text).rstrip() + "\n"


@pytest.mark.parametrize("page", ["tutorial.md", "operators.md", "effects.md", "from-noether.md"])
def test_every_command_of_a_page_prints_what_it_shows(
    page: str, home: Path, tmp_path: Path
) -> None:
    folder, words = tmp_path / "work", tmp_path / "bin"
    folder.mkdir()
    words.mkdir()
    command = words / "noether"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -P -m noether_nix "$@"\n')
    command.chmod(0o755)
    environment = {
        "HOME": str(tmp_path),
        "LC_ALL": "C.UTF-8",
        "NOETHER_HOME": str(home),
        "PATH": f"{words}:{os.environ['PATH']}",
    }
    shown, printed = [], []

    for block in BLOCK.finditer((DOCS / page).read_text()):
        text = block["text"]
        if block["file"]:
            (folder / block["file"]).write_text(text)
            continue
        assert block["kind"] == "console", f"a block that is neither file nor command: {text}"
        line, _, output = text.partition("\n")
        done = subprocess.run(
            ["/bin/sh", "-c", line.removeprefix("$ ")],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        shown.append(line + "\n" + stable(output))
        printed.append(line + "\n" + stable(done.stdout))

    assert printed == shown
    assert len(shown) >= 10
