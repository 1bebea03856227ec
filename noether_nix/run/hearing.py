"""What is heard of a region while it runs: kept first, told afterwards."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from noether_nix.errors import BuilderLostError
from noether_nix.executor.interface import (
    BuildLost,
    CallBegan,
    CallDone,
    CallFailedOnce,
    CallLogged,
    CallsGrown,
    ExecutorEvent,
    Idle,
    SandboxProved,
)
from noether_nix.inside.region import NOT_TAKEN
from noether_nix.inside.unusable import InputUnusableError
from noether_nix.plan.growing import GrowingPlan
from noether_nix.plan.regions import KnownValue
from noether_nix.run.events import CallStarted, SandboxChecked
from noether_nix.run.keeping import Keeping
from noether_nix.run.ledgering import write_calls
from noether_nix.run.order import Listener, Services
from noether_nix.run.outcome import MACHINE_DEPENDENT
from noether_nix.run.reporting import Reporting
from noether_nix.run.values import RunValues

_Asked: TypeAlias = tuple[str, str]  # a program's id and an input's SHA-256

# What has ended is kept, and told of, at least this often; and whenever nothing else happens.
_KEEP_SECONDS = 0.25
# So many calls take a while to be written.
_MANY = 500


class Hearing:
    """Takes a run's ends as they come, keeps what they gave, and then tells of them.

    Attributes:
        written: the calls that are in the ledger already.
    """

    def __init__(
        self,
        run: str,
        plan: GrowingPlan,
        values: RunValues,
        services: Services,
        keeping: Keeping,
        reporting: Reporting,
        on_event: Listener,
    ) -> None:
        self._run = run
        self._plan = plan
        self._values = values
        self._services = services
        self._keeping = keeping
        self._reporting = reporting
        self._on_event = on_event
        self._done: list[CallDone] = []  # heard, and not kept yet
        self._recalled: list[CallDone] = []  # ended with a result that is known or will be
        self._results: dict[_Asked, KnownValue] = {}
        self._remembered: set[_Asked] = set()
        self._used: set[str] = set()
        self._logs: dict[int, bytes] = {}
        self._kept = time.monotonic()
        self.written: set[int] = set()

    def remember(self, recalled: Mapping[str, Iterable[tuple[str, KnownValue]]]) -> None:
        """Take results that calls may run into, by program."""
        for program, known in recalled.items():
            asked = {(program, sha256): value for sha256, value in known}
            self._results |= asked
            self._remembered |= asked.keys()

    def hear(self, held: dict[int, CallDone], event: ExecutorEvent) -> None:
        """Take an event; ends that are not final go into ``held``."""
        match event:
            case SandboxProved(level, evidence):
                self._reporting.ran_at(level)
                document = self._keeping.proof_document(level, evidence)
                self._keeping.proved_by(self._services.ledger.record_proof(self._run, document))
                self._on_event(SandboxChecked(level, dict(evidence)))
                self._write_known()
            case CallsGrown():
                self._grow(event)
            case CallBegan(index) | CallDone(index) | CallFailedOnce(index) if index >= len(
                self._plan.calls
            ):
                raise BuilderLostError(f"the build told of call {index}, which there is not")
            case CallBegan(index):
                self._on_event(CallStarted(index, self._plan.calls[index].pointer))
            case CallFailedOnce():
                self._reporting.failed_once(event)
            case CallDone():
                self._hear_end(held, event)
            case CallLogged(index, log):
                self._logs[index] = log
            case BuildLost(words):
                self._reporting.warn(words)
            case Idle():
                self.keep()

    def keep(self) -> None:
        """Keep what was heard, then tell of it: what was told is kept."""
        done, self._done = self._done, []
        self._kept = time.monotonic()
        with self._services.phase("store"):
            contradictions = self._keeping.keep(
                done, self._run, self._services.clock(), self._reporting.level
            )
        for other in contradictions:
            self._reporting.warn(f"{other.key} gave another value before: not deterministic")
        for end in done:
            if end.value is not None:
                value = self._keeping.value(end)
                self._results[self._asked(end)] = value
                self._values.take(end.index, value)
            elif end.outcome == NOT_TAKEN:
                self._values.pass_over(end.index)
        self._take_recalled()
        for end in done:
            self._reporting.ended(end)

    def note_use(self) -> None:
        """Note that results were used which calls ran into: they are as young as their last use."""
        if self._used:
            with self._services.phase("store"):
                self._services.results.touch(self._used, self._services.clock())
            self._used.clear()

    def forget_waiting(self) -> None:
        """Drop ends that wait for a result of a build that is lost: another will tell of them."""
        self._recalled.clear()

    def keep_logs(self) -> None:
        """Write down what calls printed."""
        with self._services.phase("store"):
            for index, log in self._logs.items():
                self._services.ledger.logs.write(self._run, index, log)
        self._logs.clear()

    # -------------------------------------------------------------------------- inside

    def _write_known(self) -> None:
        """Write down many calls that ended before the build, while it goes on without us."""
        ended = [one for at, one in self._reporting.reports.items() if at not in self.written]
        if len(ended) >= _MANY:
            with self._services.phase("store"):
                write_calls(self._services.ledger, self._run, ended)
            self.written.update(one.index for one in ended)

    def _grow(self, grown: CallsGrown) -> None:
        """Follow what has grown in the build; whoever could write its log is not believed."""
        if grown.first != len(self._plan.calls):
            raise BuilderLostError(f"the build told of call {grown.first}, which is not the next")
        try:
            new = self._plan.grow(grown.each, grown.items)
        except (InputUnusableError, ValueError) as error:
            raise BuilderLostError(f"the build told of calls that cannot be: {error}") from error
        self._reporting.grown(grown.each, new)

    def _hear_end(self, held: dict[int, CallDone], end: CallDone) -> None:
        if end.outcome == "skipped" or end.outcome in MACHINE_DEPENDENT:
            held[end.index] = end
        elif end.outcome == "known":
            self._recalled.append(end)
        else:
            held.pop(end.index, None)
            self._done.append(end)
            if time.monotonic() - self._kept > _KEEP_SECONDS:
                self.keep()

    def _take_recalled(self) -> None:
        """Tell of calls with known results; one that equals a call still to be heard of waits."""
        ends, self._recalled = self._recalled, []
        self._note_levels([end for end in ends if self._asked(end) in self._remembered])
        for end in ends:
            value = self._results.get(self._asked(end))
            if value is None:
                self._recalled.append(end)
                continue
            self._values.take(end.index, value)
            self._reporting.recalled(end, value.sha256)

    def _note_levels(self, ends: Sequence[CallDone]) -> None:
        """Results that others kept may have been computed with less isolation than there is now."""
        if ends:
            keys = {str(self._keeping.key(end)) for end in ends}
            self._used |= keys
            for record in self._services.results.find_readable(keys).records.values():
                self._reporting.note(record.level)

    def _asked(self, end: CallDone) -> "_Asked":
        return self._plan.calls[end.index].program.id, end.input_sha256
