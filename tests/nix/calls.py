"""Stages made of text, and two ways to run them: fused as `noether run` does, and each alone."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from noether_nix.executor.interface import CallDone, CallLogged, ExecutorEvent
from noether_nix.executor.nix import NixExecutor
from noether_nix.formats.digest import Digest
from noether_nix.formats.store_path import StorePath
from noether_nix.inside.contract import Json, encode
from noether_nix.nixexpr.render import render_call
from noether_nix.plan.growing import GrowingPlan
from noether_nix.plan.interpreter import Interpreter
from noether_nix.plan.limits import call_limits
from noether_nix.plan.planner import Plan, PlannedCall
from noether_nix.plan.program import Program, value_path
from noether_nix.plan.regions import KnownValue, make_region
from noether_nix.process.child import run
from noether_nix.process.nix import Nix
from noether_nix.process.nix_build import NixBuild
from noether_nix.stage.model import Stage
from noether_nix.types.text import parse_type
from tests.e2e.homes import copy_home
from tests.nix.fused_runs import open_house
from tests.nix.which_nix import PROGRAMS


def make_stage(
    source: str | bytes,
    *,
    name: str = "looked_at",
    given: str = "Any",
    gives: str = "Any",
    helpers: Mapping[str, bytes] | None = None,
    limits: Mapping[str, int] | None = None,
) -> Stage:
    """A stage of this source; its types in their written form."""
    return Stage(
        name=name,
        input=parse_type(given),
        output=parse_type(gives),
        effects=(),
        source=source if isinstance(source, bytes) else source.encode(),
        helpers=tuple(sorted((helpers or {}).items())),
        limits=limits or {},
    )


def make_program(stage: Stage, interpreter: Interpreter) -> Program:
    """The program of a stage with its own limits."""
    return Program(stage, interpreter, call_limits(stage.limits, {}).observable)


def known(value: Json) -> KnownValue:
    """A value with its encoding and its digest."""
    data = encode(value)
    return KnownValue(Digest.of(data).hex, data)


@dataclass
class Fused:
    """What a fused run gave, by the places of its calls."""

    done: dict[int, CallDone] = field(default_factory=dict)
    logs: dict[int, bytes] = field(default_factory=dict)

    def value(self, index: int) -> bytes:
        """The bytes of a call that succeeded."""
        done = self.done[index]
        assert done.value is not None, (done, self.logs.get(index))
        return done.value


@dataclass(frozen=True)
class Place:
    """A private store with a toolchain, and a folder to work in."""

    nix: Nix
    interpreter: Interpreter
    folder: Path

    def program(self, stage: Stage) -> Program:
        """The program of a stage under this place's toolchain."""
        return make_program(stage, self.interpreter)

    def add(self, files: Mapping[StorePath, bytes]) -> None:
        """Put files into the store, where their paths say, with one process."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            written = []
            for number, (path, data) in enumerate(files.items()):
                file = Path(folder) / str(number) / path.name
                file.parent.mkdir()
                file.write_bytes(data)
                written.append(file)
            assert set(self.nix.add_flat_files(written)) == set(files)

    def add_call(self, program: Program, value: KnownValue) -> None:
        """Put all that a call derivation reads into the store."""
        self.add({**program.contents, value_path(value.sha256): value.data})

    def evaluate(self, nix_text: str) -> Json:
        """The value of an expression, by way of JSON."""
        return as_json(self._ask("--eval", "--strict", "--json", "-", nix_text=nix_text))

    def instantiate(self, nix_text: str) -> list[str]:
        """Write the derivations that a list of them holds; their paths in its order."""
        return self._ask("-", nix_text=nix_text).decode().split()

    def _ask(self, *words: str, nix_text: str) -> bytes:
        # Nix.instantiate is for one derivation; tests ask for hundreds, and for mere values.
        self.nix.prepare()
        end = run(
            (self.nix.programs.instantiate, "--store", str(self.nix.folder), *words),
            environment={"HOME": str(self.nix.folder / "home"), "USER": "noether"},
            stdin=nix_text.encode(),
        )
        assert end.ok, end.stderr_tail.decode()
        return end.stdout

    def build(self, nix_text: str) -> NixBuild:
        """Build an expression."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            file = Path(folder) / "build.nix"
            file.write_text(nix_text, encoding="utf-8", newline="")
            return self.nix.build_file(file)

    def run_alone(self, program: Program, value: Json) -> NixBuild:
        """Build a call through its own derivation, with plain Nix."""
        given = known(value)
        self.add_call(program, given)
        return self.build(render_call(program, given.sha256))

    def value_alone(self, program: Program, value: Json) -> bytes:
        """The bytes that a call gives through its own derivation."""
        built = self.run_alone(program, value)
        assert built.out is not None, built.exit.stderr_tail.decode()
        return self.nix.physical(built.out).read_bytes()

    def run_fused(
        self,
        calls: Sequence[tuple[Program, Json]],
        *,
        parallel: int = 2,
        shared_input: bool = False,
    ) -> Fused:
        """Run calls in one region; with ``shared_input`` all get the graph's, the first one's."""
        planned = []
        for index, (program, value) in enumerate(calls):
            expression: dict[str, Json] = {"input": None} if shared_input else {"const": value}
            limits = call_limits(program.stage.limits, {})
            planned.append(
                PlannedCall(index, f"/{index}", program, limits, expression, frozenset())
            )
        plan = Plan(self.interpreter, tuple(planned), (), {"input": None})
        given = known(calls[0][1] if shared_input else None)
        parts = make_region(
            GrowingPlan(plan), planned, given, {}, {}, parallel=parallel, stop_at_failure=False
        )  # fmt: skip
        fused = Fused()

        def hear(event: ExecutorEvent) -> None:
            match event:
                case CallDone(index):
                    fused.done[index] = event
                case CallLogged(index, log):
                    fused.logs[index] = log
                case _:
                    pass

        executor = NixExecutor(self.nix, self.folder / "scratch")
        executor.execute(parts.region, self.interpreter, parts.files, hear)
        return fused


def as_json(data: bytes) -> Json:
    """The value that an encoding stands for."""
    value: Json = json.loads(data)
    return value


def make_place(folder: Path, prepared: Path) -> Place:
    """A private store in ``folder`` with the toolchain of a prepared home."""
    home = copy_home(prepared, folder / "home")
    with open_house(home) as house:
        return Place(Nix(PROGRAMS, home / "nix"), house.interpreter, folder)
