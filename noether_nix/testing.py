"""A plugin for pytest: the fixture ``noether`` runs graphs and stages in the real sandbox.

pytest finds it by itself where this package is installed. Every test has results, runs and logs
of its own, in a temporary folder; Nix's store and the toolchain are those of your settings, so
that no test waits for a toolchain that is there already.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from noether_nix.frozen import dataclass, replace

# Imported when a test asks for the fixture: pytest loads this module in every session.
if TYPE_CHECKING:
    from noether_nix.inside.contract import Json
    from noether_nix.plan.interpreter import Interpreter
    from noether_nix.process.nix import Nix
    from noether_nix.python import GraphSource, Limits
    from noether_nix.run.events import Event
    from noether_nix.run.house import House
    from noether_nix.run.loading import LoadedGraph
    from noether_nix.run.report import Report
    from noether_nix.run.settings import Settings


@dataclass(frozen=True)
class Machinery:
    """What all tests of a session share: settings, Nix with its store, and the toolchain."""

    settings: "Settings"
    nix: "Nix"
    nix_version: str
    interpreter: "Interpreter"


class Noether:
    """Runs graphs and stages with results of its own, kept below ``home``.

    Paths that are not absolute are relative to the current folder.
    """

    def __init__(self, machinery: Machinery, home: Path) -> None:
        self.home = home
        self._machinery = machinery

    def run(
        self,
        graph: "GraphSource",
        input: object = None,  # noqa: A002 - as in noether_nix.run
        *,
        only: str | None = None,
        limits: "Limits | None" = None,
        jobs: int | None = None,
        folder: str | Path | None = None,
        on_event: "Callable[[Event], None] | None" = None,
    ) -> "Report":
        """As :func:`noether_nix.run`, with the results of this test.

        Raises:
            NoetherError: as :func:`noether_nix.run` does.
        """
        from noether_nix.python import run_in

        with self.house() as house:
            return run_in(
                house,
                graph,
                input,
                only=only,
                limits=limits,
                jobs=jobs,
                folder=folder,
                on_event=on_event,
            )

    def load_graph(
        self, graph: "GraphSource", *, folder: str | Path | None = None
    ) -> "LoadedGraph":
        """As :func:`noether_nix.load_graph`, with the stages that are registered in this test.

        Raises:
            NoetherError: as :func:`noether_nix.load_graph` does.
        """
        from noether_nix.python import load_in

        with self.house() as house:
            return load_in(house, graph, folder=folder)

    def stage(self, path: str | Path) -> "StageFile":
        """The stage in a file, to be called; the file is read at each call."""
        return StageFile(self, Path(path))

    def check_examples(self, path: str | Path) -> None:
        """Call a stage with the input of each of its examples, and compare.

        Raises:
            AssertionError: an example does not hold, or there is none; with every one that fails.
            StageInvalidError: the file is no stage.
        """
        __tracebackhide__ = True
        self.stage(path).check_examples()

    def run_stage(
        self,
        path: str | Path,
        input: object = None,  # noqa: A002 - as in noether_nix.run
        *,
        limits: "Limits | None" = None,
    ) -> "Report":
        """Run the stage in a file as a graph of one node.

        Raises:
            NoetherError: as :func:`noether_nix.run` does.
        """
        from noether_nix.python import run_in
        from noether_nix.run.stages import load_stage_as_graph

        with self.house() as house:
            loaded = load_stage_as_graph(house, str(Path(path)))
            return run_in(house, loaded, input, limits=limits)

    def house(self) -> "House":
        """What runs the graphs of this test; a context manager."""
        from noether_nix.run.house import House

        house = House(replace(self._machinery.settings, home=self.home), say=_keep_quiet)
        house.nix = self._machinery.nix
        house.nix_version = self._machinery.nix_version
        house.interpreter = self._machinery.interpreter
        return house


@dataclass(frozen=True)
class StageFile:
    """A stage as its author tests it: by calling it, in the sandbox."""

    noether: Noether
    path: Path

    def call(self, input: object = None, *, limits: "Limits | None" = None) -> "Json":  # noqa: A002
        """Call the stage and give its result.

        Raises:
            CallFailedError: there is none; the message says why, with file and line.
            NoetherError: as :func:`noether_nix.run` does.
        """
        return self.run(input, limits=limits).output

    def run(self, input: object = None, *, limits: "Limits | None" = None) -> "Report":  # noqa: A002
        """Call the stage and say how that ended; also for calls that are meant to fail.

        Raises:
            NoetherError: as :func:`noether_nix.run` does.
        """
        return self.noether.run_stage(self.path, input, limits=limits)

    def check_examples(self) -> None:
        """As :meth:`Noether.check_examples`."""
        __tracebackhide__ = True
        from noether_nix.catalog.files import load_stage_file
        from noether_nix.run.stage_tests import StageTrial, shown

        stage = load_stage_file(self.path)
        if not stage.examples:
            raise AssertionError(f"{self.path} has no examples, so there is nothing to check")
        with self.noether.house() as house:
            trial = StageTrial(house, stage)
            verdicts = trial.run(trial.examples()).verdicts
        failures = [
            f"  {one.case.name}, of {shown(one.case.input)}: {one.problem.message}"
            for one in verdicts
            if one.problem
        ]
        if failures:
            few = f"{len(failures)} of {len(verdicts)} examples"
            raise AssertionError("\n".join([f"{self.path}: {few} failed", *failures]))


def _keep_quiet(_words: str) -> None:
    """Pytest shows what a test says, and this is none of it."""


@pytest.fixture(scope="session")
def noether_machinery() -> Machinery:
    """Nix and the toolchain of the settings; the toolchain is taken now if it never was."""
    from noether_nix.cli.settings import load_settings
    from noether_nix.run.house import House

    settings = load_settings()
    with House(settings, say=_keep_quiet) as house:
        return Machinery(settings, house.nix, house.nix_version, house.interpreter)


@pytest.fixture
def noether(noether_machinery: Machinery, tmp_path_factory: pytest.TempPathFactory) -> Noether:
    """Runs graphs and stages in the sandbox, with results of this test's own."""
    return Noether(noether_machinery, tmp_path_factory.mktemp("noether"))
