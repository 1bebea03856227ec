"""What of a region can begin, and when what can grow does."""

import heapq
from typing import Any

from noether_nix.inside.agenda import Agenda
from noether_nix.inside.growing import Body, Each
from noether_nix.inside.region import Region, RegionCall

_N = 20


def call() -> RegionCall:
    return RegionCall(0, 0, {"input": None}, (), 1.0, 1, 1, 1.0)


def mapped(body: Body) -> Each:
    return Each("map", {"input": None}, body)


def within(each: Each) -> Body:
    return Body([], [], {"each": 0}, [each])


def cube() -> Each:
    """A call for each number in a list of lists of lists."""
    return mapped(within(mapped(within(mapped(Body([call()], [], {"call": 0}, []))))))


def agenda_of(each: Each, value: Any, told: list[tuple[int, int, int]]) -> Agenda:
    region = Region(
        token="", parallel=1, stop_at_failure=False, programs=(), calls=(), values=(), input=0,
        known={}, eaches=(each,), attended=(0,),
    )  # fmt: skip
    return Agenda(region, value, {}, lambda *facts: told.append(facts))


def test_calls_can_begin_long_before_all_has_grown_and_in_the_end_all_has() -> None:
    told: list[tuple[int, int, int]] = []
    value = [[[0] * _N] * _N] * _N
    agenda = agenda_of(cube(), value, told)
    begun: list[int] = []

    while agenda.feed():
        if not begun:
            assert len(agenda.calls) < _N**3 / 10
        assert len(agenda.ready) < 300
        index = heapq.heappop(agenda.ready)
        begun.append(index)
        agenda.valuation.outputs[index] = index
        agenda.settle(index)

    assert begun == list(range(_N**3))
    assert len(told) == 1 + _N + _N**2
    assert agenda.valuation.value({"each": 0})[-1][-1][-1] == _N**3 - 1


def test_after_the_last_call_that_fails_what_can_still_grow_does() -> None:
    agenda = agenda_of(cube(), [[[0] * 200] * 4], [])
    begun = 0

    while agenda.feed():
        assert agenda.fall(heapq.heappop(agenda.ready)) == []
        begun += 1

    assert begun == 800


def test_what_is_closed_grows_no_more() -> None:
    told: list[tuple[int, int, int]] = []
    agenda = agenda_of(cube(), [[[0] * 200] * 4], told)
    agenda.feed()
    before = len(told)

    agenda.close()

    assert not agenda.feed()
    assert len(told) == before


def test_what_something_grows_by_is_told_from_what_comes_of_its_items() -> None:
    made, length = call(), RegionCall(1, 0, {"each": 0}, (), 1.0, 1, 1, 1.0)
    each = Each("map", {"call": 0}, Body([call()], [], {"call": 0}, []))
    region = Region(
        token="", parallel=1, stop_at_failure=False, programs=(), calls=(made, length), values=(),
        input=0, known={}, first=2, eaches=(each,), attended=(0,),
    )  # fmt: skip
    outputs: dict[int, Any] = {}
    agenda = Agenda(region, None, outputs, lambda *_: None)
    agenda.feed()
    outputs[0] = [1, 2]
    agenda.settle(0)
    agenda.feed()

    assert sorted(agenda.calls) == [0, 1, 2, 3]
    assert [agenda.grows_by(index) for index in (0, 2, 3)] == [True, False, False]
