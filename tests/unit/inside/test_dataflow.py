"""The evaluator of expressions, form by form."""

from typing import Any

import pytest

from noether_nix.inside.dataflow import Valuation, evaluate
from noether_nix.inside.needs import direct_needs, needs_of_call, rebuilt, shared_needs
from noether_nix.inside.unusable import (
    FieldAbsentError,
    PredicateNotBooleanError,
    UnplacedInputError,
)

INPUT = {"a": 1, "b": {"c": 2}}
OUTPUTS = {0: "zero", 1: {"b": 9, "d": 4}}
SHARED: list[dict[str, Any]] = [{"call": 1}, {"overlay": [{"input": None}, {"let": 0}]}]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        pytest.param({"input": None}, INPUT, id="input"),
        pytest.param({"const": {"input": None}}, {"input": None}, id="const is no expression"),
        pytest.param({"call": 0}, "zero", id="call"),
        pytest.param({"let": 0}, OUTPUTS[1], id="let"),
        pytest.param(
            {"object": [["y", {"call": 0}], ["x", {"const": 1}]]},
            {"y": "zero", "x": 1},
            id="object",
        ),
        pytest.param({"object": []}, {}, id="empty object"),
        pytest.param({"field": ["b", {"input": None}]}, {"c": 2}, id="field"),
        pytest.param({"field": ["z", {"input": None}]}, INPUT, id="no such field"),
        pytest.param({"field": ["b", {"call": 0}]}, "zero", id="field of a text"),
        pytest.param(
            {"overlay": [{"input": None}, {"call": 1}]}, {"a": 1, "b": 9, "d": 4}, id="overlay"
        ),
        pytest.param({"overlay": [{"call": 0}, {"call": 1}]}, OUTPUTS[1], id="overlay on a text"),
        pytest.param({"let": 1}, {"a": 1, "b": 9, "d": 4}, id="let of let"),
        pytest.param(
            {"config": [{"input": None}, {"b": 0, "e": 5}, "z"]},
            {"a": 1, "b": 0, "e": 5},
            id="config of an object",
        ),
        pytest.param(
            {"config": [{"call": 0}, {"e": 5}, "z"]}, {"z": "zero", "e": 5}, id="config of a text"
        ),
        pytest.param({"config": [{"const": None}, {"e": 5}, None]}, {"e": 5}, id="config alone"),
        pytest.param(
            {"config": [{"const": None}, {"e": 5}, "z"]}, {"z": None, "e": 5}, id="config of null"
        ),
        pytest.param({"list": [{"call": 0}, {"const": 1}]}, ["zero", 1], id="list"),
        pytest.param({"pick": [["b", "c"], {"input": None}]}, 2, id="pick"),
        pytest.param({"pick": [[], {"call": 0}]}, "zero", id="pick of nothing is all of it"),
        pytest.param({"default": [["b", "c"], {"input": None}, 7]}, 2, id="default not needed"),
        pytest.param({"default": [["b", "z"], {"input": None}, 7]}, 7, id="default"),
        pytest.param({"default": [["z", "c"], {"input": None}, 7]}, 7, id="default on the way"),
        pytest.param({"default": [["z"], {"const": None}, 7]}, 7, id="default below null"),
        pytest.param({"default": [["z"], {"const": {"z": None}}, 7]}, None, id="null is there"),
        pytest.param({"part": ["b", {"input": None}]}, {"c": 2}, id="part"),
        pytest.param({"part": ["z", {"input": None}]}, None, id="no such part"),
        pytest.param({"part": ["z", {"call": 0}]}, "zero", id="part of a text"),
    ],
)
def test_an_expression_has_its_value(expression: dict[str, Any], value: Any) -> None:
    found = evaluate(expression, INPUT, dict(OUTPUTS), SHARED)

    assert found == value
    if isinstance(value, dict):
        assert list(found) == list(value)


def test_a_value_without_a_field_for_it_is_refused() -> None:
    with pytest.raises(UnplacedInputError):
        evaluate({"config": [{"call": 0}, {"e": 5}, None]}, INPUT, dict(OUTPUTS))


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ({"pick": [["z"], {"input": None}]}, "z is picked from a value that has no field 'z'"),
        ({"pick": [["b", "c", "d"], {"input": None}]}, "b.c.d is picked .* that is no object"),
        ({"default": [["a", "b"], {"input": None}, 1]}, "a.b is picked .* that is no object"),
    ],
)
def test_a_field_that_cannot_be_picked_is_refused(expression: dict[str, Any], message: str) -> None:
    with pytest.raises(FieldAbsentError, match=message):
        evaluate(expression, INPUT, dict(OUTPUTS))


def test_nothing_is_changed_by_evaluating() -> None:
    value = {"a": [1]}
    outputs = {0: {"b": [2]}}
    overlaid = {"overlay": [{"input": None}, {"call": 0}]}

    found = evaluate({"config": [overlaid, {"a": 3}, None]}, value, outputs)

    assert found == {"a": 3, "b": [2]}
    assert (value, outputs) == ({"a": [1]}, {0: {"b": [2]}})
    assert found["b"] is outputs[0]["b"]


