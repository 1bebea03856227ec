"""Calls run in this very process, one after the other; see tests/contract/test_executor.py."""

import contextlib
import hashlib
import io
import json
from collections.abc import Callable, Mapping
from typing import Any

from noether_nix.errors import BuilderLostError
from noether_nix.executor.interface import (
    CallBegan,
    CallDone,
    CallLogged,
    ExecutorEvent,
    Idle,
    SandboxProved,
)
from noether_nix.executor.one_by_one import run_one_by_one
from noether_nix.formats.store_path import StorePath
from noether_nix.inside import contract
from noether_nix.inside.region import Program, Region, RegionCall
from noether_nix.plan.interpreter import Interpreter

Listener = Callable[[ExecutorEvent], None]


class FakeExecutor:
    """An Executor for stages that do no harm: there is no sandbox.

    Attributes:
        regions: the calls that each region was given, by index.
        times: of each region, the limit of its run and what is left of it.
        ran: the calls that were really run, in order, one entry for each time.
        script: outcomes that a call is to have instead of running, by index; used up one by one.
        lost_after: the build is lost after so many more calls have ended.
        losses: how many builds more are lost so; None for all.
    """

    def __init__(self) -> None:
        self.regions: list[tuple[int, ...]] = []
        self.times: list[tuple[float | None, float | None]] = []
        self.ran: list[int] = []
        self.script: dict[int, list[str]] = {}
        self.lost_after: int | None = None
        self.losses: int | None = None

    def execute(
        self,
        region: Region,
        interpreter: Interpreter,
        files: Mapping[StorePath, bytes],
        on_event: Listener,
    ) -> None:
        self.regions.append(tuple(call.index for call in region.calls))
        self.times.append((region.run_seconds, region.left_seconds))
        on_event(SandboxProved("full", {}))
        execution = _Execution(self, region, on_event)
        run_one_by_one(region, files, execution.run_one, execution.hear)
        on_event(Idle())


class _Execution:
    """One region on its way, call by call."""

    def __init__(self, executor: FakeExecutor, region: Region, on_event: Listener) -> None:
        self._executor = executor
        self._region = region
        self._tell = on_event
        self._logs: dict[int, bytes] = {}

    def hear(self, event: ExecutorEvent) -> None:
        """Pass an event on, unless the build is lost before it."""
        if not isinstance(event, CallDone):
            self._tell(event)
            return
        if self._executor.lost_after == 0:
            if self._executor.losses is not None:
                self._executor.losses -= 1
                self._executor.lost_after = None if self._executor.losses == 0 else 1
            raise BuilderLostError("the build was lost on purpose")
        if self._executor.lost_after is not None:
            self._executor.lost_after -= 1
        self._tell(event)
        log = self._logs.pop(event.index, b"")
        if log:
            self._tell(CallLogged(event.index, log))

    def run_one(self, region: Region, files: Mapping[StorePath, bytes], tell: Listener) -> None:
        """Run the one call of a region."""
        (call,), given = region.calls, region.values[region.input]
        by_path = {str(path): data for path, data in files.items()}
        data = given.encode() if isinstance(given, str) else by_path[given["path"]]
        digest = hashlib.sha256(data).hexdigest()
        fault = contract.compile_type(region.programs[0].input)(json.loads(data))
        if fault is not None:
            tell(CallDone(call.index, "input-invalid", digest, 0.0, detail=_fault(fault)))
            return
        tell(CallBegan(call.index))
        tell(self._run(call, region.programs[0], data, digest))

    def _could_run_beside(self, call: RegionCall) -> bool:
        """Whether another call can run while this one does, as it then would."""
        after = {call.index}
        for other in self._region.calls:
            if after.intersection(other.needs):
                after.add(other.index)
        before = set(call.needs)
        for other in reversed(self._region.calls):
            if other.index in before:
                before.update(other.needs)
        all_of_them = {other.index for other in self._region.calls}
        return self._region.parallel > 1 and bool(all_of_them - before - after)

    def _run(self, call: RegionCall, program: Program, data: bytes, digest: str) -> CallDone:
        scripted = self._executor.script.get(call.index)
        if scripted:
            (whole,) = (one for one in self._region.calls if one.index == call.index)
            used, beside = {"cpu_seconds": 0.1}, self._could_run_beside(whole)
            return CallDone(call.index, scripted.pop(0), digest, 0.1, used=used, beside=beside)
        self._executor.ran.append(call.index)
        printed = io.StringIO()
        outcome, value, detail = "succeeded", None, {}
        with contextlib.redirect_stdout(printed):
            try:
                names: dict[str, Any] = {"__name__": "stage"}
                exec(compile(program.source, "stage.py", "exec", dont_inherit=True), names)
                value = contract.encode(names["execute"](json.loads(data)))
            except contract.InvalidValueError as error:
                outcome, detail = "output-invalid", {"message": error.reason}
            except Exception as error:  # noqa: BLE001 - whatever a stage raises is its outcome
                outcome, detail = (
                    "stage-raised",
                    {"type": type(error).__name__, "message": str(error)},
                )
        if value is not None:
            fault = contract.compile_type(program.output)(json.loads(value))
            if fault is not None:
                outcome, value, detail = "output-invalid", None, _fault(fault)
        log = self._logs[call.index] = printed.getvalue().encode()
        return CallDone(
            call.index, outcome, digest, 0.001, value, detail, {"cpu_seconds": 0.001}, len(log)
        )


def _fault(fault: contract.Fault) -> dict[str, Any]:
    return {"pointer": fault.pointer, "expected": fault.expected, "got": fault.got}
