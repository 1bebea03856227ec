"""What an each becomes for so many items: numbers, names, expressions, and bounds."""

from dataclasses import dataclass
from typing import Any

import pytest

from noether_nix.inside.dataflow import Guards, Valuation
from noether_nix.inside.growing import Body, Each, Growth
from noether_nix.inside.unusable import MOST_GROWN, NothingToReduceError, TooManyItemsError

INPUT: dict[str, Any] = {"input": None}


@dataclass(frozen=True)
class Template:
    """A call of a body."""

    pointer: str
    input: dict[str, Any]
    guards: Guards = ()


def each(kind: str, *calls: Template, output: Any = None, **more: Any) -> Each:
    body = Body(calls, more.pop("shared", ()), output or {"call": 0}, more.pop("eaches", ()))
    return Each(kind, more.pop("over", INPUT), body, pointer=more.pop("pointer", "/root"), **more)


def planted(*eaches: Each, calls: int = 0, shared: Any = ()) -> Growth:
    growth = Growth(calls, list(shared))
    growth.plant(eaches)
    return growth


STAGE = Template("/root/body", INPUT)


def test_calls_follow_those_there_are_and_are_named_by_their_items() -> None:
    growth = planted(each("map", STAGE), calls=3)

    new = growth.grow(0, 2)

    assert [(call.index, call.name, call.input) for call in new] == [
        (3, "/root#0/body", {"item": [0, 0]}),
        (4, "/root#1/body", {"item": [0, 1]}),
    ]
    assert growth.eaches[0].value_needs == {3, 4}
    assert (growth.calls, growth.history) == (5, [(0, 2)])


def test_a_body_s_references_lead_into_its_own_copy() -> None:
    first = Template("/root/body/stages/0", {"let": 0})
    second = Template("/root/body/stages/1", {"call": 0}, [({"call": 0}, True)])
    body = each("map", first, second, output={"call": 1}, shared=[{"part": ["a", INPUT]}])
    growth = planted(body, calls=1, shared=[{"const": 1}])

    new = growth.grow(0, 2)

    assert growth.shared[1:] == [{"part": ["a", {"item": [0, place]}]} for place in (0, 1)]
    assert [call.input for call in new] == [{"let": 1}, {"call": 1}, {"let": 2}, {"call": 3}]
    assert new[3].guards == (({"call": 3}, True),)
    assert [call.needs for call in new] == [set(), {1}, set(), {3}]


def test_items_within_items_have_the_numbers_of_both() -> None:
    inner = each("map", Template("/root/body/body/x", INPUT), pointer="/root/body")
    growth = planted(each("map", output={"each": 0}, eaches=[inner]))

    assert growth.grow(0, 2) == []
    assert [one.pointer for one in growth.eaches[1:]] == ["/root#0/body", "/root#1/body"]
    assert [one.over for one in growth.eaches[1:]] == [{"item": [0, 0]}, {"item": [0, 1]}]
    (call,) = growth.grow(2, 1)
    assert (call.index, call.name) == (0, "/root#1/body#0/body/x")
    assert growth.eaches[0].value_needs == {~1, ~2}


@pytest.mark.parametrize("count", range(8))
def test_a_tree_has_one_call_fewer_than_items(count: int) -> None:
    growth = planted(each("tree", STAGE))

    new = growth.grow(0, count)

    assert len(new) == max(0, count - 1)
    assert [call.name for call in new] == [f"/root#{place}/body" for place in range(len(new))]


def value_of(growth: Growth, value: Any) -> Any:
    return Valuation(value, growth.shared, {}, growth.eaches).value({"each": 0})


@pytest.mark.parametrize("kind", ["reduce", "tree"])
def test_a_long_reduction_without_calls_is_looked_at_step_by_step(kind: str) -> None:
    names = ("accumulator", "item") if kind == "reduce" else ("left", "right")
    deepest = {"object": [["n", {"part": [names[0], INPUT]}]]}
    growth = planted(each(kind, output=deepest, initial={"const": 0}))
    growth.grow(0, 20_000)

    value = value_of(growth, list(range(20_000)))

    depth = 0
    while isinstance(value, dict):
        value, depth = value["n"], depth + 1
    assert depth == (20_000 if kind == "reduce" else 15)


def test_of_no_items_a_reduction_is_its_initial_value_if_it_has_one() -> None:
    growth = planted(each("tree", STAGE, initial={"const": "none"}))
    growth.grow(0, 0)
    assert value_of(growth, []) == "none"

    growth = planted(each("tree", STAGE))
    growth.grow(0, 0)
    with pytest.raises(NothingToReduceError):
        value_of(growth, [])


def test_a_run_does_not_grow_beyond_its_bound() -> None:
    growth = planted(each("map", STAGE, STAGE), each("map", STAGE))

    with pytest.raises(TooManyItemsError, match=f"{MOST_GROWN} calls"):
        growth.grow(0, MOST_GROWN // 2 + 1)
    assert (growth.calls, growth.history) == (0, [])
    growth.grow(1, MOST_GROWN - 2)
    with pytest.raises(TooManyItemsError):
        growth.grow(0, 2)
    growth.grow(0, 1)


@pytest.mark.parametrize("number", [-1, 1, 0], ids=["below", "none", "grown"])
def test_only_what_has_not_grown_can_grow(number: int) -> None:
    growth = planted(each("map", STAGE))
    growth.grow(0, 1)

    with pytest.raises(ValueError, match="could grow"):
        growth.grow(number, 1)


@pytest.mark.parametrize(
    ("value", "words"),
    [(3, "a number"), ("text", "a text"), (None, "null"), ([0] * (MOST_GROWN + 1), "100001 items")],
    ids=["number", "text", "null", "too many"],
)
def test_what_has_no_items_grows_not_and_its_value_says_why(value: Any, words: str) -> None:
    growth = planted(each("map", STAGE))
    valuation = Valuation(value, growth.shared, {}, growth.eaches)

    assert growth.grow_by(valuation, 0) is None
    assert not growth.eaches[0].is_open
    with pytest.raises(Exception, match=words):
        valuation.value({"each": 0})
