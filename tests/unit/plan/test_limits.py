"""Who states a limit, and which of them code can observe."""

from collections.abc import Mapping

import pytest

from noether_nix.plan.limits import DEFAULTS, CallLimits, call_limits


@pytest.mark.parametrize(
    ("stage", "run", "expected"),
    [
        pytest.param({}, {}, DEFAULTS["wall"], id="built in"),
        pytest.param({"wall": 3}, {}, 3, id="the stage"),
        pytest.param({}, {"wall": 4}, 4, id="the run"),
        pytest.param({"wall": 3}, {"wall": 4}, 4, id="the run before the stage"),
    ],
)
def test_the_nearest_statement_counts(
    stage: Mapping[str, int], run: Mapping[str, int], expected: int
) -> None:
    assert call_limits(stage, run).wall_seconds == expected


def test_each_limit_arrives_where_it_belongs() -> None:
    limits = call_limits({}, {"wall": 1, "memory": 2, "output": 3, "log": 4})

    assert limits == CallLimits(limits.observable, wall_seconds=1, output_bytes=3, log_bytes=4)
    assert limits.observable.memory_bytes == 2


@pytest.mark.parametrize("name", ["wall", "output", "log"])
def test_what_no_code_can_notice_is_not_observable(name: str) -> None:
    assert call_limits({}, {name: 9}).observable == call_limits({}, {}).observable
