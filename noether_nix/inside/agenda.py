"""What of a region can begin, what waits for what, and the calls that come while it runs.

It runs inside the sandbox too: the standard library alone, nothing of ours.
"""

import heapq
from collections.abc import Callable, Iterable, MutableMapping, Sequence
from typing import Any

from noether_nix.inside.dataflow import Valuation
from noether_nix.inside.growing import Growth, NewCall
from noether_nix.inside.region import Region, RegionCall
from noether_nix.inside.waiting import Waiting

# The number of an each that has grown, how many items it has, and the index of its first call.
OnGrown = Callable[[int, int, int], object]

# With so many calls that can begin, nothing more grows: who looks on would hear of 100,000 calls
# before the first one ends.
_AHEAD = 256


class Agenda:
    """The calls of a region, those that grow in it among them.

    What has fallen has begun to wait for what never comes, so it is never ready. What could grow
    waits until few calls are left that can begin.

    Attributes:
        calls: all of them, by index.
        ready: a heap of the indexes of those that can begin.
        valuation: the values so far; its outputs are to be added to by who runs the calls.
    """

    def __init__(
        self, region: Region, value: Any, outputs: MutableMapping[int, Any], on_grown: OnGrown
    ) -> None:
        self.calls = {call.index: call for call in region.calls}
        self.ready: list[int] = []
        self._on_grown = on_grown
        self._growth = Growth(region.first, list(region.shared), named=False)
        self._growth.plant(region.eaches)
        resumed = set(region.resumed)
        grown = [
            call
            for number, count in region.history
            for call in self._growth.grow(number, count)
            if call.index in resumed
        ]
        self.calls |= {call.index: _region_call(call) for call in grown}
        self.valuation = Valuation(value, self._growth.shared, outputs, self._growth.eaches)
        self._waiting = Waiting()
        # What others wait for, as long as it is not over.
        self._expected = {*self.calls, *(~number for number in region.attended)}
        self._fallen: set[int] = set()
        self._growable: list[int] = []  # a heap
        self._closed = False
        free = [call.index for call in region.calls if self._waiting.add(call.index, call.needs)]
        free += [call.index for call in grown if self._add(call.index, call.needs)]
        free += [~number for number in region.attended if self._add(~number, self._of(number))]
        self._free(free)

    def feed(self) -> bool:
        """Let something grow if little can begin; says whether anything can."""
        while self._growable and len(self.ready) < _AHEAD and not self._closed:
            self._free(self._grow(heapq.heappop(self._growable)))
        return bool(self.ready)

    def settle(self, index: int) -> None:
        """A call is over in such a way that what waits for it can go on."""
        self._expected.discard(index)
        self._free(self._waiting.settle(index))

    def fall(self, index: int) -> list[int]:
        """A call has no result; gives those that will never begin, each behind what it needs."""
        hopeless: list[int] = []
        pending = [index]
        while pending:
            for user in self._waiting.users(pending.pop()):
                if user not in self._fallen:
                    self._fallen.add(user)
                    pending.append(user)
                    if user >= 0:
                        hopeless.append(user)
        return hopeless

    def close(self) -> None:
        """Nothing more is to begin."""
        self._closed = True
        self.ready = []

    def users(self, index: int) -> Sequence[int]:
        """The calls that wait for a call directly."""
        return [user for user in self._waiting.users(index) if user >= 0]

    def grows_by(self, index: int) -> bool:
        """Whether it is known by what a call gives how many items there are of something."""
        eaches = self._growth.eaches
        return any(user < 0 and index in eaches[~user].needs for user in self._waiting.users(index))

    def waits_only_for(self, index: int, others: set[int]) -> bool:
        """Whether a call waits for nothing but what is among ``others``."""
        return self._waiting.lacks_only(index, others)

    # -------------------------------------------------------------------------- inside

    def _add(self, index: int, needs: Iterable[int]) -> bool:
        return self._waiting.add(index, self._expected.intersection(needs))

    def _of(self, number: int) -> frozenset[int]:
        """What must be over before the next that is to happen to an each."""
        each = self._growth.eaches[number]
        return each.needs if each.is_open else each.value_needs

    def _free(self, indexes: Iterable[int]) -> None:
        pending = list(indexes)
        while pending and not self._closed:
            index = pending.pop()
            if index in self._fallen:
                continue
            if index >= 0:
                heapq.heappush(self.ready, index)
            elif self._growth.eaches[~index].is_open:
                heapq.heappush(self._growable, ~index)
            else:
                if self._growth.eaches[~index].count is not None:
                    self.valuation.look_at(~index)
                self._expected.discard(index)
                pending += self._waiting.settle(index)

    def _grow(self, number: int) -> list[int]:
        """Let an each grow whose items are known; gives what need not wait."""
        growth, first, planted = self._growth, self._growth.calls, len(self._growth.eaches)
        new = growth.grow_by(self.valuation, number)
        if new is not None:
            self._on_grown(number, growth.history[-1][1], first)
            self.calls |= {call.index: _region_call(call) for call in new}
        fresh = range(planted, len(growth.eaches))
        self._expected.update(call.index for call in new or ())
        self._expected.update(~one for one in fresh)
        free = [call.index for call in new or () if self._add(call.index, call.needs)]
        free += [~one for one in (*fresh, number) if self._add(~one, self._of(one))]
        return free


def _region_call(call: NewCall) -> RegionCall:
    facts = vars(call.template) | {
        "index": call.index, "input": call.input, "guards": call.guards,
    }  # fmt: skip
    return RegionCall(**facts)
