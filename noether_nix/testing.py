"""A plugin for pytest: the fixture ``noether`` runs graphs and stages in the real sandbox.

pytest finds it by itself where this package is installed. Every test has results, runs and logs
of its own, in a temporary folder; Nix's store and the toolchain are those of your settings, so
that no test waits for a toolchain that is there already.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from noether_nix.frozen import dataclass

# Imported when a test asks for the fixture: pytest loads this module in every session.
if TYPE_CHECKING:
    from noether_nix.inside.contract import Json
    from noether_nix.plan.interpreter import Interpreter
    from noether_nix.process.nix import Nix
    from noether_nix.python import GraphSource, Limits
    from noether_nix.run.events import Event
    from noether_nix.run.house import House
    from noether_nix.run.loading import LoadedGraph
    from noether_nix.run.report import CallReport, Report
    from noether_nix.run.settings import Settings
    from noether_nix.stage.model import Example

_MOST_SHOWN = 300


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

        with self._house() as house:
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

        with self._house() as house:
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

        with self._house() as house:
            loaded = load_stage_as_graph(house, str(Path(path)))
            return run_in(house, loaded, input, limits=limits)

    def _house(self) -> "House":
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

        examples = load_stage_file(self.path).examples
        if not examples:
            raise AssertionError(f"{self.path} has no examples, so there is nothing to check")
        failures = list(self._failing(examples))
        if failures:
            few = f"{len(failures)} of {len(examples)} examples"
            raise AssertionError("\n".join([f"{self.path}: {few} failed", *failures]))

    def _failing(self, examples: "tuple[Example, ...]") -> Iterator[str]:
        """What happened to each example that fails; all run in one build."""
        document = _example_graph(examples, f"./{self.path.name}")
        folder = self.path.parent
        report = self.noether.run(document, folder=folder)
        calls = {call.pointer: call for call in report.calls}

        def value(call: "CallReport") -> "Json":
            # It is known already, so this looks it up and calls nothing.
            return self.noether.run(document, only=call.pointer, folder=folder).output

        for number, example in enumerate(examples, 1):
            call = calls[f"/root/branches/{number}/stages/1"]
            if (happened := _difference(example, call, value)) is not None:
                yield f"  example {number}, of {_shown(example.input)}: {happened}"


def _example_graph(examples: "tuple[Example, ...]", reference: str) -> dict[str, Any]:
    node = {"op": "Stage", "id": reference}
    branches = {
        str(number): {
            "op": "Sequential",
            "stages": [{"op": "Const", "value": example.input}, node],
        }
        for number, example in enumerate(examples, 1)
    }
    root = {"op": "Parallel", "branches": branches}
    return {"description": "The examples of a stage", "version": "1.0.0", "root": root}


def _difference(
    example: "Example", call: "CallReport", value: "Callable[[CallReport], Json]"
) -> str | None:
    """How a call is not what the example says, or None."""
    from noether_nix.run.outcome import outcome_in_words
    from noether_nix.stage.model import Raises

    words = outcome_in_words(call.outcome, call.detail)
    if isinstance(example.expected, Raises):
        wanted = example.expected.name.rpartition(".")[2]
        if call.ok:
            return f"gave {_shown(value(call))}, and should raise {wanted}"
        raised = str(call.detail.get("type", "")).rpartition(".")[2]
        good = call.outcome == "stage-raised" and raised == wanted
        return None if good else f"{words}, and should raise {wanted}"
    expected = example.expected.value
    if not call.ok:
        return f"{words}, and should give {_shown(expected)}"
    if call.value_sha256 == hashlib.sha256(_encoded(expected)).hexdigest():
        return None
    given = value(call)
    if _same(given, expected):
        return None
    return f"gave {_shown(given)}, and should give {_shown(expected)}"


def _same(one: "Json", other: "Json") -> bool:
    """Whether two values are the same JSON: the order of keys does not count, and 1.0 is 1."""
    from noether_nix.errors import FormatError
    from noether_nix.formats.canonical_json import canonical_bytes

    try:
        return canonical_bytes(one) == canonical_bytes(other)
    except FormatError:  # integers that no double holds
        return _encoded(one) == _encoded(other)


def _encoded(value: "Json") -> bytes:
    from noether_nix.inside.contract import encode

    return encode(value)


def _shown(value: "Json") -> str:
    text = _encoded(value).decode()
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "…"


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
