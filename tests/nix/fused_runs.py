"""Stages written as text, and run through the real thing as people run them."""

import json
import os
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from noether_nix.run.events import Event, SandboxChecked
from noether_nix.run.house import House
from noether_nix.run.loading import load_graph_text
from noether_nix.run.options import RunOptions
from noether_nix.run.report import CallReport, Report
from noether_nix.run.settings import Settings
from noether_nix.run.start import run_loaded
from tests.e2e.homes import PREPARED


def open_house(home: Path, nix: Path | None = None) -> House:
    """A house of its own in ``home``, with this machine's Python, and its Nix or another."""
    assert home.name != PREPARED, "others copy this home while it would be written to"
    named = os.environ.get("NOETHER_NIX")
    settings = Settings(
        home=home,
        settings_file=home / "none.toml",
        search_path=os.environ["PATH"],
        nix=nix or (Path(named) if named else None),
    )
    return House(settings, say=lambda _words: None)


def stage_text(
    code: str, *, takes: str = "Any", gives: str = "Any", effects: str = "[Pure, Fallible]"
) -> str:
    """A stage file; ``code`` defines ``execute``, or is the body of one that takes ``given``."""
    body = textwrap.dedent(code).strip("\n")
    if "def execute" not in body:
        body = "def execute(given):\n" + textwrap.indent(body, "    ")
    return f'"""A test.\n\nInput: {takes}\nOutput: {gives}\nEffects: {effects}\n"""\n\n{body}\n'


class FusedRuns:
    """Runs graphs of stages that stand in one folder, and remembers nothing itself."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        self.folder = folder
        self.events: list[Event] = []

    def write(self, name: str, text: str) -> str:
        """Put a stage file into the folder; gives the reference to it."""
        (self.folder / f"{name}.py").write_text(text, encoding="utf-8")
        return f"./{name}.py"

    def run(
        self,
        root: Mapping[str, Any],
        value: Any = None,
        *,
        limits: Mapping[str, int] | None = None,
        jobs: int = 8,
        only: str | None = None,
        stop_at_failure: bool = False,
        level: str | None = None,
    ) -> Report:
        """Run a graph with this root."""
        graph = {"description": "a test", "version": "1.0.0", "root": root}
        loaded = load_graph_text(
            json.dumps(graph).encode(),
            source="graph.json",
            name="test",
            folder=self.folder,
            find=self.house.find_stage,
            # What reading the code would refuse is what the sandbox is tried with.
            admit=lambda _stage: None,
        )
        options = RunOptions(limits or {}, jobs, stop_at_failure, only, level=level)
        self.events.clear()
        return run_loaded(self.house, loaded, value, options, self.events.append)

    def run_stage(self, code: str, value: Any = None, **options: Any) -> CallReport:
        """Run one stage alone and hand back how it ended."""
        reference = self.write("single", stage_text(code))
        return self.run({"op": "Stage", "id": reference}, value, **options).calls[0]

    def value_of(self, code: str, value: Any = None) -> Any:
        """What a stage that succeeds returns."""
        reference = self.write("single", stage_text(code))
        return self.run({"op": "Stage", "id": reference}, value).output

    @property
    def evidence(self) -> dict[str, Any]:
        """What the sandbox was proved with in the last run."""
        (checked,) = [event for event in self.events if isinstance(event, SandboxChecked)]
        return dict(checked.evidence)
