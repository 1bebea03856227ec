"""What every peer is: a tool that runs the calls of a workload as its users would have it."""

import abc
import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from benchmarks.contestants import PYTHON, Taken, timed
from benchmarks.workloads import Workload

HERE = Path(__file__).parent
PROGRAMS = HERE / "programs"
ACTION = PROGRAMS / "action.py"

# Where scripts/peers puts the peers that are written in Python.
VENV = HERE.parent / ".venv"

NOT_INSTALLED = "not installed: run scripts/peers"
JOBS = len(os.sched_getaffinity(0))


class Peer(abc.ABC):
    """One tool beside which noether is measured.

    Attributes:
        name: in ``--peers`` and in the tables.
        isolation: what keeps a call from seeing or changing what is not its own.
    """

    name: ClassVar[str]
    isolation: ClassVar[str]

    @abc.abstractmethod
    def version(self) -> str | None:
        """What the tool says it is; nothing where it cannot be started."""

    @abc.abstractmethod
    def command(self, workload: Workload) -> list[str]:
        """What is timed."""

    @abc.abstractmethod
    def run(self, workload: Workload) -> Taken:
        """Run the calls; what the tool needs to be told about them was written before."""

    def close(self) -> None:  # noqa: B027 - most have nothing to end
        """End what was started and is still there."""

    def folder(self, workload: Workload) -> Path:
        """Where everything of this peer is, its cache too."""
        return workload.folder / self.name

    def directory(self, workload: Workload) -> Path:
        """Where its command runs."""
        return workload.folder

    def environment(self, workload: Workload) -> dict[str, str]:
        """A home of its own, and nothing of the caller's."""
        return {"HOME": str(self.folder(workload)), "PATH": os.defpath, "LANG": "C.UTF-8"}


@dataclass(frozen=True)
class Step:
    """A call as files: all paths are relative to the workload's folder."""

    name: str
    stage: str
    input: str
    output: str


def write_values(workload: Workload) -> None:
    """The inputs of all calls as files of their own, as those want them who know only files."""
    if workload.chain:
        return
    folder = workload.folder / "values"
    if folder.exists():
        return
    folder.mkdir()
    for name, value in workload.read_plan()["input"].items():
        (folder / f"{name}.json").write_text(json.dumps(value))


def steps_of(workload: Workload, outputs: str) -> list[Step]:
    """The calls in order; ``outputs`` says where each puts what it gives, by its ``{name}``."""
    if not workload.chain:
        return [
            Step(name, "stage.py", f"values/{name}.json", outputs.format(name=name))
            for name in workload.read_plan()["input"]
        ]
    steps: list[Step] = []
    for stage in workload.chain:
        name = stage.removesuffix(".py")
        value = steps[-1].output if steps else "input.json"
        steps.append(Step(name, stage, value, outputs.format(name=name)))
    return steps


class FilePeer(Peer):
    """A peer whose calls take files and give files."""

    @abc.abstractmethod
    def output(self) -> str:
        """Where a call's output is below the directory, with its ``{name}``."""

    @abc.abstractmethod
    def write(self, workload: Workload, steps: Sequence[Step]) -> None:
        """Write what tells the tool of the calls."""

    def prepare(self, workload: Workload) -> list[Step]:
        """The calls, of which the tool has been told."""
        steps = steps_of(workload, self.output())
        folder = self.folder(workload)
        if not folder.exists():
            folder.mkdir()
            write_values(workload)
            self.write(workload, steps)
        return steps

    def run(self, workload: Workload) -> Taken:
        steps = self.prepare(workload)
        where = self.directory(workload)
        outputs = {step.name: where / step.output for step in steps}
        before = _times(outputs)
        seconds, _ = timed(self.command(workload), self.environment(workload), directory=where)
        after = _times(outputs)
        ran = sum(after[name] != before[name] for name in outputs)
        return Taken(seconds, _answer(workload, outputs), ran)


def _times(outputs: Mapping[str, Path]) -> dict[str, int]:
    return {name: path.stat().st_mtime_ns if path.exists() else 0 for name, path in outputs.items()}


def _answer(workload: Workload, outputs: Mapping[str, Path]) -> Any:
    if workload.chain:
        return json.loads([*outputs.values()][-1].read_bytes())
    return workload.value({name: json.loads(path.read_bytes()) for name, path in outputs.items()})


class ProgramPeer(Peer):
    """A peer that is a Python library: one of our programs calls it in its own interpreter.

    The program gets the workload's folder and the peer's own, and prints an object: ``output``
    and how many calls ``ran``.
    """

    program: ClassVar[Path]

    def command(self, workload: Workload) -> list[str]:
        folders = [str(workload.folder), str(self.folder(workload))]
        return [str(VENV / "bin/python"), "-I", str(self.program), *folders]

    def run(self, workload: Workload) -> Taken:
        self.folder(workload).mkdir(exist_ok=True)
        where = self.directory(workload)
        seconds, said = timed(self.command(workload), self.environment(workload), directory=where)
        report = json.loads(said)
        output = report["output"] if workload.chain else workload.value(report["output"])
        return Taken(seconds, output, report["ran"])


def program(name: str) -> str | None:
    """A program of the system."""
    return shutil.which(name, path=os.defpath)


def of_venv(name: str) -> str | None:
    """A program of the peers' own environment."""
    path = VENV / "bin" / name
    return str(path) if path.exists() else None


@cache
def version_of(*argv: str | None) -> str | None:
    """The first version number that a command says; nothing where it is not there."""
    if argv[0] is None:
        return None
    words = [word for word in argv if word is not None]
    end = subprocess.run(words, capture_output=True, check=False, cwd="/", text=True)
    found = re.search(r"\d+(\.\d+)+", end.stdout + end.stderr)
    return found.group() if end.returncode == 0 and found else None


def version_in_venv(package: str) -> str | None:
    """The version of a Python package among the peers."""
    code = f"import importlib.metadata as m; print(m.version({package!r}))"
    return version_of(of_venv("python"), "-I", "-c", code)


def action_command(stage: str, value: str, output: str, action: str = str(ACTION)) -> list[str]:
    """One call, in an interpreter of its own that imports nothing it need not."""
    return [PYTHON, "-I", "-S", action, stage, value, output]
