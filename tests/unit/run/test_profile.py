"""Times add up to the whole, none is negative, and calls that ran at once have their own lanes."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.run.profile import (
    PHASES,
    Build,
    Profile,
    Slice,
    TimedCall,
    Try,
    on_lanes,
    timed_calls,
    with_calls,
)

MOMENTS = st.integers(0, 10**6).map(lambda number: number / 1000)


@st.composite
def measured(draw: st.DrawFn) -> tuple[list[Slice], list[Build]]:
    """Slices without gaps, and builds one behind the other, anywhere among them."""
    cuts = sorted(draw(st.sets(MOMENTS, min_size=2, max_size=12)))
    counted = st.sampled_from([phase for phase in PHASES if phase != "calls"])
    phases = draw(st.lists(counted, min_size=len(cuts), max_size=len(cuts)))
    slices = [
        Slice(phase, began, ended)
        for phase, (began, ended) in zip(phases, pairwise(cuts), strict=False)
    ]
    moments = sorted(draw(st.lists(MOMENTS, max_size=12)))
    builds = [
        Build(began, draw(st.sampled_from((stood, None))), last, ended)
        for began, stood, last, ended in zip(*[iter(moments)] * 4, strict=False)
    ]
    return slices, builds


@st.composite
def tries(draw: st.DrawFn) -> Try:
    sandbox, began, stood, ended, judged = sorted(draw(st.tuples(*[MOMENTS] * 5)))
    index = draw(st.integers(0, 5))
    return Try(index, "succeeded", sandbox, began, stood, ended, judged, draw(st.none() | MOMENTS))


def timed(index: int, began: float, ended: float) -> TimedCall:
    return TimedCall(
        f"/root/{index}", "work", "succeeded", 0, began, began, began, ended, ended, ended, None
    )


@given(measured())
def test_phases_add_up_to_the_whole_and_none_is_negative(
    seen: tuple[list[Slice], list[Build]],
) -> None:
    slices, builds = seen
    parted = with_calls(slices, builds)

    profile = Profile(slices[0].began, parted, builds, (), 0, 0.0)

    assert all(one.began < one.ended for one in parted)
    assert all(one.ended == other.began for one, other in pairwise(parted))
    assert sum(profile.phases.values()) == pytest.approx(profile.seconds)
    assert profile.seconds == slices[-1].ended - slices[0].began
    others = [one for one in parted if one.phase not in ("nix", "calls")]
    assert others == [one for one in slices if one.phase != "nix"]


def test_what_nix_does_while_calls_run_is_theirs_but_for_what_is_kept_meanwhile() -> None:
    slices = [
        Slice("nix", 1, 5),
        Slice("store", 5, 6),
        Slice("nix", 6, 10),
        Slice("report", 10, 11),
    ]

    parted = with_calls(slices, [Build(1, 3, 8, 10)])

    assert parted == [
        Slice("nix", 1, 3), Slice("calls", 3, 5), Slice("store", 5, 6), Slice("calls", 6, 8),
        Slice("nix", 8, 10), Slice("report", 10, 11),
    ]  # fmt: skip


def test_a_build_whose_sandbox_never_stood_had_no_calls() -> None:
    slices = [Slice("nix", 1, 5)]

    assert with_calls(slices, [Build(1, None, 5, 5)]) == slices


@given(st.lists(tries(), max_size=10), st.dictionaries(st.integers(0, 5), MOMENTS))
def test_the_parts_of_a_call_follow_one_another_and_none_is_negative(
    seen: list[Try], kept: dict[int, float]
) -> None:
    calls = timed_calls(seen, kept, lambda index: (f"/root/{index}", "work"), kept.get)

    assert len(calls) == len(seen)
    for call in calls:
        assert min(call.parts.values()) >= 0.0
        assert sum(call.parts.values()) == pytest.approx(call.kept - call.queued)


@given(st.lists(st.tuples(MOMENTS, MOMENTS).map(lambda pair: tuple(sorted(pair))), max_size=20))
def test_a_lane_has_one_call_at_a_time_and_there_are_no_more_lanes_than_needed(
    spans: Sequence[tuple[float, float]],
) -> None:
    placed = on_lanes(timed(index, *span) for index, span in enumerate(spans))

    for lane in {call.lane for call in placed}:
        on_it = [call for call in placed if call.lane == lane]
        assert all(one.ended <= other.began for one, other in pairwise(on_it))
    most = max((sum(b <= at < e or at == b for b, e in spans) for at, _ in spans), default=0)
    assert len({call.lane for call in placed}) <= most


def test_a_call_waits_from_when_all_that_it_needs_was_there() -> None:
    seen = [
        Try(0, "succeeded", 1.0, 2.0, 2.5, 3.0, 3.2, 0.1),
        Try(1, "succeeded", 1.0, 5.0, 5.0, 6.0, 6.1, 0.1),
    ]

    first, second = timed_calls(
        seen, {0: 4.0, 1: 7.0}, lambda index: (f"/root/{index}", "work"), {1: 3.0}.get
    )

    assert first.parts == pytest.approx(
        {"queue": 1.0, "start": 0.5, "run": 0.5, "output": 0.2, "keep": 0.8}
    )
    assert second.parts == pytest.approx(
        {"queue": 2.0, "start": 0.0, "run": 1.0, "output": 0.1, "keep": 0.9}
    )


def test_a_try_waits_from_the_end_of_the_one_before_and_only_the_last_one_is_kept() -> None:
    seen = [
        Try(0, "timed-out", 1.0, 2.0, 2.0, 3.0, 3.5, None),
        Try(0, "succeeded", 1.0, 5.0, 5.0, 6.0, 6.0, None),
    ]

    first, second = timed_calls(seen, {0: 8.0}, lambda _: ("/root", "work"), lambda _: None)

    assert (first.outcome, first.parts["keep"]) == ("timed-out", 0.0)
    assert (second.outcome, second.parts["queue"], second.parts["keep"]) == ("succeeded", 1.5, 2.0)


def test_the_document_has_every_phase_and_rounds_to_microseconds() -> None:
    slices = [Slice("start", 10.0, 10.1234567), Slice("report", 10.1234567, 11.0)]

    document = Profile(10.0, slices, (), [timed(0, 10.2, 10.3)], 7, 0.05).to_document()

    assert tuple(document["phases"]) == PHASES
    assert document["phases"]["start"] == 0.123457
    assert (document["seconds"], document["known"], document["lanes"]) == (1.0, 7, 1)
    assert document["calls"][0]["at"] == 0.2
