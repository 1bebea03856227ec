"""The order of things: look up, run what is not known, keep it, report."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeAlias

from noether_nix.errors import NoetherError, RunInterruptedError
from noether_nix.executor.interface import (
    CallBegan,
    CallDone,
    CallLogged,
    Executor,
    ExecutorEvent,
    Idle,
    SandboxProved,
)
from noether_nix.ledger.ledger import Ledger
from noether_nix.ledger.model import NewRun, RunState
from noether_nix.plan.planner import Plan, PlannedCall
from noether_nix.plan.regions import KnownValue, make_region
from noether_nix.run.events import (
    CallEnded,
    CallStarted,
    Event,
    RunEnded,
    RunStarted,
    SandboxChecked,
    Warned,
)
from noether_nix.run.keeping import Circumstances, Keeping
from noether_nix.run.ledgering import write_report
from noether_nix.run.lookup import Found, look_up, recall
from noether_nix.run.outcome import MACHINE_DEPENDENT
from noether_nix.run.report import SUCCEEDED, CallReport, Report
from noether_nix.run.telling import told_to_author
from noether_nix.run.values import RunValues
from noether_nix.store.interface import ResultKeeper, ValueFiles

Listener = Callable[[Event], None]
_Asked: TypeAlias = tuple[str, str]  # a program's id and an input's SHA-256


# What has ended is kept, and told of, at least this often; and whenever nothing else happens.
_KEEP_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Services:
    """Who does the work of a run."""

    executor: Executor
    results: ResultKeeper
    values: ValueFiles
    ledger: Ledger
    circumstances: Circumstances
    clock: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be run.

    Attributes:
        plan: the calls.
        start: what the ledger writes down as the run begins.
        encoded_input: of the whole graph.
        parallel: how many calls may run at once.
        stop_at_failure: start nothing more after the first failure.
    """

    plan: Plan
    start: NewRun
    encoded_input: bytes
    parallel: int
    stop_at_failure: bool


def run_order(order: Order, services: Services, on_event: Listener) -> Report:
    """Run a plan.

    Raises:
        ToolError: Nix or the sandbox cannot do its work; what had ended is kept.
        StoreError: a result cannot be kept.
        RunInterruptedError: the caller stopped it.
    """
    return _Run(order, services, on_event).run()


