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
from noether_nix.formats.store_path import StorePath
from noether_nix.inside import contract, dataflow
from noether_nix.inside.region import NOT_TAKEN, WELL, Region, RegionCall
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
        _Execution(self, region, files, on_event).run()
        on_event(Idle())


class _Execution:
    """One region on its way."""

    def __init__(
        self,
        executor: FakeExecutor,
        region: Region,
        files: Mapping[StorePath, bytes],
        on_event: Listener,
    ) -> None:
        self._executor = executor
        self._region = region
        self._files = {str(path): data for path, data in files.items()}
        self._tell = on_event
        self._ends: dict[int, CallDone] = {}
        self._first: dict[tuple[int, str], int] = {}
        outputs = {index: self._value(place) for index, place in region.known.items()}
        self._valuation = dataflow.Valuation(self._value(region.input), region.shared, outputs)

    def run(self) -> None:
        for call in self._region.calls:
            cause = self._cause_of_skipping(call)
            if cause is None:
                self._end(self._begin(call))
            else:
                self._end(CallDone(call.index, "skipped", "", 0.0, detail={"because": cause}))

    def _value(self, place: int) -> Any:
        given = self._region.values[place]
        return json.loads(given if isinstance(given, str) else self._files[given["path"]])

    def _cause_of_skipping(self, call: RegionCall) -> int | None:
        for index in call.needs if not self._region.stop_at_failure else sorted(self._ends):
            end = self._ends[index]
            if end.outcome == "skipped":
                return int(end.detail["because"])
            if end.outcome not in WELL:
                return index
        return None

    def _end(self, end: CallDone) -> None:
        if self._executor.lost_after == 0:
            if self._executor.losses is not None:
                self._executor.losses -= 1
                self._executor.lost_after = None if self._executor.losses == 0 else 1
            raise BuilderLostError("the build was lost on purpose")
        if self._executor.lost_after is not None:
            self._executor.lost_after -= 1
        self._ends[end.index] = end
        self._tell(end)

    def _begin(self, call: RegionCall) -> CallDone:
        program = self._region.programs[call.program]
        try:
            if not self._valuation.is_taken(call.guards):
                return CallDone(call.index, NOT_TAKEN, "", 0.0)
            value = self._valuation.value(call.input)
            data = contract.encode(value)
        except (dataflow.InputUnusableError, contract.InvalidValueError) as error:
            return CallDone(call.index, "input-invalid", "", 0.0, detail={"message": str(error)})
        digest = hashlib.sha256(data).hexdigest()
        if digest in program.known:
            self._valuation.outputs[call.index] = self._value(program.known[digest])
            return CallDone(call.index, "known", digest, 0.0)
        first = self._ends.get(self._first.setdefault((call.program, digest), call.index))
        if first is not None:
            return self._twin(call, first)
        fault = contract.compile_type(program.input)(value)
        if fault is not None:
            return CallDone(call.index, "input-invalid", digest, 0.0, detail=_fault(fault))
        self._tell(CallBegan(call.index))
        return self._run(call, data, digest)

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

    def _twin(self, call: RegionCall, first: CallDone) -> CallDone:
        outcome = first.outcome
        if outcome == "succeeded":
            outcome = "known"
            self._valuation.outputs[call.index] = self._valuation.outputs[first.index]
        return CallDone(call.index, outcome, first.input_sha256, 0.0, detail=first.detail)

    def _run(self, call: RegionCall, data: bytes, digest: str) -> CallDone:
        scripted = self._executor.script.get(call.index)
        if scripted:
            used, beside = {"cpu_seconds": 0.1}, self._could_run_beside(call)
            return CallDone(call.index, scripted.pop(0), digest, 0.1, used=used, beside=beside)
        self._executor.ran.append(call.index)
        program = self._region.programs[call.program]
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
            else:
                self._valuation.outputs[call.index] = json.loads(value)
        log = printed.getvalue().encode()
        done = CallDone(
            call.index, outcome, digest, 0.001, value, detail, {"cpu_seconds": 0.001}, len(log)
        )
        if log:
            self._tell_after(done, CallLogged(call.index, log))
        return done

    def _tell_after(self, done: CallDone, logged: CallLogged) -> None:
        tell = self._tell

        def once(event: ExecutorEvent) -> None:
            tell(event)
            if event is done:
                self._tell = tell
                tell(logged)

        self._tell = once


def _fault(fault: contract.Fault) -> dict[str, Any]:
    return {"pointer": fault.pointer, "expected": fault.expected, "got": fault.got}
