"""Homes with a toolchain in them: made once for a session, then copied within milliseconds."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-P", "-m", "noether_nix")
HELLO = PROJECT / "examples/hello/graph.json"
PREPARED = "noether-home"


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Noether:
    """The command, with a home and a folder to stand in."""

    home: Path
    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert self.home.name != PREPARED, "others copy this home while it would be written to"

    @property
    def environment(self) -> dict[str, str]:
        """All variables of the command: nothing of the person's who runs the tests."""
        return {
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            "NOETHER_HOME": str(self.home),
            "PATH": os.environ["PATH"],
            **self.variables,
        }

    def __call__(self, *words: str | Path, stdin: bytes = b"") -> Done:
        done = subprocess.run(
            [*COMMAND, *map(str, words)],
            cwd=self.folder,
            env=self.environment,
            input=stdin,
            capture_output=True,
            check=False,
            timeout=100,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def start(self, *words: str | Path, **arguments: Any) -> "subprocess.Popen[bytes]":
        """The command as a process of its own session that is not waited for."""
        process: subprocess.Popen[bytes] = subprocess.Popen(
            # A shell that starts something in the background makes it ignore Ctrl-C.
            ["/usr/bin/env", "--default-signal=INT", *COMMAND, *map(str, words)],
            cwd=self.folder,
            env=self.environment,
            start_new_session=True,
            **arguments,
        )
        return process


def prepared_home(factory: pytest.TempPathFactory, worker: str) -> Path:
    """A home in which a run has taken the toolchain; one for all workers, only to be copied."""
    root = factory.getbasetemp() if worker == "master" else factory.getbasetemp().parent
    home, lock = root / PREPARED, root / f"{PREPARED}.lock"
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not home.exists():
            making = root / f"{PREPARED}.making"
            made = Noether(making, root)("run", HELLO, "--input", '"A first run"', "--raw")
            assert (made.code, made.out) == (0, "a-first-run"), made.err
            making.rename(home)
    return home


def copy_home(prepared: Path, target: Path) -> Path:
    """A home like that one: what lies in the store is shared, what changes is copied."""
    store = prepared / "nix/nix/store"

    def place(source: str, copy: str) -> None:
        if Path(source).is_relative_to(store):
            os.link(source, copy)
        else:
            shutil.copy2(source, copy)

    shutil.copytree(prepared, target, symlinks=True, copy_function=place)
    return target
