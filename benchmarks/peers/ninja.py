"""Ninja, with a bubblewrap around every action; GNU make is beside it."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.contestants import PYTHON
from benchmarks.peers.peer import (
    ACTION,
    JOBS,
    FilePeer,
    Step,
    action_command,
    program,
    version_of,
)
from benchmarks.workloads import Workload


def bubblewrap(stage: str, value: str, folder: str) -> list[str]:
    """A call in namespaces of its own that sees the system, its source and its input.

    It may write into ``folder`` alone, and its output is to be ``value.json`` there.
    """
    system = ["--ro-bind", "/usr", "/usr"]
    for path in ("/bin", "/lib", "/lib64"):
        link = Path(path)
        if link.is_symlink():
            system += ["--symlink", str(link.readlink()), path]
        elif link.exists():
            system += ["--ro-bind", path, path]
    if not Path(PYTHON).is_relative_to("/usr"):
        system += ["--ro-bind", sys.base_prefix, sys.base_prefix]
    call = action_command("/stage.py", "/input.json", "/out/value.json", "/action.py")
    return [
        program("bwrap") or "bwrap",
        *("--unshare-all", "--die-with-parent", "--clearenv", "--new-session", "--cap-drop", "ALL"),
        *system,
        *("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"),
        *("--ro-bind", str(ACTION), "/action.py"),
        *("--ro-bind", stage, "/stage.py", "--ro-bind", value, "/input.json"),
        *("--bind", folder, "/out", "--"),
        *call,
    ]


class Ninja(FilePeer):
    """Ninja with a bubblewrap for every action."""

    name = "ninja"
    isolation = "bubblewrap namespaces"

    def version(self) -> str | None:
        ninja = version_of(program("ninja"), "--version")
        # Said from within, because there are machines whose kernel lets it make no namespaces.
        bwrap = program("bwrap")
        wrapper = version_of(bwrap, "--unshare-all", "--ro-bind", "/", "/", bwrap, "--version")
        return None if ninja is None or wrapper is None else f"{ninja}, bubblewrap {wrapper}"

    def output(self) -> str:
        return "ninja/{name}/value.json"

    def command(self, workload: Workload) -> list[str]:
        return [program("ninja") or "ninja", "-f", "ninja/build.ninja", f"-j{JOBS}", "--quiet"]

    def write(self, workload: Workload, steps: Sequence[Step]) -> None:
        # Names of ours have no character that Ninja or a shell would see anything in.
        wrapped = shlex.join(bubblewrap("STAGE", "VALUE", "FOLDER"))
        for name in ("stage", "value", "folder"):
            wrapped = wrapped.replace(name.upper(), f"${name}")
        lines = ["builddir = ninja", "rule call", f"  command = {wrapped}", "  restat = 1"]
        for step in steps:
            lines += [
                f"build {step.output}: call {step.stage} {step.input}",
                f"  stage = {step.stage}",
                f"  value = {step.input}",
                f"  folder = {Path(step.output).parent}",
            ]
        text = "\n".join(lines) + "\n"
        (self.folder(workload) / "build.ninja").write_text(text)


class Make(FilePeer):
    """GNU make, whose actions run bare: what isolation costs the others."""

    name = "make"
    isolation = "none"

    def version(self) -> str | None:
        return version_of(program("make"), "--version")

    def output(self) -> str:
        return "make/{name}.json"

    def command(self, workload: Workload) -> list[str]:
        flags = ["--no-builtin-rules", "--no-builtin-variables", "--silent", f"-j{JOBS}"]
        return [program("make") or "make", *flags, "-f", "make/Makefile"]

    def write(self, workload: Workload, steps: Sequence[Step]) -> None:
        call = shlex.join(action_command("$(filter %.py,$^)", "$(filter %.json,$^)", "$@"))
        call = call.replace("'", "")
        targets = " ".join(step.output for step in steps)
        lines = [f"all: {targets}", ".PHONY: all"]
        if workload.chain:
            for step in steps:
                lines += [f"{step.output}: {step.stage} {step.input}", f"\t{call}"]
        else:
            lines += [f"{targets}: make/%.json: values/%.json stage.py", f"\t{call}"]
        (self.folder(workload) / "Makefile").write_text("\n".join(lines) + "\n")
