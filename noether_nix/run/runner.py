"""The order of things: look up, run what is not known, keep it, report."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress

from noether_nix.errors import FileUnreadableError, NoetherError, RunInterruptedError
from noether_nix.ledger.model import RunState
from noether_nix.plan.growing import GrowingPlan, follow
from noether_nix.plan.planner import PlannedCall
from noether_nix.run.attempts import Attempts
from noether_nix.run.claiming import Claiming
from noether_nix.run.events import CallEnded, CallsAdded, CallWaiting, Event, RunEnded
from noether_nix.run.hearing import Hearing
from noether_nix.run.keeping import Keeping
from noether_nix.run.ledgering import write_report
from noether_nix.run.lookup import Found, look_further, look_up
from noether_nix.run.order import Listener, Order, Services
from noether_nix.run.report import Report
from noether_nix.run.reporting import Reporting
from noether_nix.run.time_left import TimeLeft
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
        self._plan = plan = GrowingPlan(order.plan)
        if services.stopwatch is not None:
            services.stopwatch.plan = plan
        self._services = services
        self._on_event = on_event
        self._time = TimeLeft(order.run_seconds)
        self._values = RunValues(plan, order.encoded_input)
        self._claiming = Claiming(plan, self._values, services.claims)
        keeping = Keeping(plan, services.results, services.values, services.circumstances)
        promises = None
        if order.check_properties:
            from noether_nix.run.promises import Promises  # most runs need none of it

            promises = Promises(plan, self._values)
        self._reporting = Reporting(plan, self._values, keeping, self._tell, promises)
        with services.phase("store"):
            self._run_id = services.ledger.start_run(order.start)
        self._hearing = hearing = Hearing(
            self._run_id, plan, self._values, services, keeping, self._reporting, on_event
        )
        self._attempts = Attempts(
            order, plan, services, self._values, self._reporting, hearing, self._time
        )

    def run(self) -> Report:
        services, plan = self._services, self._plan
        self._reporting.start(self._run_id, self._order.start.graph_name, services.circumstances)
        try:
            with services.phase("lookup"):
                found = look_up(plan, self._values, services.results, self._order.least)
            self._take_known(found, list(found.records))
            with self._stoppable():
                self._run_pending(found)
        except BaseException as error:
            self._end_early(error)
            raise
        finally:
            self._claiming.close()
        return self._end()

    @contextmanager
    def _stoppable(self) -> Iterator[None]:
        """Let the run be stopped in order: calls that have not ended are ``interrupted``."""
        cancellation = self._services.cancellation
        if cancellation is None:
            yield
            return
        cancellation.attended = True
        try:
            yield
        except RunInterruptedError:
            if not (cancellation.attended and cancellation.cancelled):
                raise
            self._reporting.interrupt()
        finally:
            cancellation.attended = False

    def _tell(self, event: Event) -> None:
        self._on_event(event)
        if isinstance(event, CallEnded):
            self._claiming.release((event.call.index,))  # kept, or never to be
        elif isinstance(event, CallsAdded) and self._attempts.is_running:
            self._claiming.claim_grown(self._plan.calls[event.first :], self._is_stopped)

    def _is_stopped(self) -> bool:
        cancellation = self._services.cancellation
        return cancellation is not None and cancellation.cancelled

    # -------------------------------------------------------------------------- known

    def _take_known(self, found: Found, indexes: Sequence[int]) -> None:
        for words in found.damaged:
            self._reporting.warn(
                f"a kept result is damaged, set aside, and computed again: {words}"
            )
        found.damaged.clear()
        for number, calls in found.grown:
            self._reporting.grown(number, calls)
        found.grown.clear()
        for index in found.not_taken:
            self._reporting.not_taken(index)
        found.not_taken.clear()
        for index in indexes:
            self._reporting.known(index, found.records[index])
        if indexes:
            keys = [found.records[index].key for index in indexes]
            with self._services.phase("store"):
                self._services.results.touch(keys, self._services.clock())

    def _look_further(self, found: Found) -> None:
        """Look again: another run may have kept what this one still lacks."""
        reports = self._reporting.reports
        found.pending = [call for call in found.pending if call.index not in reports]
        with self._services.phase("lookup"):
            hits = look_further(found, self._plan, self._values, self._services.results)
        self._take_known(found, [call.index for call in hits if call.index in found.records])

    # -------------------------------------------------------------------------- running

    def _run_pending(self, found: Found) -> None:
        """Run what is pending: what is claimed by another run is waited for, and looked up."""
        while found.pending:
            self._pause(0)
            if self._time.is_over():
                self._reporting.out_of_time(found.pending, self._order.run_seconds)
                return
            ours, blocked = self._claiming.claim(found.pending, found.keys, self._go_on)
            if self._claiming.fault:
                self._reporting.warn_once(
                    "runs at the same time may compute the same: no locks can be had in "
                    f"NOETHER_HOME ({self._claiming.fault})"
                )
            # Only now nobody else can be computing what is ours; they may have done it just now.
            self._look_further(found)
            claimed = [call for call in ours if call.index not in self._reporting.reports]
            # What has grown meanwhile is not claimed, so what hangs on it has to wait.
            ours, _ = follow(self._plan, self._values.settled, claimed)
            if ours:
                self._attempts.run(ours, found.keys)
            self._claiming.release([call.index for call in claimed])
            if not ours and blocked and blocked[0].index not in self._reporting.reports:
                self._wait_for(blocked[0], found)
            self._look_further(found)
            self._skip_hopeless(found)

    def _go_on(self) -> None:
        """Nothing, unless the run is stopped.

        Raises:
            RunInterruptedError: it is.
        """
        if self._is_stopped():
            raise RunInterruptedError("the run was stopped")

    def _wait_for(self, call: PlannedCall, found: Found) -> None:
        with self._services.phase("waiting"):
            self._claiming.wait(
                call, found.keys, self._tell_waiting, self._pause, give_up=self._time.is_over
            )

    def _pause(self, seconds: float) -> None:
        """Wait so long, unless the run is stopped.

        Raises:
            RunInterruptedError: it is.
        """
        cancellation = self._services.cancellation
        if cancellation is None:
            time.sleep(seconds)
        elif cancellation.wait(seconds):
            raise RunInterruptedError("the run was stopped")

    def _tell_waiting(self, call: PlannedCall) -> None:
        self._on_event(CallWaiting(call.index, call.pointer))

    def _skip_hopeless(self, found: Found) -> None:
        """Give up pending calls that need one that has failed, or all if one failure is enough."""
        reports = self._reporting.reports
        first = None
        if self._order.stop_at_failure:
            failed = (index for index in sorted(reports) if not reports[index].is_well)
            first = next(failed, None)
        found.pending = self._reporting.skip_hopeless(found.pending, first)

    # -------------------------------------------------------------------------- ending

    def _end(self) -> Report:
        self._hearing.note_use()
        report = self._make_report()
        otherwise: RunState = "interrupted" if report.interrupted else "failed"
        self._write(report, "succeeded" if report.ok else otherwise)
        # Who stopped a run may have closed what it wrote its events to.
        with suppress(FileUnreadableError) if report.interrupted else nullcontext():
            self._on_event(RunEnded(report))
        return report

    def _end_early(self, error: BaseException) -> None:
        self._reporting.interrupt()
        stopped = isinstance(error, RunInterruptedError) or not isinstance(error, NoetherError)
        self._write(self._make_report(), "interrupted" if stopped else "lost")

    def _make_report(self) -> Report:
        seconds = self._time.spent_seconds
        start, facts = self._order.start, self._services.circumstances
        return self._reporting.make_report(self._run_id, start, facts, seconds)

    def _write(self, report: Report, state: RunState) -> None:
        ledger, now = self._services.ledger, self._services.clock()
        with self._services.phase("store"):
            write_report(ledger, report, state, now, self._hearing.written)
