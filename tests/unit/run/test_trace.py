"""A profile as a trace: what every viewer needs is there, and spans of a thread nest."""

from hypothesis import given
from hypothesis import strategies as st

from noether_nix.run.profile import Build, Profile, Slice, Try, timed_calls
from noether_nix.run.trace import trace_text
from tests.unit.run.trace_schema import read_trace

MOMENTS = st.floats(100.0, 200.0)


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    seen = []
    for index in range(draw(st.integers(0, 8))):
        began, stood, ended, judged = sorted(draw(st.tuples(*[MOMENTS] * 4)))
        seen.append(Try(index, "succeeded", 100.0, began, stood, ended, judged, 0.001))
    calls = timed_calls(seen, {}, lambda i: (f"/root/{i}", draw(st.text())), lambda _: None)
    began, stood, last, ended = sorted(draw(st.tuples(*[MOMENTS] * 4)))
    build = Build(began, draw(st.sampled_from((stood, None))), last, ended)
    slices = [Slice("start", 100.0, began), Slice("nix", began, ended)]
    return Profile(100.0, slices, [build], calls, 0, 0.1)


@given(profiles())
def test_every_trace_has_what_a_viewer_needs(profile: Profile) -> None:
    text = trace_text(profile, "20260101-000000-abcdef")

    trace = read_trace(text)

    assert text.isascii()
    assert len(trace.calls) == len(profile.calls)
    assert {span.tid for span in trace.calls} == {call.lane + 1 for call in profile.calls}


def test_a_run_in_which_nothing_is_new_has_no_lanes() -> None:
    trace = read_trace(trace_text(Profile(0.0, [Slice("start", 0.0, 0.1)], (), (), 5, 0.1), "r"))

    assert [(span.name, span.ts, span.dur) for span in trace.spans] == [("start", 0, 100_000)]
    assert {event.pid for event in trace.traceEvents} == {1}
