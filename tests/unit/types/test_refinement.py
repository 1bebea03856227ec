"""Which refinements there are, and when two are one."""

import math

import pytest

from noether_nix.errors import TypeSyntaxError
from noether_nix.inside.contract import Json
from noether_nix.types.refinement import OneOf, Range, one_of


def test_bounds_and_options_that_json_calls_equal_are_one_refinement() -> None:
    assert repr(Range(1.0, 2.5)) == repr(Range(1, 2.5))
    assert one_of([1.0, {"b": 1, "a": 2.0}]) == one_of([1, {"a": 2, "b": 1}])


def test_options_tell_true_from_one_and_keep_their_order() -> None:
    assert one_of([True, 1, "1"]).values == (True, 1, "1")
    assert one_of([1, True]) != one_of([True, 1])


def test_an_option_counts_once() -> None:
    assert one_of(["a", "b", "a"]) == OneOf(('"a"', '"b"'))


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        pytest.param(2, 1, "no number is between 2 and 1", id="nothing between"),
        pytest.param(math.nan, None, "nan is no JSON number", id="NaN"),
        pytest.param(None, math.inf, "inf is no JSON number", id="an infinity"),
        pytest.param(2**53, None, "at most 9007199254740991", id="an integer beyond floats"),
        pytest.param(True, None, "True is no number", id="a Bool"),
    ],
)
def test_a_range_that_means_nothing_is_refused(
    low: float | None, high: float | None, words: str
) -> None:
    with pytest.raises(TypeSyntaxError, match=words):
        Range(low, high)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param([], "at least one option", id="none"),
        pytest.param([math.nan], "is no value: nan", id="NaN"),
        pytest.param([[-(2**53)]], "at most 9007199254740991", id="an integer beyond floats"),
        pytest.param(["\ud800"], "surrogate", id="a lone surrogate"),
        pytest.param([[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]], "deeper than 16", id="nested deeply"),
    ],
)
def test_options_that_no_id_can_be_made_from_are_refused(options: list[Json], words: str) -> None:
    with pytest.raises(TypeSyntaxError, match=words):
        one_of(options)
