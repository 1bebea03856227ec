"""What may go, by age and by number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.database.retention import DAY_SECONDS, Kept, Retention, choose

NOW = 100 * DAY_SECONDS


def kept(*ages: float) -> list[Kept]:
    return [Kept(f"{age:g} days", 10, NOW - age * DAY_SECONDS) for age in ages]


@pytest.mark.parametrize(
    ("retention", "going"),
    [
        pytest.param(Retention(), [], id="no bound"),
        pytest.param(Retention(days=30), ["50 days", "31 days"], id="age"),
        pytest.param(Retention(number=2), ["50 days", "31 days", "30 days"], id="number"),
        pytest.param(Retention(days=40, number=3), ["50 days", "31 days"], id="both"),
        pytest.param(
            Retention(number=0),
            ["50 days", "31 days", "30 days", "2 days", "1 days"],
            id="none stays",
        ),
    ],
)
def test_what_was_unused_for_longest_goes_first(retention: Retention, going: list[str]) -> None:
    chosen = choose(kept(31, 1, 50, 2, 30), retention, NOW)

    assert [one.name for one in chosen] == going


def test_every_choice_says_why() -> None:
    chosen = choose(kept(1, 2, 99), Retention(days=30, number=1), NOW)

    assert [one.reason for one in chosen] == ["not used for 99 days", "more than 1 are kept"]


@given(
    ages=st.lists(st.floats(min_value=0, max_value=99), unique=True),
    number=st.none() | st.integers(min_value=0, max_value=9),
    days=st.none() | st.floats(min_value=0, max_value=99),
)
def test_nothing_stays_that_is_older_than_what_goes(
    ages: list[float], number: int | None, days: float | None
) -> None:
    all_of_it = kept(*ages)
    going = choose(all_of_it, Retention(days, number), NOW)
    gone = {one.name for one in going}
    staying = [one for one in all_of_it if one.name not in gone]

    assert all(a.last_used >= b.last_used for a in staying for b in going)
    assert number is None or len(staying) <= number
