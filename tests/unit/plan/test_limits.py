"""Who states a limit, and which of them code can observe."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.plan.limits import DEFAULTS, call_limits, find_refusals
from noether_nix.stage.limits import CALL_LIMITS


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
    amounts = {name: number for number, name in enumerate(CALL_LIMITS, start=1)}

    facts = call_limits({}, amounts).facts()

    assert facts == {CALL_LIMITS[name].fact: amount for name, amount in amounts.items()}


@pytest.mark.parametrize("name", [n for n, limit in CALL_LIMITS.items() if not limit.observable])
def test_what_no_code_can_notice_is_not_observable(name: str) -> None:
    assert call_limits({}, {name: 9}).observable == call_limits({}, {}).observable


names = st.sampled_from([*CALL_LIMITS])
stated = st.dictionaries(names, st.integers(1, 1 << 53))


@given(stage=stated, node=stated, given=stated, ceilings=stated, name=names)
def test_the_first_who_states_a_limit_decides(
    stage: dict[str, int],
    node: dict[str, int],
    given: dict[str, int],
    ceilings: dict[str, int],
    name: str,
) -> None:
    default = DEFAULTS.get(name)
    lower = [amount for amount in (default, ceilings.get(name)) if amount is not None]
    built_in = min(lower) if lower else None
    statements = (given, node, stage)
    first = next((one[name] for one in statements if name in one), built_in)

    facts = call_limits(stage, given, node, ceilings).facts()

    assert facts[CALL_LIMITS[name].fact] == first


@given(stage=stated, node=stated, given=stated, ceilings=stated)
def test_whatever_is_not_refused_is_within_its_ceiling_or_the_owners_own_word(
    stage: dict[str, int], node: dict[str, int], given: dict[str, int], ceilings: dict[str, int]
) -> None:
    refused = {one.name for one in find_refusals(stage, given, node, ceilings)}
    facts = call_limits(stage, given, node, ceilings).facts()

    for name, limit in CALL_LIMITS.items():
        amount = facts[limit.fact]
        if name not in refused and name not in given and amount is not None:
            assert amount <= ceilings.get(name, amount)
            if name in {**stage, **node}:
                assert limit.least <= amount <= limit.most
    assert not refused & given.keys()
    assert refused <= {**stage, **node}.keys()


@pytest.mark.parametrize(
    ("stage", "node", "by_node", "reason"),
    [
        pytest.param(
            {"memory": 3 << 30}, {}, False,
            "the limit memory is 3GiB, and its ceiling here is 2GiB", id="the stage, too much",
        ),
        pytest.param(
            {"memory": 3 << 30}, {"memory": 4 << 30}, True,
            "the limit memory is 4GiB, and its ceiling here is 2GiB", id="the node, too much",
        ),
        pytest.param(
            {"memory": 1 << 20}, {}, False,
            "the limit memory: 1MiB is too little for anything to run", id="too little",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_had_is_refused_with_the_reason(
    stage: Mapping[str, int], node: Mapping[str, int], by_node: bool, reason: str
) -> None:
    (refusal,) = find_refusals(stage, {}, node, {"memory": 2 << 30})

    assert (refusal.name, refusal.by_node, refusal.reason) == ("memory", by_node, reason)
    assert refusal.hint


def test_a_node_that_lowers_what_a_stage_wants_makes_it_lawful() -> None:
    ceilings = {"memory": 2 << 30}

    assert not [*find_refusals({"memory": 3 << 30}, {}, {"memory": 1 << 30}, ceilings)]
    assert not [*find_refusals({"memory": 3 << 30}, {"memory": 3 << 30}, {}, ceilings)]
