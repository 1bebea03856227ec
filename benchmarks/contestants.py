"""Who is measured: noether, one plain nix-build of the same graph, and a bare loop of forks.

All use the same interpreter closure in the same private store, with the sandbox on. Each is a
whole process, from its start to its end, and gives the value it came to.
"""

import compileall
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import noether_nix
from benchmarks.workloads import Workload
from noether_nix.cli.settings import load_settings
from noether_nix.plan.interpreter import Interpreter
from noether_nix.process import nix_commands
from noether_nix.process.nix import Nix
from noether_nix.run.house import House

_HERE = Path(__file__).parent
_HOUR = 3600
PYTHON = getattr(sys, "_base_executable", sys.executable)


class BenchmarkError(Exception):
    """A contestant did not do what is being measured; its time means nothing."""


class ProcessFailedError(BenchmarkError):
    """A process ended with an error, or did not end."""


@dataclass(frozen=True)
class Taken:
    """How long a process took, what it answered, and how many calls ran where it is known."""

    seconds: float
    answer: Any
    ran: int | None = None


def timed(
    argv: Sequence[str],
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
) -> tuple[float, bytes]:
    """Run a process to its end: its seconds, and what it wrote to standard output.

    Raises:
        ProcessFailedError: it ended with an error, or had not ended after an hour.
    """
    began = time.perf_counter()
    try:
        end = subprocess.run(
            argv,
            capture_output=True,
            env=environment,
            check=False,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            timeout=_HOUR,
        )
    except subprocess.TimeoutExpired as error:
        raise ProcessFailedError(f"{' '.join(argv[:6])} … took more than an hour") from error
    seconds = time.perf_counter() - began
    if end.returncode != 0:
        tail = end.stderr.decode(errors="replace")[-2000:]
        raise ProcessFailedError(f"{' '.join(argv[:6])} … ended with {end.returncode}:\n{tail}")
    return seconds, end.stdout


@dataclass(frozen=True)
class Machinery:
    """What all contestants share: a home, Nix with its private store, the toolchain."""

    home: Path
    nix: Nix
    nix_version: str
    interpreter: Interpreter

    @classmethod
    def prepare(cls, home: Path) -> "Machinery":
        """Take the toolchain, so that nobody's time has it in it."""
        for name in [name for name in os.environ if name.startswith("NOETHER_")]:
            if name not in ("NOETHER_NIX", "NOETHER_PYTHON"):
                del os.environ[name]
        _compile_as_installed()
        os.environ |= {"NOETHER_HOME": str(home), "XDG_CONFIG_HOME": str(home / "no-settings")}
        with House(load_settings(), say=print) as house:
            return cls(home, house.nix, house.nix_version, house.interpreter)

    # ---------------------------------------------------------------------------- noether

    def noether(self, *words: str) -> tuple[float, bytes]:
        """The command, as ``scripts/noether`` starts it."""
        return timed([sys.executable, "-P", "-m", "noether_nix", *words])

    def run(self, workload: Workload, *, new: int, at_most: int | None = None) -> Taken:
        """``noether run`` in the full sandbox, of which ``new`` calls must run.

        Or up to ``at_most``, where they are given: then how many is told.
        """
        seconds, said = self.noether(
            "run", str(workload.graph), "--input", f"@{workload.input}", "--json"
        )
        report = json.loads(said)
        ran = sum(call["cached"] is False for call in report["calls"])
        expected = ran if at_most is not None and new <= ran <= at_most else new
        return Taken(seconds, _checked(report, calls=workload.calls, new=expected), ran)

    def stage_run(self, workload: Workload) -> Taken:
        """``noether stage run FILE``: the loop of an author."""
        stage = next(workload.folder.glob("*.py"))
        seconds, said = self.noether(
            "stage", "run", str(stage), "--input", f"@{workload.input}", "--json"
        )
        return Taken(seconds, _checked(json.loads(said), calls=1, new=1))

    # ---------------------------------------------------------------------------- the peer

    def nix_build(self, workload: Workload) -> Taken:
        """One ``nix-build`` of the graph, one derivation a call."""
        argv = nix_commands.build(
            self.nix.programs,
            ("--store", str(self.nix.folder)),
            _HERE / "peer.nix",
            {
                "arguments": json.dumps(self.interpreter.arguments),
                "builder": self.interpreter.builder,
                "folder": str(workload.folder),
                "system": self.interpreter.system,
                "toolchain": str(self.interpreter.toolchain),
            },
            check=False,
        )
        seconds, said = timed(list(argv), self._nix_environment)
        values = [
            json.loads(Path(f"{self.nix.folder}{line}").read_bytes())
            for line in said.decode().splitlines()
        ]
        if workload.chain:
            return Taken(seconds, values[0])
        names = sorted(workload.read_plan()["input"])
        return Taken(seconds, workload.value(dict(zip(names, values, strict=True))))

    def nix_version_command(self) -> Taken:
        """``nix-build --version``."""
        return Taken(timed([self.nix.programs.build, "--version"], self._nix_environment)[0], None)

    @property
    def _nix_environment(self) -> dict[str, str]:
        # The options of noether's own builds; only that as many run at once as noether runs.
        configured = nix_commands.configuration(
            jobs=len(os.sched_getaffinity(0)) + 1, cores=1, build_users=os.geteuid() == 0
        )
        return nix_commands.environment(configured, self.nix.folder / "home")

    # ---------------------------------------------------------------------------- the floor

    def fork_loop(self, workload: Workload) -> Taken:
        """A bare loop of forks over the calls, one after the other."""
        argv = [PYTHON, "-I", "-S", str(_HERE / "floor.py"), str(workload.folder)]
        seconds, said = timed(argv)
        output = json.loads(said)
        return Taken(seconds, output if workload.chain else workload.value(output))

    def empty_python(self) -> Taken:
        """An interpreter that does nothing."""
        return Taken(timed([PYTHON, "-I", "-S", "-c", ""])[0], None)

    def python_with_click(self) -> Taken:
        """An interpreter that imports click: a yardstick from machine to machine."""
        return Taken(timed([sys.executable, "-P", "-c", "import click"])[0], None)

    def empty_command(self) -> Taken:
        """A process that does nothing: what measuring itself costs."""
        return Taken(timed(["/bin/true"])[0], None)


def _compile_as_installed() -> None:
    """Have noether's modules compiled and kept, as they are where it was installed.

    Without that it took a fifth more in a shell that forbids Python to keep what it compiles.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    compileall.compile_dir(Path(noether_nix.__file__).parent, quiet=2)


def _checked(report: dict[str, Any], *, calls: int, new: int) -> Any:
    """The output of a report in which everything is as it must be."""
    run = [call for call in report["calls"] if call["cached"] is False]
    if not report["ok"] or report["sandbox"] != "full" or len(report["calls"]) != calls:
        raise BenchmarkError(f"not what is measured: {json.dumps(report)[:500]}")
    if len(run) != new:
        raise BenchmarkError(f"{len(run)} of {calls} calls ran, and {new} should")
    return report["output"]
