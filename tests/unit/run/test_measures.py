"""What a call used of its limits, in numbers and in words."""

import json

import pytest

from noether_nix.executor.interface import CallDone
from noether_nix.plan.limits import call_limits
from noether_nix.run.measures import limits_of_call, measure, measures_in_words

USED = {"cpu_seconds": 0.25, "memory_bytes": 14 << 20, "scratch_bytes": 4096}


def test_every_limit_is_told_with_what_was_used_of_it() -> None:
    end = CallDone(0, "succeeded", "0" * 64, 0.5, b"[1]", used=USED, log_bytes=7)

    found = measure(end, call_limits({}, {"wall": 30}))

    assert list(found) == list(call_limits({}, {}).facts())
    assert found["wall_seconds"] == {"used": 0.5, "limit": 30}
    assert found["cpu_seconds"]["used"] == 0.25
    assert found["output_bytes"] == {"used": 3, "limit": 10 << 20}
    assert found["log_bytes"]["used"] == 7
    assert found["silence_seconds"] == {"used": None, "limit": None}
    assert found["open_files"] == {"used": None, "limit": 256}


def test_what_was_seen_of_what_is_bounded_is_told_in_words() -> None:
    end = CallDone(0, "stage-raised", "0" * 64, 0.5, used={**USED, "silence_seconds": 0.5})

    words = measures_in_words(measure(end, call_limits({}, {})))

    assert words == (
        "wall 0.50s of 60s, cpu 0.25s of 24h, memory 14.0MiB of 1GiB, log 0B of 10MiB, "
        "scratch 4.0KiB of 256MiB"
    )


def test_what_went_with_a_lost_build_is_not_told_as_nothing() -> None:
    found = measure(CallDone(0, "killed", "0" * 64, 0.5), call_limits({}, {}))

    assert found["wall_seconds"]["used"] == 0.5
    assert {found[name]["used"] for name in ("log_bytes", "cpu_seconds", "output_bytes")} == {None}


def test_nothing_is_told_of_a_call_that_did_not_run() -> None:
    assert measures_in_words({}) == ""


def test_the_limits_of_a_call_are_read_back_from_what_is_kept_of_it() -> None:
    end = CallDone(0, "stage-raised", "0" * 64, 0.5, used=USED)
    measures = measure(end, call_limits({}, {"wall": 7, "memory": 64 << 20}))

    found = limits_of_call(json.dumps({**USED, "limits": measures}))

    assert call_limits({}, found) == call_limits({}, {"wall": 7, "memory": 64 << 20})


@pytest.mark.parametrize(
    "used", ["{}", "", "[]", "{", '{"limits": 3}', '{"limits": {"wall_seconds": 3}}']
)
def test_where_nothing_is_kept_of_limits_there_are_none(used: str) -> None:
    assert limits_of_call(used) == {}
