"""How each call of a run ended, told as it happens and gathered into the run's report."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from noether_nix.executor.interface import CallDone, CallFailedOnce
from noether_nix.inside.contract import InvalidValueError
from noether_nix.inside.levels import weakest
from noether_nix.inside.unusable import InputUnusableError
from noether_nix.ledger.model import NewRun
from noether_nix.plan.growing import GrowingPlan, follow
from noether_nix.plan.planner import PlannedCall
from noether_nix.run import events
from noether_nix.run.events import CallEnded, RunStarted, Warned
from noether_nix.run.keeping import Circumstances, Keeping
from noether_nix.run.limit_hints import limit_hint
from noether_nix.run.measures import measure
from noether_nix.run.order import Listener
from noether_nix.run.outcome import outcome_in_words
from noether_nix.run.report import INTERRUPTED, NOT_TAKEN, SUCCEEDED, Attempt, CallReport, Report
from noether_nix.run.telling import told_to_author
from noether_nix.run.values import RunValues
from noether_nix.store.record import Record

if TYPE_CHECKING:
    from noether_nix.run.promises import Promises

_UNSANDBOXED = (
    "sandbox none: nothing kept these stages from your files and the network; their results are "
    "marked, and taken only by runs that allow it too"
)


class Reporting:
    """The reports of one run's calls, and whom they are told to.

    Attributes:
        reports: by index, those that have ended.
        level: the isolation of what runs now.
        weakest: the isolation that can be claimed for all: of what ran and of what was known.
    """

    def __init__(
        self,
        plan: GrowingPlan,
        values: RunValues,
        keeping: Keeping,
        on_event: Listener,
        promises: "Promises | None" = None,
    ) -> None:
        self._promises = promises
        self._plan = plan
        self._values = values
        self._keeping = keeping
        self._on_event = on_event
        self._warnings: list[str] = []
        self._attempts: dict[int, list[Attempt]] = {}
        self._causes: dict[int, int] = {}
        self._stopped = False
        self.reports: dict[int, CallReport] = {}
        self.level = self.weakest = "full"

    def start(self, run: str, graph: str, facts: Circumstances) -> None:
        """Tell that the run begins."""
        plan = self._plan
        self._on_event(
            RunStarted(
                run=run,
                graph=graph,
                stages=plan.plan.stages,
                pointers=tuple(call.pointer for call in plan.calls),
                names=tuple(call.stage.name for call in plan.calls),
                nix=facts.nix_version,
                private=facts.private,
                python=plan.interpreter.version,
            )
        )

    def grown(self, number: int, calls: Sequence[PlannedCall]) -> None:
        """Tell of the calls of an each whose items are known."""
        self._on_event(
            events.CallsAdded(
                first=calls[0].index if calls else len(self._plan.calls),
                pointer=self._plan.eaches[number].pointer,
                pointers=tuple(call.pointer for call in calls),
                names=tuple(call.stage.name for call in calls),
            )
        )

    def warn(self, message: str) -> None:
        """Tell what stops nothing."""
        self._warnings.append(message)
        self._on_event(Warned(message))

    def ran_at(self, level: str) -> None:
        """Note the isolation of what runs from now on."""
        self.level = level
        self.note(level)

    def note(self, level: str) -> None:
        """Note the isolation of a result that is used."""
        if level == "none":
            self.warn_once(_UNSANDBOXED)
        if level != self.weakest:
            self.weakest = weakest(self.weakest, level)

    def warn_once(self, message: str) -> None:
        """Tell what stops nothing, unless that was told before."""
        if message not in self._warnings:
            self.warn(message)

    def known(self, index: int, record: Record) -> None:
        """Tell of a call whose result was looked up."""
        self.note(record.level)
        self._report(
            index, SUCCEEDED, cached=True, key=record.key, value_sha256=record.value_sha256
        )

    def recalled(self, end: CallDone, value_sha256: str) -> None:
        """Tell of a call that ran into an input whose result was known."""
        key = str(self._keeping.key(end))
        self._report(end.index, SUCCEEDED, cached=True, key=key, value_sha256=value_sha256)

    def not_taken(self, index: int) -> None:
        """Tell of a call whose arm was not taken."""
        self._report(index, NOT_TAKEN, cached=False)

    def ended(self, end: CallDone) -> None:
        """Tell of a call that ran, or that could not."""
        call = self._plan.calls[end.index]
        ran = bool(end.used) or end.seconds > 0  # of a lost build nobody can say what it used
        because = None
        detail = told_to_author(call.stage, end.detail, call.program.interpreter.toolchain)
        hint = limit_hint(end.outcome, detail, call.limits, end.used)
        if hint:
            detail["hint"] = hint
        if end.outcome == "skipped":
            culprit = self._causes[end.index] = self._culprit(call, end)
            because = self._plan.calls[culprit].pointer
            detail = {"because": because}
        self._report(
            end.index,
            end.outcome,
            cached=False,
            seconds=end.seconds if ran else None,
            key=str(self._keeping.key(end)) if end.input_sha256 else None,
            because=because,
            detail=detail,
            used=dict(end.used),
            limits=measure(end, call.limits) if ran else {},
            log_bytes=end.log_bytes,
            value_sha256=None if end.value is None else self._keeping.value(end).sha256,
            input_summary=self._summary(call, end),
        )

    def failed_once(self, again: CallFailedOnce) -> None:
        """Tell of a try that failed and is not the last one."""
        call = self._plan.calls[again.index]
        made = self._attempts.setdefault(again.index, [])
        detail = told_to_author(call.stage, again.detail, call.program.interpreter.toolchain)
        words = outcome_in_words(again.outcome, detail)
        attempt = Attempt(len(made) + 1, again.outcome, words, again.seconds, again.pause_seconds)
        made.append(attempt)
        self._on_event(events.CallFailedOnce(again.index, call.pointer, attempt))

    def settle(self, indexes: Iterable[int], held: Mapping[int, CallDone]) -> None:
        """Tell of ends that turned out to be final."""
        for index in sorted(indexes):
            if index not in self.reports:
                self.ended(held[index])

    def out_of_time(self, calls: Sequence[PlannedCall], run_seconds: float | None) -> None:
        """Tell of calls that cannot begin any more, because the run's time is over."""
        detail = {"limit": "run_seconds", "allowed": run_seconds}
        ordered, _ = follow(self._plan, self._values.settled, calls)
        for call in (*ordered, *calls):
            if call.index in self.reports:
                continue
            culprit = self.culprit_of(call.needs)
            if culprit is None:
                self.ended(CallDone(call.index, "interrupted", "", 0.0, detail=detail))
            else:
                because = {"because": culprit}
                self.ended(CallDone(call.index, "skipped", "", 0.0, detail=because))

    def skip_hopeless(
        self, calls: Sequence[PlannedCall], first: int | None = None
    ) -> list[PlannedCall]:
        """Tell of calls that will never begin, because they need one that has failed.

        Args:
            calls: those that have not ended.
            first: a failure for which none of them is to begin.

        Returns:
            Those that are left.
        """
        left = list(calls)
        while True:
            for call in left:
                culprit = self.culprit_of(call.needs)
                if culprit is None and first is not None:
                    culprit = self.cause_of(first)
                if culprit is not None:
                    because = {"because": culprit}
                    self.ended(CallDone(call.index, "skipped", "", 0.0, detail=because))
            still = [call for call in left if call.index not in self.reports]
            if len(still) == len(left):
                return still
            left = still

    def interrupt(self) -> None:
        """Write down, without a word, that the calls that are left will not end."""
        self._stopped = True
        for call in self._plan.calls:
            if call.index not in self.reports:
                self.reports[call.index] = self._base(call, INTERRUPTED)

    def make_report(self, run: str, start: NewRun, facts: Circumstances, seconds: float) -> Report:
        """The report of the run; every call must have one."""
        calls = tuple(self.reports[call.index] for call in self._plan.calls)
        encoded, fault, hint = None, None, ""
        is_well, unknown = all(call.is_well for call in calls), bool(self._plan.unsettled)
        if is_well and unknown:
            fault = None if self._stopped else "the time of the run was over before all was known"
        elif is_well:
            try:
                encoded = self._values.encoded(self._plan.output)
            except (InputUnusableError, InvalidValueError) as error:
                fault = str(error)
                hint = error.hint if isinstance(error, InputUnusableError) else ""
        return Report(
            run=run,
            graph=start.graph_name,
            graph_id=start.graph_id,
            composition_id=start.composition_id,
            calls=calls,
            encoded=encoded,
            fault=fault,
            fault_hint=hint,
            seconds=seconds,
            sandbox=self.weakest,
            nix=facts.nix_version,
            toolchain=self._plan.interpreter.to_document(),
            warnings=tuple(self._warnings),
            interrupted=any(call.was_stopped for call in calls) or (unknown and self._stopped),
        )

    def cause_of(self, index: int) -> int:
        """The call for which one was skipped; one that failed itself is its own."""
        return self._causes.get(index, index)

    def culprit_of(self, needs: Iterable[int]) -> int | None:
        """The first call that failed itself of those that these are made of."""
        left, seen = sorted(needs, reverse=True), set[int]()
        while left:
            index = left.pop()
            report = self.reports.get(index)
            if report is not None and not report.is_well:
                return self.cause_of(index)
            if index < 0 and index not in seen and index not in self._values.settled:
                seen.add(index)
                left += sorted(self._plan.needs_of(~index), reverse=True)
        return None

    # -------------------------------------------------------------------------- inside

    def _base(self, call: PlannedCall, outcome: str, **facts: Any) -> CallReport:
        stage = call.stage
        return CallReport(
            call.index, call.pointer, stage.name, stage.id, outcome, origin=stage.origin, **facts
        )

    def _report(self, index: int, outcome: str, *, cached: bool, **facts: Any) -> None:
        broken = None
        if outcome == SUCCEEDED and self._promises is not None:
            broken = self._promises.broken_by(index)
        if broken is not None:
            outcome, facts["detail"] = "output-invalid", broken
        if index in self._attempts:
            facts["attempts"] = tuple(self._attempts[index])
        report = self._base(self._plan.calls[index], outcome, cached=cached, **facts)
        self.reports[index] = report
        self._on_event(CallEnded(report))

    def _culprit(self, call: PlannedCall, end: CallDone) -> int:
        """What ``call`` was skipped for; the call that was named may have been retried since."""
        named = int(end.detail["because"])
        if named not in self._values.settled:
            return named
        culprit = self.culprit_of(call.needs)
        return named if culprit is None else culprit

    def _summary(self, call: PlannedCall, end: CallDone) -> str | None:
        if end.value is not None or not end.input_sha256:
            return None
        if call.needs - self._values.settled:
            return None  # what it was made of is too large to have been heard of yet
        return self._values.encoded(call.input)[:2000].decode("utf-8", "replace")
