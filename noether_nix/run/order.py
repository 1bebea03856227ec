"""What a run is given: the order, and who does the work."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from noether_nix.executor.interface import Executor
from noether_nix.frozen import dataclass
from noether_nix.inside.levels import DEFAULT_LEVEL
from noether_nix.ledger.ledger import Ledger
from noether_nix.ledger.model import NewRun
from noether_nix.plan.planner import Plan
from noether_nix.run.events import Event
from noether_nix.run.keeping import Circumstances
from noether_nix.store.claims import Claims
from noether_nix.store.interface import ResultKeeper, ValueFiles

if TYPE_CHECKING:
    from noether_nix.process.child import Cancellation
    from noether_nix.run.stopwatch import Stopwatch

Listener = Callable[[Event], None]

_UNCOUNTED = nullcontext()


@dataclass(frozen=True, slots=True)
class Services:
    """Who does the work of a run.

    Attributes:
        claims: of this run alone.
        cancellation: how the run is stopped in order; None where nobody would.
        stopwatch: takes the times; None where nobody wants to know them.
    """

    executor: Executor
    results: ResultKeeper
    values: ValueFiles
    ledger: Ledger
    claims: Claims
    circumstances: Circumstances
    clock: Callable[[], float]
    cancellation: "Cancellation | None" = None
    stopwatch: "Stopwatch | None" = None

    def phase(self, name: str) -> AbstractContextManager[object]:
        """Count the time of the block to this phase, where somebody wants to know."""
        return _UNCOUNTED if self.stopwatch is None else self.stopwatch.phase(name)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be run.

    Attributes:
        plan: the calls.
        start: what the ledger writes down as the run begins.
        encoded_input: of the whole graph.
        parallel: how many calls may run at once.
        stop_at_failure: start nothing more after the first failure.
        check_properties: hold every result against the properties of its stage.
        run_seconds: how long the whole run may take; None for as long as it does.
        least: the least isolation under which a known result was computed that is taken.
    """

    plan: Plan
    start: NewRun
    encoded_input: bytes
    parallel: int
    stop_at_failure: bool
    check_properties: bool = False
    run_seconds: int | None = None
    least: str = DEFAULT_LEVEL
