import os
import sys
from pathlib import Path

import pytest

from noether_nix.process.child import run

pytestmark = pytest.mark.nix

PROJECT = Path(__file__).parents[2]


def test_the_harness_measures_small_graphs_and_writes_its_table(tmp_path: Path) -> None:
    page = tmp_path / "results.md"
    sizes = ("--repetitions", "1", "--chain", "4", "--wide", "5", "--known", "3")

    end = run(
        (sys.executable, "-P", "benchmarks/run.py", "--quick", *sizes, "--markdown", str(page),
         "--note", "a test"),
        environment=dict(os.environ),
        directory=PROJECT,
        timeout_seconds=110,
    )  # fmt: skip

    assert end.ok, end.stderr_tail.decode()
    text = page.read_text()
    rows = [line.split(" | ")[0].removeprefix("| ") for line in text.splitlines() if "|" in line]
    assert rows[2:] == [
        "chain-4, cold",
        "wide-5, cold",
        "3 calls, nothing changed",
        "chain-4, one stage edited, same value",
        "`stage run` on a changed file",
        "`--version`",
        "an empty Python",
        "Python with click imported",
        "an empty command",
    ]
    assert "**a test**" in text
