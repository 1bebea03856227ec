"""Bazel with a server that is warm, and every action in its sandbox for Linux."""

import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.contestants import PYTHON, timed
from benchmarks.peers.peer import ACTION, JOBS, PROGRAMS, FilePeer, Step, program, version_of
from benchmarks.workloads import Workload


class Bazel(FilePeer):
    """One server for all measurements; a workload is a package in its workspace.

    There is one package at a time: a server has to look after all files that it knows of.
    """

    name = "bazel"
    isolation = "linux-sandbox (reads the host's files)"

    def __init__(self) -> None:
        self._home: Path | None = None
        self._current: Path | None = None
        self._served = False

    def version(self) -> str | None:
        if _program() is None:
            return None
        # Debian's says "no_version" of itself.
        package = version_of(program("dpkg-query"), "-W", "-f", "${Version}", "bazel-bootstrap")
        return package or version_of(_program(), "--version")

    def directory(self, workload: Workload) -> Path:
        """The workspace."""
        if self._home is None:
            self._home = Path(tempfile.mkdtemp(prefix="noether-bench-bazel-"))
            shutil.copy(PROGRAMS / "calls.bzl", self._home)
            shutil.copy(ACTION, self._home)
            (self._home / "WORKSPACE").write_text("")
            (self._home / "BUILD").write_text(
                'exports_files(["action.py"])\nfilegroup(name = "nothing")\n'
            )
        return self._home

    def environment(self, workload: Workload) -> dict[str, str]:
        return _environment(self.directory(workload))

    def output(self) -> str:
        return "bazel-bin/graph/out/{name}.json"

    def command(self, workload: Workload) -> list[str]:
        return self._build(workload, "//graph")

    def prepare(self, workload: Workload) -> list[Step]:
        """The calls; their package is the one in the workspace, with the stages of now."""
        steps = super().prepare(workload)
        package = self.directory(workload) / "graph"
        new = self._current != workload.folder
        if new:
            shutil.rmtree(package, ignore_errors=True)
            shutil.copytree(self.folder(workload), package)
            for name in {step.input for step in steps if not step.input.startswith("bazel-bin/")}:
                (package / name).parent.mkdir(exist_ok=True)
                shutil.copy(workload.folder / name, package / name)
        for name in {step.stage for step in steps}:
            source = (workload.folder / name).read_bytes()
            if new or (package / name).read_bytes() != source:
                (package / name).write_bytes(source)
        if new:
            # Now the server is there and has forgotten what was in its workspace before.
            self._served = True
            nothing = self._build(workload, "//:nothing")
            timed(nothing, self.environment(workload), directory=self.directory(workload))
            self._current = workload.folder
        return steps

    def write(self, workload: Workload, steps: Sequence[Step]) -> None:
        inside = self.output().removesuffix("{name}.json").removesuffix("out/")
        calls = [(step.stage, step.input.removeprefix(inside), step.name) for step in steps]
        words = [" ".join(call) for call in calls]
        arguments = {"name": "graph", "calls": words, "files": _files(calls), "python": PYTHON}
        lines = [f"    {name} = {json.dumps(value)}," for name, value in arguments.items()]
        text = "\n".join(['load("//:calls.bzl", "graph")', "", "graph(", *lines, ")", ""])
        (self.folder(workload) / "BUILD").write_text(text)

    def close(self) -> None:
        if self._home is not None and self._served:
            home = self._home
            timed([*self._start(), "shutdown"], _environment(home), directory=home)
        self.forget()

    def forget(self) -> Path | None:
        """Remove the workspace, of which no server knows; gives where it was."""
        home, self._home, self._current, self._served = self._home, None, None, False
        if home is not None:
            # What Bazel keeps is write-protected.
            for folder, _, _ in os.walk(home):
                Path(folder).chmod(0o700)
            shutil.rmtree(home)
        return home

    def _start(self) -> list[str]:
        return [
            _program() or "bazel",
            f"--output_user_root={self._home}/root",
            "--max_idle_secs=3600",
            "--nohome_rc",
        ]

    def _build(self, workload: Workload, target: str) -> list[str]:
        self.directory(workload)
        options = [
            "--spawn_strategy=linux-sandbox",
            *("--nosandbox_default_allow_network", "--nosandbox_debug"),
            f"--jobs={JOBS}",
            f"--experimental_sandbox_async_tree_delete_idle_threads={JOBS}",
            *("--color=no", "--curses=no", "--noshow_progress", "--ui_event_filters=error"),
        ]
        return [*self._start(), "build", *options, target]


def _environment(home: Path) -> dict[str, str]:
    return {"HOME": str(home / "root"), "PATH": os.defpath, "LANG": "C.UTF-8"}


def _files(calls: Sequence[tuple[str, str, str]]) -> list[str]:
    names = {stage for stage, _, _ in calls}
    names |= {value for _, value, _ in calls if not value.startswith("out/")}
    return sorted(names)


def _program() -> str | None:
    # `bazel` is a script that looks for the program itself; these are Debian's and upstream's.
    return program("bazel-4") or program("bazel-real") or program("bazel")
