"""The executor: one build by Nix for a whole region of calls."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from noether_nix import nixexpr
from noether_nix.database.disk import make_private_folder
from noether_nix.database.scratch import scratch_folder
from noether_nix.errors import (
    BuilderLostError,
    EvaluationFailedError,
    HashMismatchError,
    RunInterruptedError,
    SandboxUnavailableError,
)
from noether_nix.executor.inside_tree import place_inside
from noether_nix.executor.interface import (
    CallBegan,
    CallDone,
    CallLogged,
    ExecutorEvent,
    Idle,
    SandboxProved,
)
from noether_nix.formats.store_path import StorePath
from noether_nix.inside.region import Region, read_endings
from noether_nix.plan.interpreter import Interpreter
from noether_nix.process.child import Cancellation
from noether_nix.process.nix import Nix
from noether_nix.process.nix_build import BuildEnd, NixBuild
from noether_nix.process.nix_failure import MACHINE_STORE_HINT

# What the interpreter of a region runs; see region.nix for the variables.
_START = (
    "import os, sys; sys.path.insert(0, os.environ['inside']); "
    "from noether_nix.inside import contract; contract.preload(); "
    "from noether_nix.inside.start import main; main()"
)
_EXPRESSION = Path(nixexpr.__file__).with_name("region.nix")
# What a builder may take beyond the run's time to begin, to end its calls and to write.
_FENCE_SECONDS = 30.0
_SANDBOX_REMEDY = (
    "let this machine make unprivileged user namespaces "
    "(sysctl kernel.unprivileged_userns_clone=1, user.max_user_namespaces above 0, "
    "kernel.apparmor_restrict_unprivileged_userns=0) on a kernel of at least 5.14"
)

Listener = Callable[[ExecutorEvent], None]


class NixExecutor:
    """Runs regions through one Nix, with files of its own in ``scratch``."""

    def __init__(
        self, nix: Nix, scratch: Path, *, cancellation: Cancellation | None = None
    ) -> None:
        self._nix = nix
        self._scratch = scratch
        self._cancellation = cancellation

    def execute(
        self,
        region: Region,
        interpreter: Interpreter,
        files: Mapping[StorePath, bytes],
        on_event: Listener,
    ) -> None:
        """See :class:`noether_nix.executor.interface.Executor`."""
        region = replace(region, token=os.urandom(16).hex())
        hearing = _Hearing(region.token, on_event)
        make_private_folder(self._scratch)
        inside = place_inside(self._nix, self._scratch)
        with scratch_folder(self._scratch, "region-") as folder:
            self._write(folder, region, files)
            build = self._nix.build_file(
                _EXPRESSION,
                arguments={
                    "folder": str(folder),
                    "inside": str(inside),
                    "loader": interpreter.loader,
                    "nonce": os.urandom(16).hex(),
                    "start": _START,
                    "system": interpreter.system,
                    "toolchain": str(interpreter.toolchain),
                },
                on_line=hearing.hear,
                timeout_seconds=_fence(region),
                cancellation=self._cancellation,
            )
        if build.end is BuildEnd.CANCELLED:
            raise RunInterruptedError("the build was stopped")
        hearing.check(_SANDBOX_REMEDY if self._nix.private else MACHINE_STORE_HINT)
        if build.out is None:
            raise _lost(build, proved=hearing.proved)
        self._read(build.out, hearing, on_event)

    def _write(self, folder: Path, region: Region, files: Mapping[StorePath, bytes]) -> None:
        there = [path for path in files if self._nix.physical(path).exists()]
        new = {str(number): path for number, path in enumerate(set(files).difference(there))}
        for name, path in new.items():
            (folder / name).write_bytes(files[path])
        (folder / "plan.json").write_bytes(region.to_bytes())
        (folder / "values").write_text("".join(f"{path}\n" for path in there))
        (folder / "new").write_text("".join(f"{name}\n" for name in new))

    def _read(self, out: StorePath, hearing: "_Hearing", on_event: Listener) -> None:
        path = self._nix.physical(out)
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


def _fence(region: Region) -> float | None:
    """When Nix itself is ended, should the builder not end in the time that the run has left."""
    return None if region.left_seconds is None else region.left_seconds + _FENCE_SECONDS


class _Hearing:
    """Understands the builder's log: the lines with this build's token, and no other."""

    def __init__(self, token: str, on_event: Listener) -> None:
        self._start = f'{{"noether": "{token}"'.encode()
        self._on_event = on_event
        self._held: dict[int, CallDone] = {}
        self.proved = False
        self._complaint: str | None = None

    def hear(self, line: bytes) -> None:
        """Take one line, with or without its end."""
        if line.startswith(self._start):
            for said in json.loads(line)["events"]:
                self._understand(said)

    def _understand(self, said: Mapping[str, Any]) -> None:
        match said["event"]:
            case "sandbox":
                self.proved = not said["missing"]
                if self.proved:
                    self._on_event(SandboxProved(said["level"], said["evidence"]))
                else:
                    self._complaint = "; ".join(said["missing"])
            case "started":
                self._on_event(CallBegan(said["call"]))
            case "ended":
                self._end(said)
            case "unable":
                self._complaint = str(said["reason"])
            case "idle" | "alive":
                self._on_event(Idle())
            case _:
                pass

    def _end(self, said: Mapping[str, Any]) -> None:
        value = said.get("value")
        done = CallDone(
            index=said["call"],
            outcome=said["outcome"],
            input_sha256=said["input"],
            seconds=said["seconds"],
            value=None if value is None else value.encode(),
            detail=said.get("detail", {}),
            used=said["used"],
            log_bytes=said["log_bytes"],
        )
        # What did not fit into the log, a large value or a long story, stands in the output.
        if done.value is None and not done.detail and done.outcome != "known":
            self._held[done.index] = done
        else:
            self._on_event(done)

    def complete(self, index: int, value: bytes | None, detail: Mapping[str, Any]) -> None:
        """Tell of a call whose end was heard without what the output says of it."""
        done = self._held.pop(index, None)
        if done is not None:
            self._on_event(replace(done, value=value, detail=detail))

    def check(self, remedy: str) -> None:
        """Raise when the sandbox was not as it must be, with ``remedy`` as the hint.

        Raises:
            SandboxUnavailableError: with what is missing.
        """
        if self._complaint is not None:
            raise SandboxUnavailableError(
                f"the sandbox does not hold: {self._complaint}", hint=remedy
            )


def _lost(build: NixBuild, *, proved: bool) -> Exception:
    tail = build.exit.stderr_tail.decode("utf-8", "replace")
    last = " | ".join(line for line in tail.splitlines()[-12:] if not line.startswith('{"noether"'))
    if build.end is BuildEnd.BUILT:
        return EvaluationFailedError("Nix built a region and named no output")
    if proved:
        remedy = "run again: what had ended is kept. If it happens again, look at free memory"
    else:
        remedy = (
            "nothing was heard of its interpreter. If that happens again, the toolchain may be"
            " damaged: `noether store gc` and then `noether toolchain update` make it anew"
        )
    return BuilderLostError(
        f"the build ended before its calls did ({build.end.value}): {last[-800:]}", hint=remedy
    )
