"""Which calls of a plan need not run, because their results are known."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TypeAlias

from noether_nix.frozen import dataclass, field
from noether_nix.inside.contract import InvalidValueError
from noether_nix.inside.levels import DEFAULT_LEVEL, is_at_least
from noether_nix.inside.unusable import InputUnusableError
from noether_nix.inside.waiting import Waiting
from noether_nix.plan.growing import GrowingPlan
from noether_nix.plan.planner import PlannedCall
from noether_nix.plan.program import CallKey
from noether_nix.plan.regions import KnownValue
from noether_nix.run.values import RunValues, known_value
from noether_nix.store.interface import Readable, ResultKeeper
from noether_nix.store.record import Record

_Known: TypeAlias = tuple[Record, bytes]

# As many calls of one program are looked up by their inputs, without computing their keys.
_MANY = 32
# Of each program, where fewer calls of it are to come.
_RECALLED = 64
# Nobody knows how many calls there will be of what is done once an item.
_RECALLED_OF_ITEMS = 20_000
# They all go into the plan, which every build copies, hashes and parses.
_RECALLED_BYTES = 4 << 20
# Large ones lie in the store, and stand in the plan by path: what that takes is to read them.
_RECALLED_LARGE = 2
_RECALLED_LARGE_BYTES = 64 << 20


@dataclass(slots=True)
class Found:
    """What looking up a plan gave.

    Attributes:
        inputs: the SHA-256 (hex) of the input of every call that has one.
        keys: the keys of those among them that had to be named: all that must run.
        records: the records of calls that need not run.
        pending: the calls that must run, in plan order.
        damaged: what was found damaged and set aside, in words, until somebody takes that.
        not_taken: those that are over because their arm was not taken, until somebody takes
            note of that.
        grown: the eaches that have grown, with their calls, until somebody takes note of that.
        least: the least isolation under which a result was computed that counts as known.
    """

    inputs: dict[int, str] = field(default_factory=dict)
    keys: dict[int, CallKey] = field(default_factory=dict)
    records: dict[int, Record] = field(default_factory=dict)
    pending: list[PlannedCall] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    not_taken: list[int] = field(default_factory=list)
    grown: list[tuple[int, list[PlannedCall]]] = field(default_factory=list)
    least: str = DEFAULT_LEVEL


def look_up(
    plan: GrowingPlan, values: RunValues, results: ResultKeeper, least: str = DEFAULT_LEVEL
) -> Found:
    """Follow the plan as far as results are known, and put those into ``values``.

    Goes in waves, each one query: first the calls that need nothing, then those that need only
    what was found, and so on. The plan grows by what is done with items that come to be known. A
    result that was computed with less isolation than ``least`` is as good as none.
    """
    found = Found(pending=list(plan.calls), least=least)
    look_further(found, plan, values, results)
    return found


def look_further(
    found: Found, plan: GrowingPlan, values: RunValues, results: ResultKeeper
) -> list[PlannedCall]:
    """Look again for what is pending, with what has come to ``values`` since.

    Returns:
        The calls that are not pending any more.
    """
    return _Look(found, plan, values, results).follow()


class _Look:
    """One look through what is pending."""

    def __init__(
        self, found: Found, plan: GrowingPlan, values: RunValues, results: ResultKeeper
    ) -> None:
        self._found = found
        self._plan = plan
        self._values = values
        self._results = results
        self._pending = {call.index: call for call in found.pending}
        self._waiting = Waiting()
        self._wave = [call.index for call in found.pending if self._add(call.index, call.needs)]
        self._wave += [~one for one in plan.unsettled if self._add(~one, plan.needs_of(one))]

    def follow(self) -> list[PlannedCall]:
        hits: list[PlannedCall] = []
        while self._wave:
            wave, self._wave = self._wave, []
            for index in wave:
                if index < 0:
                    self._look_at_each(~index)
            calls = [self._pending[index] for index in wave if index >= 0]
            untaken = _untaken(calls, self._values)
            self._found.not_taken += [call.index for call in untaken]
            if untaken:
                calls = [call for call in calls if call.index not in self._values.settled]
            new = [*untaken, *_look_up_wave(calls, self._values, self._results, self._found)]
            for call in new:
                del self._pending[call.index]
                self._wave += self._waiting.settle(call.index)
            hits += new
        self._found.pending = list(self._pending.values())
        return hits

    def _add(self, index: int, needs: frozenset[int]) -> bool:
        return self._waiting.add(index, needs - self._values.settled)

    def _look_at_each(self, number: int) -> None:
        """Let an each grow, or take note that its value is known."""
        plan = self._plan
        if not plan.eaches[number].is_open:
            self._settle(number)
            return
        planted = len(plan.eaches)
        new = plan.grow_by(self._values.valuation, number)
        if plan.eaches[number].count is not None:
            self._found.grown.append((number, new))
        self._pending |= {call.index: call for call in new}
        self._wave += [call.index for call in new if self._add(call.index, call.needs)]
        fresh = (*range(planted, len(plan.eaches)), number)
        self._wave += [~one for one in fresh if self._add(~one, plan.needs_of(one))]

    def _settle(self, number: int) -> None:
        self._values.settle_each(number, self._plan.eaches[number])
        self._plan.unsettled.discard(number)
        self._wave += self._waiting.settle(~number)


def _untaken(calls: Sequence[PlannedCall], values: RunValues) -> list[PlannedCall]:
    """The calls among these whose guards do not hold."""
    untaken = []
    for call in calls:
        if call.guards:
            with suppress(InputUnusableError):  # as below
                if not values.is_taken(call):
                    values.pass_over(call.index)
                    untaken.append(call)
    return untaken


def _look_up_wave(
    wave: Sequence[PlannedCall], values: RunValues, results: ResultKeeper, found: Found
) -> list[PlannedCall]:
    asked: dict[str, list[PlannedCall]] = {}
    for call in wave:
        # The scheduler meets an input that cannot be had again and says `input-invalid`.
        with suppress(InputUnusableError, InvalidValueError):
            if call.index not in found.inputs and values.is_taken(call):
                found.inputs[call.index] = values.input_sha256(call)
        if call.index in found.inputs:
            asked.setdefault(call.program.id, []).append(call)
    known: dict[int, _Known] = {}
    for calls in asked.values():
        if len(calls) >= _MANY:
            known |= _look_up_many(calls, results, found)
    missing = [call for calls in asked.values() for call in calls if call.index not in known]
    for call in missing:
        if call.index not in found.keys:
            found.keys[call.index] = call.program.key(found.inputs[call.index])
    few = [call for call in missing if len(asked[call.program.id]) < _MANY]
    if few:
        known |= _look_up_few(few, results, found)
    hits = [call for call in wave if call.index in known]
    for call in hits:
        record, data = known[call.index]
        found.records[call.index] = record
        values.take(call.index, KnownValue(record.value_sha256, data))
    return hits


def _look_up_many(
    calls: Sequence[PlannedCall], results: ResultKeeper, found: Found
) -> dict[int, _Known]:
    """What does for calls of one program."""
    inputs = found.inputs
    readable = results.find_by_inputs(calls[0].program.id, {inputs[call.index] for call in calls})
    records = {record.input_sha256: record for record in readable.records.values()}
    return _take(((call, records.get(inputs[call.index])) for call in calls), readable, found)


def _look_up_few(
    calls: Sequence[PlannedCall], results: ResultKeeper, found: Found
) -> dict[int, _Known]:
    """What does for calls, by their keys."""
    keys = {call.index: str(found.keys[call.index]) for call in calls}
    readable = results.find_readable(set(keys.values()))
    records = readable.records
    return _take(((call, records.get(keys[call.index])) for call in calls), readable, found)


def _take(
    pairs: Iterable[tuple[PlannedCall, Record | None]], readable: Readable, found: Found
) -> dict[int, _Known]:
    found.damaged += [f"{item.key}: {item.reason}" for item in readable.damaged]
    return {
        call.index: (record, readable.values[record.key])
        for call, record in pairs
        if record is not None
        and is_at_least(record.level, found.least)
        and record.value_size <= call.limits.output_bytes
    }


def recall(
    pending: Iterable[PlannedCall],
    keys: Mapping[int, CallKey],
    results: ResultKeeper,
    least: str = DEFAULT_LEVEL,
    templates: Sequence[PlannedCall] = (),
) -> dict[str, list[tuple[str, KnownValue]]]:
    """Results of other inputs, for calls whose input is not known yet (early cut-off).

    As many of a program as there are such calls, at least: a run that was killed may have told
    of all of them and lost the large value that they were made of. ``templates`` are calls that
    come once an item.
    """
    unknown = [*(call for call in pending if call.index not in keys), *templates]
    programs = {call.program.id: call.limits.output_bytes for call in unknown}
    if not programs:
        return {}
    most = max(_RECALLED, *Counter(call.program.id for call in unknown).values())
    if templates:
        most = max(most, _RECALLED_OF_ITEMS)
    recalled = results.known_inputs(
        programs,
        least=least,
        limit_each=most,
        limit_bytes=_RECALLED_BYTES,
        limit_large=_RECALLED_LARGE,
        limit_large_bytes=_RECALLED_LARGE_BYTES,
    )
    return {
        program: [
            (sha256, known_value(data)) for sha256, data in pairs if len(data) <= programs[program]
        ]
        for program, pairs in recalled.items()
    }
