"""The executor: one build by Nix for a whole region of calls."""

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from noether_nix import nixexpr
from noether_nix.database.disk import make_private_folder
from noether_nix.database.scratch import scratch_folder
from noether_nix.errors import (
    HashMismatchError,
    RunInterruptedError,
    SandboxUnavailableError,
)
from noether_nix.executor.hearing import Hearing
from noether_nix.executor.inside_tree import place_inside
from noether_nix.executor.interface import CallLogged, Listener
from noether_nix.formats.store_path import StorePath
from noether_nix.frozen import replace
from noether_nix.inside.levels import DEFAULT_LEVEL, levels_down_to
from noether_nix.inside.region import Region, read_endings
from noether_nix.plan.interpreter import Interpreter
from noether_nix.process.child import Cancellation
from noether_nix.process.nix import Nix
from noether_nix.process.nix_build import BuildEnd

# What the interpreter of a region runs; see region.nix for the variables.
_START = (
    "import os, sys; sys.path.insert(0, os.environ['inside']); "
    "from noether_nix.inside import contract; contract.preload(); "
    "from noether_nix.inside.start import main; main()"
)
_EXPRESSION = Path(nixexpr.__file__).with_name("region.nix")
# What a builder may take beyond the run's time to begin, to end its calls and to write.
_FENCE_SECONDS = 30.0


class NixExecutor:
    """Runs regions through one Nix, with files of its own in ``scratch``."""

    def __init__(
        self,
        nix: Nix,
        scratch: Path,
        *,
        least: str = DEFAULT_LEVEL,
        cancellation: Cancellation | None = None,
    ) -> None:
        self._nix = nix
        self._scratch = scratch
        self._least = least
        self._cancellation = cancellation
        self._one_by_one = False
        self._unsandboxed = False

    def execute(
        self,
        region: Region,
        interpreter: Interpreter,
        files: Mapping[StorePath, bytes],
        on_event: Listener,
    ) -> None:
        """See :class:`noether_nix.executor.interface.Executor`."""
        make_private_folder(self._scratch)

        def run(part: Region, values: Mapping[StorePath, bytes], tell: Listener) -> str:
            return self._run(part, interpreter, values, tell)

        if not self._one_by_one:
            self._one_by_one = run(region, files, on_event) == "alone"
        if self._one_by_one:
            from noether_nix.executor.one_by_one import run_one_by_one

            run_one_by_one(region, files, run, on_event, self._pause)

    def _pause(self, seconds: float) -> None:
        if self._cancellation is None:
            time.sleep(seconds)
        elif self._cancellation.wait(seconds):
            raise RunInterruptedError("the run was stopped")

    def _run(
        self,
        region: Region,
        interpreter: Interpreter,
        files: Mapping[StorePath, bytes],
        on_event: Listener,
    ) -> str:
        """Run a region in one build.

        Returns:
            The level that holds. At *alone* only a region for that level has run.
        """
        accepted = levels_down_to(self._least)
        if not self._unsandboxed:
            try:
                sandboxed = tuple(level for level in accepted if level != "none")
                return self._build(self._nix, sandboxed, region, interpreter, files, on_event)
            except SandboxUnavailableError:
                if "none" not in accepted:
                    raise
        from noether_nix.executor.unsandboxed import place_toolchain, with_values, without_sandbox

        self._unsandboxed = True
        nix = without_sandbox(self._nix)
        placed = place_toolchain(nix, self._nix, interpreter, self._scratch)
        return self._build(nix, ("none",), with_values(region, files), placed, {}, on_event)

    def _build(
        self,
        nix: Nix,
        levels: Sequence[str],
        region: Region,
        interpreter: Interpreter,
        files: Mapping[StorePath, bytes],
        on_event: Listener,
    ) -> str:
        region = replace(region, token=os.urandom(16).hex())
        hearing = Hearing(region.token, levels, on_event)
        inside = place_inside(nix, self._scratch)
        with scratch_folder(self._scratch, "region-") as folder:
            _write(nix, folder, region, files)
            build = nix.build_file(
                _EXPRESSION,
                arguments={
                    "folder": str(folder),
                    "inside": nix.name_of(inside),
                    "levels": " ".join(levels),
                    "loader": interpreter.loader,
                    "nonce": os.urandom(16).hex(),
                    "start": _START,
                    "system": interpreter.system,
                    "toolchain": nix.name_of(interpreter.toolchain),
                },
                on_line=hearing.hear,
                timeout_seconds=_fence(region),
                cancellation=self._cancellation,
            )
        if build.end is BuildEnd.CANCELLED:
            raise RunInterruptedError("the build was stopped")
        hearing.check(levels[-1], private=nix.private)
        if build.out is None or hearing.proved is None:
            from noether_nix.executor.loss import loss

            level = None if hearing.proved is None else hearing.proved.level
            raise loss(build, level, began=hearing.began)
        _read(nix.physical(build.out), hearing, on_event)
        return hearing.proved.level


def _write(nix: Nix, folder: Path, region: Region, files: Mapping[StorePath, bytes]) -> None:
    there = [path for path in files if nix.physical(path).exists()]
    new = {str(number): path for number, path in enumerate(set(files).difference(there))}
    for name, path in new.items():
        (folder / name).write_bytes(files[path])
    (folder / "plan.json").write_bytes(region.to_bytes())
    (folder / "values").write_text("".join(f"{nix.name_of(path)}\n" for path in there))
    (folder / "new").write_text("".join(f"{name}\n" for name in new))


def _fence(region: Region) -> float | None:
    """When Nix itself is ended, should the builder not end in the time that the run has left."""
    return None if region.left_seconds is None else region.left_seconds + _FENCE_SECONDS


def _read(path: Path, hearing: Hearing, on_event: Listener) -> None:
    try:
        with path.open("rb") as file:
            for ending in read_endings(file):
                hearing.complete(ending.index, ending.value, ending.detail)
                if ending.log:
                    on_event(CallLogged(ending.index, ending.log))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise HashMismatchError(
            f"{path}: the build's output cannot be read: {error}",
            hint="run again: it is built anew; if that gives the same, look at the disk",
        ) from error
