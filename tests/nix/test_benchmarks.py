import json
import os
import sys
from pathlib import Path

import pytest

from noether_nix.process.child import run

pytestmark = [pytest.mark.nix, pytest.mark.timeout(300)]

PROJECT = Path(__file__).parents[2]


# Other tools are not on every machine, and under load some of them take very long.
def test_the_harness_measures_small_graphs_and_writes_its_tables(tmp_path: Path) -> None:
    page, timings = tmp_path / "results.md", tmp_path / "results.json"
    sizes = ("--repetitions", "1", "--chain", "4", "--wide", "3,5", "--slow", "3", "--large", "2",
             "--map", "3")  # fmt: skip

    end = run(
        (sys.executable, "-P", "benchmarks/run.py", "--quick", *sizes, "--markdown", str(page),
         "--json", str(timings), "--note", "a test", "--peers", "nix-build"),
        environment=dict(os.environ),
        directory=PROJECT,
        timeout_seconds=280,
    )  # fmt: skip

    assert end.ok, end.stderr_tail.decode()
    text = page.read_text()
    held = json.loads(timings.read_bytes())
    assert list(held) == [
        "chain-4, cold",
        "chain-4, nothing changed",
        "chain-4, one stage edited, same value",
        "chain-4, one stage edited, another value",
        "wide-3, cold",
        "wide-3, nothing changed",
        "wide-5, cold",
        "wide-5, nothing changed",
        "one slow among 3, cold",
        "chain-2 of 1 MB values, cold",
        "chain-2 of 1 MB values, nothing changed",
        "chain-2 of 1 MB values, one stage edited, same value",
        "chain-2 of 1 MB values, one stage edited, another value",
        "Map over 3 items, cold",
        "Map over 3 items, nothing changed",
        "Map over 3 items, one item changed",
        "`stage run` on a changed file",
        "`--version`",
        "an empty Python",
        "Python with click imported",
        "an empty command",
    ]
    assert all(f"| {name} | " in text for name in held)
    assert {"noether", "nix-build", "bare forks"} == set(held["wide-5, cold"])
    assert "**a test**" in text
    assert "- wide-5, cold: " in text.partition("## Memory")[2]
