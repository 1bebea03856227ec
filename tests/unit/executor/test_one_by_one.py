"""A region call by call: what becomes of a build that is lost."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from noether_nix.errors import BuilderLostError
from noether_nix.executor.interface import BuildLost, CallDone, ExecutorEvent, Listener
from noether_nix.executor.one_by_one import run_one_by_one
from noether_nix.formats.store_path import StorePath
from noether_nix.inside.region import Program, Region, RegionCall

_ANY = {"kind": "Any"}


@dataclass
class Builds:
    """Builds of one call each; which of them are lost, and whose doing that can have been.

    Attributes:
        lost: how many builds of a call are lost.
        heard: calls whose ends are told of before their build is lost.
        within_reach: whether a call could end its build.
    """

    lost: Mapping[int, int]
    heard: tuple[int, ...] = ()
    within_reach: bool = True
    made: list[int] = field(default_factory=list)

    def run(self, region: Region, _files: Mapping[StorePath, bytes], on_event: Listener) -> None:
        (call,) = region.calls
        self.made.append(call.index)
        lost = self.made.count(call.index) <= self.lost.get(call.index, 0)
        if not lost or call.index in self.heard:
            value = str(call.index).encode()
            on_event(CallDone(call.index, "succeeded", "", 0.1, value=value, used={"seconds": 0}))
        if lost:
            raise BuilderLostError("a build was lost", within_reach=self.within_reach)


def calls(*needs: tuple[int, ...], stop_at_failure: bool = False) -> Region:
    """A region of calls with these needs, all of different stages."""
    return Region(
        token="",
        parallel=1,
        stop_at_failure=stop_at_failure,
        programs=tuple(
            Program(str(number), {}, _ANY, _ANY, {}, {}) for number in range(len(needs))
        ),
        calls=tuple(
            RegionCall(index, index, {"input": None}, needed, 1, 1, 1, 1)
            for index, needed in enumerate(needs)
        ),
        values=("null",),
        input=0,
        known={},
    )


def told(region: Region, builds: Builds) -> tuple[dict[int, CallDone], list[str]]:
    """The ends of the calls, and the warnings."""
    events: list[ExecutorEvent] = []
    run_one_by_one(region, {}, builds.run, events.append)
    ends = [event for event in events if isinstance(event, CallDone)]
    assert len({end.index for end in ends}) == len(ends)
    words = [event.words for event in events if isinstance(event, BuildLost)]
    return {end.index: end for end in ends}, words


def test_a_call_whose_build_is_lost_twice_was_killed_and_the_others_run() -> None:
    builds = Builds({1: 2})

    ends, words = told(calls((), (), (1,), ()), builds)

    assert [ends[index].outcome for index in range(4)] == [
        "succeeded", "killed", "skipped", "succeeded",
    ]  # fmt: skip
    assert ends[1].detail == {"lost_builds": 2}
    assert ends[2].detail == {"because": 1}
    assert builds.made == [0, 1, 1, 3]
    assert words == ["a build was lost; its call is tried once more"]


def test_nothing_begins_any_more_after_such_an_end_where_that_was_asked_for() -> None:
    ends, _ = told(calls((), (), stop_at_failure=True), Builds({0: 2}))

    assert [ends[index].outcome for index in range(2)] == ["killed", "skipped"]


def test_a_build_that_is_lost_once_is_made_again() -> None:
    ends, words = told(calls((), ()), Builds({0: 1}))

    assert [ends[index].outcome for index in range(2)] == ["succeeded"] * 2
    assert len(words) == 1


def test_a_call_that_had_ended_before_its_build_did_has_ended() -> None:
    builds = Builds({0: 1}, heard=(0,))

    ends, (words,) = told(calls((), ()), builds)

    assert [ends[index].outcome for index in range(2)] == ["succeeded"] * 2
    assert builds.made == [0, 1]
    assert "what that printed is gone" in words


def test_a_build_that_its_call_cannot_have_ended_is_lost() -> None:
    with pytest.raises(BuilderLostError):
        told(calls((), ()), Builds({0: 1}, within_reach=False))