class _Run:
    """One run on its way from order to report."""

    def __init__(self, order: Order, services: Services, on_event: Listener) -> None:
        self._order = order
        self._plan = order.plan
        self._services = services
        self._on_event = on_event
        self._values = RunValues(order.plan, order.encoded_input)
        self._reports: dict[int, CallReport] = {}
        self._done: list[CallDone] = []  # heard, and not kept yet
        self._recalled: list[CallDone] = []  # ended with a result that is known or will be
        self._results: dict[_Asked, KnownValue] = {}
        self._logs: dict[int, bytes] = {}
        self._warnings: list[str] = []
        self._level = "full"
        self._began = self._kept = time.monotonic()

    def run(self) -> Report:
        services, plan = self._services, self._plan
        self._run_id = services.ledger.start_run(self._order.start)
        self._keeping = Keeping(plan, services.results, services.values, services.circumstances)
        self._tell_start()
        try:
            found = look_up(plan, self._values, services.results)
            self._take_known(found)
            self._run_pending(found)
        except BaseException as error:
            self._end_early(error)
            raise
        return self._end()

    def _tell_start(self) -> None:
        facts, plan = self._services.circumstances, self._plan
        self._on_event(
            RunStarted(
                run=self._run_id,
                graph=self._order.start.graph_name,
                stages=len(plan.calls),
                pointers=tuple(call.pointer for call in plan.calls),
                names=tuple(call.stage.name for call in plan.calls),
                nix=facts.nix_version,
                private=facts.private,
                python=plan.interpreter.version,
            )
        )

    # -------------------------------------------------------------------------- known

    def _take_known(self, found: Found) -> None:
        for words in found.damaged:
            self._warn(f"a kept result is damaged, set aside, and computed again: {words}")
        for index, record in found.records.items():
            self._report(
                self._base(self._plan.calls[index], SUCCEEDED),
                cached=True,
                key=record.key,
                value_sha256=record.value_sha256,
            )
        keys = [record.key for record in found.records.values()]
        self._services.results.touch(keys, self._services.clock())

    # -------------------------------------------------------------------------- running

    def _run_pending(self, found: Found) -> None:
        pending = found.pending
        retried: set[int] = set()
        while pending:
            held = self._run_region(pending, found)
            again = [
                call
                for call in pending
                if call.index in held
                and held[call.index].outcome in MACHINE_DEPENDENT
                and call.index not in retried
                and len(pending) > 1
            ]
            for call in again:
                retried.add(call.index)
                del held[call.index]
                held |= self._run_region([call], found)
            pending = self._unblocked(held) if again else []
            self._settle({index for index in held if index not in {c.index for c in pending}}, held)

    def _unblocked(self, held: Mapping[int, CallDone]) -> list[PlannedCall]:
        """The skipped calls that can run after all, since a retry succeeded."""
        possible: set[int] = set(self._values.outputs)
        free = []
        for call in self._plan.calls:
            done = held.get(call.index)
            if done is not None and done.outcome == "skipped" and call.needs <= possible:
                possible.add(call.index)
                free.append(call)
        return free

    def _run_region(self, pending: Sequence[PlannedCall], found: Found) -> dict[int, CallDone]:
        """Run calls in one build.

        Returns:
            The ends that are not final: those another try may change, and what hangs on them.
        """
        held: dict[int, CallDone] = {}
        recalled = recall(pending, found.keys, self._services.results)
        for program, known in recalled.items():
            self._results |= {(program, sha256): value for sha256, value in known}
        parts = make_region(
            self._plan,
            pending,
            self._values.input,
            self._values.outputs,
            recalled,
            parallel=self._order.parallel,
            stop_at_failure=self._order.stop_at_failure,
        )

        try:
            self._services.executor.execute(
                parts.region, self._plan.interpreter, parts.files, partial(self._hear, held)
            )
        finally:
            self._keep()
            self._keep_logs()
        return held

    def _hear(self, held: dict[int, CallDone], event: ExecutorEvent) -> None:
        match event:
            case SandboxProved(level, evidence):
                self._level = level
                self._on_event(SandboxChecked(level, dict(evidence)))
            case CallBegan(index):
                self._on_event(CallStarted(index, self._plan.calls[index].pointer))
            case CallDone():
                self._hear_end(held, event)
            case CallLogged(index, log):
                self._logs[index] = log
            case Idle():
                self._keep()

    def _hear_end(self, held: dict[int, CallDone], end: CallDone) -> None:
        if end.outcome == "skipped" or end.outcome in MACHINE_DEPENDENT:
            held[end.index] = end
        elif end.outcome == "known":
            self._recalled.append(end)
        else:
            held.pop(end.index, None)
            self._done.append(end)
            if time.monotonic() - self._kept > _KEEP_SECONDS:
                self._keep()

    def _keep(self) -> None:
        """Keep what was heard, then tell of it: what was told is kept."""
        done, self._done = self._done, []
        self._kept = time.monotonic()
        contradictions = self._keeping.keep(done, self._run_id, self._services.clock(), self._level)
        for other in contradictions:
            self._warn(f"{other.key} gave another value before: not deterministic")
        for end in done:
            if end.value is not None:
                value = self._keeping.value(end)
                self._values.outputs[end.index] = self._results[self._asked(end)] = value
        self._take_recalled()
        for end in done:
            self._report_done(end)

    def _take_recalled(self) -> None:
        """Tell of calls with known results; one that equals a call still to be heard of waits."""
        ends, self._recalled = self._recalled, []
        for end in ends:
            value = self._results.get(self._asked(end))
            if value is None:
                self._recalled.append(end)
                continue
            self._values.outputs[end.index] = value
            self._report(
                self._base(self._plan.calls[end.index], SUCCEEDED),
                cached=True,
                key=str(self._keeping.key(end)),
                value_sha256=value.sha256,
            )

    def _asked(self, end: CallDone) -> "_Asked":
        return self._plan.calls[end.index].program.id, end.input_sha256

    # -------------------------------------------------------------------------- reporting

    def _base(self, call: PlannedCall, outcome: str) -> CallReport:
        stage = call.stage
        return CallReport(
            call.index, call.pointer, stage.name, stage.id, outcome, origin=stage.origin
        )

    def _report(self, base: CallReport, **facts: Any) -> None:
        report = replace(base, **facts)
        self._reports[report.index] = report
        self._on_event(CallEnded(report))

    def _report_done(self, end: CallDone) -> None:
        call = self._plan.calls[end.index]
        because = None
        detail = told_to_author(call.stage, end.detail)
        if end.outcome == "skipped":
            because = self._plan.calls[self._culprit(call, end)].pointer
            detail = {"because": because}
        ran = bool(end.used)
        self._report(
            self._base(call, end.outcome),
            seconds=end.seconds if ran else None,
            key=str(self._keeping.key(end)) if end.input_sha256 else None,
            because=because,
            detail=detail,
            used=dict(end.used),
            log_bytes=end.log_bytes,
            value_sha256=None if end.value is None else self._keeping.value(end).sha256,
            input_summary=self._summary(call, end),
        )

    def _culprit(self, call: PlannedCall, end: CallDone) -> int:
        """What ``call`` was skipped for; the call that was named may have been retried since."""
        named = int(end.detail["because"])
        failed = [index for index in call.needs if index not in self._values.outputs]
        if named not in self._values.outputs or not failed:
            return named
        first = self._reports[min(failed)]
        by_pointer = {each.pointer: each.index for each in self._plan.calls}
        return first.index if first.because is None else by_pointer[first.because]

    def _summary(self, call: PlannedCall, end: CallDone) -> str | None:
        if end.value is not None or not end.input_sha256:
            return None
        if call.needs - self._values.outputs.keys():
            return None  # what it was made of is too large to have been heard of yet
        return self._values.encoded(call.input)[:2000].decode("utf-8", "replace")

    def _settle(self, indexes: Iterable[int], held: Mapping[int, CallDone]) -> None:
        for index in sorted(indexes):
            if index not in self._reports:
                self._report_done(held[index])

    def _warn(self, message: str) -> None:
        self._warnings.append(message)
        self._on_event(Warned(message))

    # -------------------------------------------------------------------------- ending

    def _keep_logs(self) -> None:
        for index, log in self._logs.items():
            self._services.ledger.logs.write(self._run_id, index, log)
        self._logs.clear()

    def _end(self) -> Report:
        report = self._make_report()
        self._write(report, "succeeded" if report.ok else "failed")
        self._on_event(RunEnded(report))
        return report

    def _end_early(self, error: BaseException) -> None:
        for call in self._plan.calls:
            if call.index not in self._reports:
                self._reports[call.index] = self._base(call, "interrupted")
        stopped = isinstance(error, RunInterruptedError) or not isinstance(error, NoetherError)
        self._write(self._make_report(), "interrupted" if stopped else "lost")

    def _write(self, report: Report, state: RunState) -> None:
        write_report(self._services.ledger, report, state, self._services.clock())

    def _make_report(self) -> Report:
        plan, facts = self._plan, self._services.circumstances
        calls = tuple(self._reports[call.index] for call in plan.calls)
        encoded = None
        if all(call.ok for call in calls):
            encoded = self._values.encoded(plan.output)
        return Report(
            run=self._run_id,
            graph=self._order.start.graph_name,
            calls=calls,
            encoded=encoded,
            seconds=time.monotonic() - self._began,
            sandbox=self._level,
            nix=facts.nix_version,
            toolchain=plan.interpreter.to_document(),
            warnings=tuple(self._warnings),
        )
