"""Running calls in builds, and once more where the machine may have been to blame."""

from collections.abc import Mapping, Sequence
from functools import partial

from noether_nix.errors import BuilderLostError
from noether_nix.executor.interface import CallDone
from noether_nix.inside.contract import InvalidValueError
from noether_nix.inside.unusable import InputUnusableError
from noether_nix.plan.growing import GrowingPlan, follow
from noether_nix.plan.planner import PlannedCall
from noether_nix.plan.program import CallKey
from noether_nix.plan.regions import KnownValue, RegionParts, make_region
from noether_nix.run.hearing import Hearing
from noether_nix.run.lookup import recall
from noether_nix.run.order import Order, Services
from noether_nix.run.outcome import may_end_otherwise
from noether_nix.run.reporting import Reporting
from noether_nix.run.time_left import TimeLeft
from noether_nix.run.values import RunValues, known_value

# Where fewer of all calls than one in so many are to run, they go without all others.
_FEW = 4
# Losses in a row, between which no call has come to its end.
_MOST_LOSSES = 2


class Attempts:
    """Runs some calls of an order to their ends, one build or several.

    Attributes:
        is_running: whether a build is going on.
    """

    def __init__(
        self,
        order: Order,
        plan: GrowingPlan,
        services: Services,
        values: RunValues,
        reporting: Reporting,
        hearing: Hearing,
        time: TimeLeft,
    ) -> None:
        self.is_running = False
        self._order = order
        self._plan = plan
        self._services = services
        self._values = values
        self._reporting = reporting
        self._hearing = hearing
        self._time = time

    def run(self, pending: Sequence[PlannedCall], keys: Mapping[int, CallKey]) -> None:
        """Run calls, and tell of each how it ended; all that they need is known or among them.

        A build that is lost, as to a kill by another user of the machine, is made once more with
        what is left; and again for as long as that brings some call to its end.

        Raises:
            ToolError: Nix or the sandbox cannot do its work; what had ended is kept.
            StoreError: a result cannot be kept.
        """
        losses, known = 0, len(self._plan.calls)
        while pending:
            try:
                self._run_to_the_end(pending, keys)
                break
            except BuilderLostError as error:
                self._hearing.forget_waiting()
                reports = self._reporting.reports
                progress = any(call.index in reports for call in pending)
                grown, known = self._plan.calls[known:], len(self._plan.calls)
                left = [one for one in (*pending, *grown) if one.index not in reports]
                # What had failed before is not made again, and nothing waits for it.
                left = self._reporting.skip_hopeless(left)
                losses = 1 if progress else losses + 1
                if losses == _MOST_LOSSES:
                    raise
                next_step = "what is left is tried once more" if left else "all calls had ended"
                self._reporting.warn(f"{error.message}; {next_step}")
                pending = left

    def _run_to_the_end(self, pending: Sequence[PlannedCall], keys: Mapping[int, CallKey]) -> None:
        retried: set[int] = set()
        while pending:
            if self._time.is_over():
                self._reporting.out_of_time(pending, self._order.run_seconds)
                return
            held = self._run_region(pending, keys)
            again = [
                call
                for call in map(self._plan.calls.__getitem__, sorted(held))
                # Of a call with retries of its own these were the tries.
                if call.index not in retried
                and not call.retries
                and _may_end_otherwise(held.get(call.index))
            ]
            for call in again:
                if self._time.is_over():
                    break
                retried.add(call.index)
                del held[call.index]
                held |= self._run_region([call], keys)
            pending = self._unblocked(held) if again else []
            left = {call.index for call in pending}
            self._reporting.settle({index for index in held if index not in left}, held)

    def _unblocked(self, held: Mapping[int, CallDone]) -> list[PlannedCall]:
        """The skipped calls that can run after all, since a retry succeeded."""
        skipped = [
            self._plan.calls[index]
            for index, done in sorted(held.items())
            if done.outcome == "skipped"
        ]
        return follow(self._plan, self._values.settled, skipped)[0]

    def _run_region(
        self, pending: Sequence[PlannedCall], keys: Mapping[int, CallKey]
    ) -> dict[int, CallDone]:
        """Run calls in one build.

        Returns:
            The ends that are not final: those another try may change, and what hangs on them.
        """
        held: dict[int, CallDone] = {}
        parts = self._parts(pending, keys)
        self.is_running = True
        try:
            self._services.executor.execute(
                parts.region, self._plan.interpreter, parts.files, partial(self._hearing.hear, held)
            )
        finally:
            self.is_running = False
            self._hearing.keep()
            self._hearing.keep_logs()
        return held

    def _parts(self, pending: Sequence[PlannedCall], keys: Mapping[int, CallKey]) -> RegionParts:
        with self._services.phase("lookup"):
            _, attended = follow(self._plan, self._values.settled, pending)
            templates = self._plan.templates(attended)
            recalled = recall(pending, keys, self._services.results, self._order.least, templates)
            self._hearing.remember(recalled)
        with self._services.phase("planning"):
            return make_region(
                self._plan,
                pending,
                self._values.input,
                self._values.outputs,
                recalled,
                attended=attended,
                inputs=self._inputs(pending, attended),
                parallel=self._order.parallel,
                stop_at_failure=self._order.stop_at_failure,
                run_seconds=self._order.run_seconds,
                left_seconds=self._time.left_seconds,
            )

    def _inputs(
        self, pending: Sequence[PlannedCall], attended: Sequence[int]
    ) -> dict[int, KnownValue]:
        """The inputs of calls that have grown, where that spares growing so far in the build."""
        first = len(self._plan.plan.calls)
        grown = [call for call in pending if call.index >= first]
        if attended or not grown or len(grown) * _FEW > len(self._plan.calls):
            return {}
        if any(index < 0 for call in pending if call.index < first for index in call.needs):
            return {}
        if not all(call.needs <= self._values.settled for call in grown):
            return {}
        try:
            if not all(map(self._values.is_taken, grown)):
                return {}
            return {call.index: known_value(self._values.encoded(call.input)) for call in grown}
        except (InputUnusableError, InvalidValueError):
            return {}  # the build says so of the call itself


def _may_end_otherwise(end: CallDone | None) -> bool:
    return end is not None and may_end_otherwise(end.outcome, end.detail, beside=end.beside)
