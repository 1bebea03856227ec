"""How often a call is made, and how long the waits are."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.inside.retrying import Retries, can_end_otherwise, pause_after


def pauses(retries: Retries, most: int = 50) -> list[float]:
    """The waits of a call that fails always."""
    waits: list[float] = []
    while len(waits) < most and (wait := pause_after(retries, len(waits) + 1)) is not None:
        waits.append(wait)
    return waits


@pytest.mark.parametrize(
    ("retries", "waits"),
    [
        pytest.param([], [], id="none"),
        pytest.param([(1, 100, 1.0)], [], id="one attempt"),
        pytest.param([(0, 100, 1.0)], [], id="no attempt is one"),
        pytest.param([(3, 0, 1.0)], [0.0, 0.0], id="at once"),
        pytest.param([(4, 100, 1.0)], [0.1, 0.1, 0.1], id="evenly"),
        pytest.param([(4, 100, 2.0)], [0.1, 0.2, 0.4], id="longer each time"),
        pytest.param(
            [(2, 100, 1.0), (3, 1000, 3.0)], [0.1, 1.0, 0.1, 3.0, 0.1], id="one around another"
        ),
        pytest.param([(1, 5, 1.0), (2, 1000, 1.0)], [1.0], id="an inner one that tries once"),
    ],
)
def test_a_call_that_always_fails_waits_so(retries: Retries, waits: list[float]) -> None:
    assert pauses(retries) == pytest.approx(waits)


@pytest.mark.parametrize("factor", [10.0, 1e308], ids=["large", "beyond numbers"])
def test_no_wait_is_beyond_every_number(factor: float) -> None:
    assert pause_after([(10_000, 1000, factor)], 5000) == 1e6
    assert pause_after([(10_000, 0, factor)], 5000) == 0.0


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 5), st.just(1.0)), max_size=3))
def test_attempts_of_one_around_another_multiply(retries: list[tuple[int, int, float]]) -> None:
    attempts = 1
    for one in retries:
        attempts *= one[0]

    assert len(pauses(retries, 100)) == attempts - 1


@pytest.mark.parametrize(
    ("outcome", "detail", "raised", "expected"),
    [
        ("timed-out", {"limit": "wall_seconds"}, False, True),
        ("timed-out", {"limit": "silence_seconds"}, False, True),
        ("timed-out", {"limit": "run_seconds"}, False, False),
        ("memory-exceeded", {}, False, True),
        ("killed", {"signal": "SIGKILL"}, False, True),
        ("killed", {"limit": "scratch_bytes"}, False, False),
        ("stage-raised", {}, False, False),
        ("stage-raised", {}, True, True),
        ("input-invalid", {}, True, False),
        ("output-invalid", {}, True, False),
        ("effect-denied", {}, True, False),
        ("cpu-exceeded", {}, True, False),
        ("succeeded", {}, True, False),
    ],
)
def test_only_what_may_end_otherwise_is_tried_again(
    outcome: str, detail: dict[str, Any], raised: bool, expected: bool
) -> None:
    assert can_end_otherwise(outcome, detail, raised=raised) is expected
