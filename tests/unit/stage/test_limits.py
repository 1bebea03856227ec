"""One table of limits: its names, its amounts, and what it refuses."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import SettingInvalidError
from noether_nix.inside.contract import CPU_SECONDS
from noether_nix.stage.limits import CALL_LIMITS, LIMITS, Limit, find_limit

limits = pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS.keys())


@limits
def test_a_name_works_in_stages_files_and_variables(limit: Limit) -> None:
    assert re.fullmatch("[a-z_]+", limit.name)
    assert re.fullmatch("[a-z_]+", limit.fact)
    assert limit.words


@limits
def test_what_is_built_in_can_be_had(limit: Limit) -> None:
    if limit.default is not None:
        assert limit.check(limit.default) == limit.default


@limits
def test_the_least_and_the_most_can_be_had_and_nothing_beyond(limit: Limit) -> None:
    for amount in (limit.least, limit.most):
        assert limit.parse(limit.show(amount)) == amount
    for amount in (limit.least - 1, limit.most + 1):
        with pytest.raises(SettingInvalidError) as caught:
            limit.check(amount)
        assert limit.show(limit.least if amount < limit.least else limit.most) in caught.value.hint


@given(st.sampled_from([*LIMITS.values()]), st.integers(1, 1 << 53))
def test_a_bare_number_counts_in_the_unit_of_the_name(limit: Limit, amount: int) -> None:
    if limit.least <= amount <= limit.most:
        assert limit.parse_bare(str(amount)) == amount
        assert limit.parse_bare(limit.show(amount)) == amount


def test_no_more_processor_time_can_be_had_than_code_is_shown() -> None:
    assert LIMITS["cpu"].most == LIMITS["cpu"].default == CPU_SECONDS


def test_an_unknown_limit_is_refused_with_those_there_are() -> None:
    with pytest.raises(SettingInvalidError, match="'speed' is no limit") as caught:
        find_limit("speed")

    assert all(name in caught.value.hint for name in LIMITS)


def test_a_limit_of_the_run_is_none_of_a_call_and_says_where_it_goes() -> None:
    assert LIMITS.keys() - CALL_LIMITS.keys() == {"run"}
    with pytest.raises(SettingInvalidError, match="run is a limit of a whole run"):
        find_limit("run", CALL_LIMITS)
