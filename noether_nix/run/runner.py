"""The order of things: look up, run what is not known, keep it, report."""

import time
from collections.abc import Mapping, Sequence
from functools import partial

from noether_nix.errors import NoetherError, RunInterruptedError
from noether_nix.executor.interface import CallDone
from noether_nix.ledger.model import RunState
from noether_nix.plan.planner import PlannedCall
from noether_nix.plan.regions import make_region
from noether_nix.run.events import RunEnded
from noether_nix.run.hearing import Hearing
from noether_nix.run.keeping import Keeping
from noether_nix.run.ledgering import write_report
from noether_nix.run.lookup import Found, look_up, recall
from noether_nix.run.order import Listener, Order, Services
from noether_nix.run.outcome import MACHINE_DEPENDENT
from noether_nix.run.report import Report
from noether_nix.run.reporting import Reporting
from noether_nix.run.values import RunValues


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
        self._plan = plan = order.plan
        self._services = services
        self._on_event = on_event
        self._began = time.monotonic()
        self._values = RunValues(plan, order.encoded_input)
        keeping = Keeping(plan, services.results, services.values, services.circumstances)
        self._reporting = Reporting(plan, self._values, keeping, on_event)
        self._run_id = services.ledger.start_run(order.start)
        self._hearing = Hearing(
            self._run_id, plan, self._values, services, keeping, self._reporting, on_event
        )

    def run(self) -> Report:
        services, plan = self._services, self._plan
        self._reporting.start(self._run_id, self._order.start.graph_name, services.circumstances)
        try:
            found = look_up(plan, self._values, services.results)
            self._take_known(found)
            self._run_pending(found)
        except BaseException as error:
            self._end_early(error)
            raise
        return self._end()

    def _take_known(self, found: Found) -> None:
        for words in found.damaged:
            self._reporting.warn(
                f"a kept result is damaged, set aside, and computed again: {words}"
            )
        for index, record in found.records.items():
            self._reporting.known(index, record)
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
            left = {call.index for call in pending}
            self._reporting.settle({index for index in held if index not in left}, held)

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
        self._hearing.remember(recalled)
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
                parts.region, self._plan.interpreter, parts.files, partial(self._hearing.hear, held)
            )
        finally:
            self._hearing.keep()
            self._hearing.keep_logs()
        return held

    # -------------------------------------------------------------------------- ending

    def _end(self) -> Report:
        report = self._make_report()
        self._write(report, "succeeded" if report.ok else "failed")
        self._on_event(RunEnded(report))
        return report

    def _end_early(self, error: BaseException) -> None:
        self._reporting.interrupt()
        stopped = isinstance(error, RunInterruptedError) or not isinstance(error, NoetherError)
        self._write(self._make_report(), "interrupted" if stopped else "lost")

    def _make_report(self) -> Report:
        seconds = time.monotonic() - self._began
        graph, facts = self._order.start.graph_name, self._services.circumstances
        return self._reporting.make_report(self._run_id, graph, facts, seconds)

    def _write(self, report: Report, state: RunState) -> None:
        write_report(self._services.ledger, report, state, self._services.clock())
