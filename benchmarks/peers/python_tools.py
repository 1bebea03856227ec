"""The peers that are written in Python: joblib.Memory, redun, doit and Snakemake."""

import json
import shlex
from collections.abc import Sequence

from benchmarks.peers.peer import (
    JOBS,
    PROGRAMS,
    VENV,
    FilePeer,
    ProgramPeer,
    Step,
    action_command,
    version_in_venv,
)
from benchmarks.workloads import Workload


class Joblib(ProgramPeer):
    """joblib.Memory: a decorator, in one process."""

    name = "joblib"
    isolation = "none (one process)"
    program = PROGRAMS / "joblib_calls.py"

    def version(self) -> str | None:
        return version_in_venv("joblib")


class Redun(ProgramPeer):
    """redun: tasks in threads of one process, its database in SQLite."""

    name = "redun"
    isolation = "none (one process)"
    program = PROGRAMS / "redun_calls.py"

    def version(self) -> str | None:
        return version_in_venv("redun")


class Doit(FilePeer):
    """doit: tasks with Python actions in its own process."""

    name = "doit"
    isolation = "none (one process)"

    def version(self) -> str | None:
        return version_in_venv("doit")

    def output(self) -> str:
        return "doit/{name}.json"

    def command(self, workload: Workload) -> list[str]:
        files = ["--file", str(PROGRAMS / "dodo.py"), "--dir", ".", "--db-file", "doit/state"]
        return [str(VENV / "bin/doit"), "run", *files, "--backend", "json", "--reporter", "zero"]

    def write(self, workload: Workload, steps: Sequence[Step]) -> None:
        calls = [(step.stage, step.input, step.output, step.name) for step in steps]
        (self.folder(workload) / "steps.json").write_text(json.dumps(calls))


class Snakemake(FilePeer):
    """Snakemake: jobs that are shell commands."""

    name = "snakemake"
    isolation = "none"

    def version(self) -> str | None:
        return version_in_venv("snakemake")

    def output(self) -> str:
        return "snakemake/{name}.json"

    def command(self, workload: Workload) -> list[str]:
        *call, _, _, _ = action_command("", "", "")
        return [
            str(VENV / "bin/snakemake"),
            *("--snakefile", str(PROGRAMS / "Snakefile"), "--directory", "."),
            *("--cores", str(JOBS), "--scheduler", "greedy", "--rerun-triggers", "mtime"),
            *("--quiet", "all", "--nolock", "--ignore-incomplete"),
            *("--config", f"call={shlex.join(call)}"),
        ]

    def write(self, workload: Workload, steps: Sequence[Step]) -> None:
        """Nothing: the Snakefile reads the plan."""
