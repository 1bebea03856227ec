"""Which of the calls that are to run are ours to run just now.

Calls are claimed in plan order and without waiting, each under its structural name and, where
its input is known, under its key. What is somebody else's is waited for with empty hands only:
so there is no circle of runs that wait for one another.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from noether_nix.plan.growing import GrowingPlan, follow
from noether_nix.plan.planner import PlannedCall
from noether_nix.plan.program import CallKey
from noether_nix.plan.structure import StructuralNames
from noether_nix.run.values import RunValues
from noether_nix.store.claims import Claims

# How soon it is seen that somebody else's call has ended: at first, and after a while.
_FIRST_LOOK, _LAST_LOOK = 0.005, 0.1
# Waiting for less than this is not worth a word.
_SILENT_SECONDS = 0.3


class Claiming:
    """The claims that one run has on its calls."""

    def __init__(self, plan: GrowingPlan, values: RunValues, claims: Claims) -> None:
        self._plan = plan
        self._values = values
        self._claims = claims
        self._structural: StructuralNames | None = None
        self._names: dict[int, tuple[str, ...]] = {}

    @property
    def fault(self) -> str:
        """Why nothing can be claimed here; empty as long as it can."""
        return self._claims.fault

    def claim(
        self,
        pending: Sequence[PlannedCall],
        keys: Mapping[int, CallKey],
        go_on: Callable[[], object] = lambda: None,
    ) -> tuple[list[PlannedCall], list[PlannedCall]]:
        """Claim what can be run now: calls whose needs are known, or claimed too.

        Of 100,000 calls that takes many seconds; what ``go_on`` raises ends it.

        Returns:
            The calls that are ours, and those that are another run's; calls that need one of the
            latter are neither.
        """
        blocked: list[PlannedCall] = []

        def is_ours(call: PlannedCall) -> bool:
            go_on()
            if self._claim(call, keys):
                return True
            blocked.append(call)
            return False

        ours, _ = follow(self._plan, self._values.settled, pending, is_ours)
        return ours, blocked

    def claim_grown(
        self, calls: Iterable[PlannedCall], give_up: Callable[[], bool] = lambda: False
    ) -> None:
        """Claim what runs already, since it came to be in a build: others will wait for it.

        Of many calls that takes seconds; ``give_up`` says that it is in vain.
        """
        for call in calls:
            if give_up():
                return
            self._claim(call, {})

    def _claim(self, call: PlannedCall, keys: Mapping[int, CallKey]) -> bool:
        names = self._names_of(call, keys)
        if not self._claims.claim(names):
            return False
        self._names[call.index] = names
        return True

    def release(self, indexes: Iterable[int]) -> None:
        """Let others have calls: their results are kept, or we do not run them after all."""
        for index in indexes:
            self._claims.release(self._names.pop(index, ()))

    def wait(
        self,
        call: PlannedCall,
        keys: Mapping[int, CallKey],
        on_long: Callable[[PlannedCall], None],
        pause_for: Callable[[float], object],
        give_up: Callable[[], bool] = lambda: False,
    ) -> None:
        """Wait until nobody runs ``call``, or until ``give_up`` says that it is in vain.

        ``on_long`` is told if that takes a while. What ``pause_for`` raises, which waits for some
        seconds, ends it.
        """
        names = self._names_of(call, keys)
        began, told, pause = time.monotonic(), False, _FIRST_LOOK
        while not self._claims.claim(names):
            if give_up():
                return
            pause_for(pause)
            pause = min(pause * 1.5, _LAST_LOOK)
            if not told and time.monotonic() - began > _SILENT_SECONDS:
                told = True
                on_long(call)
        self._claims.release(names)

    def close(self) -> None:
        """Let go of everything."""
        self._names.clear()
        self._claims.close()

    def _names_of(self, call: PlannedCall, keys: Mapping[int, CallKey]) -> tuple[str, ...]:
        if self._structural is None:  # a run with nothing to run never comes here
            self._structural = StructuralNames(self._plan, self._values.input.sha256)
        structural = self._structural[call.index]
        key = keys.get(call.index)
        return (structural,) if key is None else (structural, key.drv_sha256)