def test_outputs_are_seen_as_they_come() -> None:
    valuation = Valuation(1, [{"object": [["x", {"call": 0}], ["y", {"call": 1}]]}])
    valuation.outputs[0] = "first"

    assert valuation.value({"call": 0}) == "first"
    valuation.outputs[1] = "second"
    assert valuation.value({"let": 0}) == {"x": "first", "y": "second"}
    assert valuation.value({"let": 0}) is valuation.value({"let": 0})


@pytest.mark.parametrize(
    ("expression", "needs"),
    [
        pytest.param({"input": None}, set(), id="input"),
        pytest.param({"const": {"call": 3}}, set(), id="const is no expression"),
        pytest.param({"call": 3}, {3}, id="call"),
        pytest.param({"let": 1}, {1}, id="let"),
        pytest.param({"object": [["x", {"call": 2}], ["y", {"let": 0}]]}, {1, 2}, id="object"),
        pytest.param({"field": ["x", {"call": 2}]}, {2}, id="field"),
        pytest.param({"overlay": [{"call": 2}, {"call": 4}]}, {2, 4}, id="overlay"),
        pytest.param({"list": [{"call": 2}, {"let": 1}]}, {1, 2}, id="list"),
        pytest.param({"pick": [["x"], {"call": 2}]}, {2}, id="pick"),
        pytest.param({"default": [["x"], {"call": 2}, {"call": 4}]}, {2}, id="default"),
        pytest.param({"part": ["x", {"call": 2}]}, {2}, id="part"),
        pytest.param({"config": [{"call": 2}, {"call": 4}, "call"]}, {2}, id="config"),
        pytest.param({"branch": [{"call": 2}, {"let": 0}, {"call": 4}]}, {1, 2, 4}, id="branch"),
    ],
)
def test_an_expression_needs_the_calls_that_it_is_made_of(
    expression: dict[str, Any], needs: set[int]
) -> None:
    assert direct_needs(expression, shared_needs(SHARED)) == needs


@pytest.mark.parametrize(
    ("predicate", "value"), [(True, "one"), (False, "other")], ids=["true", "false"]
)
def test_only_the_side_that_is_taken_is_looked_at(predicate: object, value: str) -> None:
    sides: dict[bool, dict[str, Any]] = {True: {"const": "one"}, False: {"const": "other"}}
    sides[not predicate] = {"call": 99}

    found = evaluate({"branch": [{"const": predicate}, sides[True], sides[False]]}, None, {})

    assert found == value


@pytest.mark.parametrize(
    ("value", "kind"),
    [(1, "a number"), (0.5, "a number"), ("true", "a text"), (None, "null"), ([], "a list"),
     ({}, "an object")],
    ids=repr,
)  # fmt: skip
def test_only_true_and_false_decide(value: object, kind: str) -> None:
    with pytest.raises(PredicateNotBooleanError, match=f"gave {kind},"):
        evaluate({"branch": [{"input": None}, {"const": 1}, {"const": 2}]}, value, {})
    with pytest.raises(PredicateNotBooleanError, match=f"gave {kind},"):
        Valuation(value).is_taken([({"input": None}, True)])


def test_behind_a_guard_that_does_not_hold_none_is_looked_at() -> None:
    yes, no, nothing = {"const": True}, {"const": False}, {"call": 99}

    assert Valuation(None).is_taken([(yes, True), (no, False)])
    assert not Valuation(None).is_taken([(yes, True), (no, True), (nothing, True)])
    assert Valuation(None).is_taken([])


def test_a_call_needs_what_decides_on_it() -> None:
    guards = [({"call": 5}, True), ({"let": 0}, False)]

    assert needs_of_call({"call": 2}, guards, shared_needs(SHARED)) == {1, 2, 5}
    assert needs_of_call({"call": 2}, (), ()) == {2}


@pytest.mark.parametrize(
    ("expression", "changed"),
    [
        ({"object": [["a", {"call": 1}]]}, {"object": [["a", 1]]}),
        ({"list": [{"call": 1}, {"let": 2}]}, {"list": [1, 2]}),
        ({"branch": [{"call": 1}, {"call": 2}, {"let": 3}]}, {"branch": [1, 2, 3]}),
        ({"overlay": [{"call": 1}, {"call": 2}]}, {"overlay": [1, 2]}),
        ({"config": [{"call": 1}, {"call": 2}, "n"]}, {"config": [1, {"call": 2}, "n"]}),
        ({"default": [["x"], {"call": 1}, {"call": 2}]}, {"default": [["x"], 1, {"call": 2}]}),
        ({"field": ["x", {"call": 1}]}, {"field": ["x", 1]}),
        ({"const": {"call": 1}}, {"const": {"call": 1}}),
        ({"input": None}, {"input": None}),
    ],
    ids=lambda given: next(iter(given)),
)  # fmt: skip
def test_what_stands_in_an_expression_can_be_changed(
    expression: dict[str, Any], changed: dict[str, Any]
) -> None:
    assert rebuilt(expression, lambda part: next(iter(part.values()))) == changed


def test_what_is_no_expression_is_refused() -> None:
    with pytest.raises(ValueError, match="no expression"):
        evaluate({"exec": "rm"}, None, {})
