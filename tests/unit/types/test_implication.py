"""Which refinements follow from others, and which do not."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from noether_nix.inside.contract import Json
from noether_nix.types.fits import fits
from noether_nix.types.implication import holds, implies
from noether_nix.types.model import ANY, RefinedType, TextType
from noether_nix.types.refinement import OneOf, Refinement
from noether_nix.types.text import parse_type
from tests.unit.types import reference
from tests.unit.types.strategies import json_values, kin, refinements


@pytest.mark.parametrize(
    ("known", "implied"),
    [
        pytest.param("Number & Range(1..=5)", "Number & Range(0..=10)", id="a narrower range"),
        pytest.param("Number & Range(1..=5)", "Number & Range(0..)", id="one bound"),
        pytest.param("Number & Range(1..) & Range(..=5)", "Number & Range(0..=9)", id="two ranges"),
        pytest.param("Number", "Number & Range(..)", id="no bounds at all"),
        pytest.param("Number & Integer & Range(0.5..)", "Number & Range(1..)", id="next integer"),
        pytest.param("Number & OneOf[1, 2]", "Number & OneOf[3, 2, 1]", id="fewer options"),
        pytest.param("Number & OneOf[1, 2]", "Number & Integer", id="integers as options"),
        pytest.param("Number & OneOf[1, 2.5] & Integer", "Number & OneOf[1]", id="options left"),
        pytest.param('Text & OneOf["a", "bc"]', 'Text & Pattern("[a-z]+")', id="matching options"),
        pytest.param('Text & OneOf["a", "bc"]', "Text & MaxLength(2)", id="short options"),
        pytest.param("Text & MinLength(3)", "Text & NonEmpty", id="a length above 0"),
        pytest.param("Text & NonEmpty", "Text & MinLength(1)", id="a length of 1"),
        pytest.param("Text", "Text & MinLength(0)", id="a length of 0"),
        pytest.param("List<Any> & MinLength(3)", "List<Any> & MinLength(2)", id="a lesser length"),
        pytest.param("Map<Text, Any> & MaxLength(3)", "Map<Text, Any> & MaxLength(4)", id="longer"),
        pytest.param('Text & Pattern("a+")', "Text & NonEmpty", id="a pattern of some characters"),
        pytest.param('Text & Pattern("a+")', 'Text & Pattern("a+")', id="the same pattern"),
    ],
)
def test_one_follows_from_the_other(known: str, implied: str) -> None:
    assert fits(parse_type(known), parse_type(implied)) is None


@pytest.mark.parametrize(
    ("known", "other"),
    [
        pytest.param("Number & Range(0..=10)", "Number & Range(1..=5)", id="a wider range"),
        pytest.param("Number & Range(0..)", "Number & Range(0..=5)", id="no upper bound"),
        pytest.param("Number & Range(1..=1)", "Text & Range(1..=1)", id="another base"),
        pytest.param("Number & OneOf[1, 3]", "Number & OneOf[1, 2]", id="another option"),
        pytest.param("Number & OneOf[1, 2.5]", "Number & Integer", id="an option with a fraction"),
        pytest.param("Text & MinLength(2)", "Text & MinLength(3)", id="a shorter one"),
        pytest.param("Text & MaxLength(2)", "Text & NonEmpty", id="at most"),
        pytest.param('Text & Pattern("a*")', "Text & NonEmpty", id="a pattern of nothing"),
        pytest.param('Text & Pattern("aa")', 'Text & Pattern("a+")', id="another pattern"),
        pytest.param("Number & Integer", "Number & Range(0..)", id="integers go below 0"),
    ],
)
def test_one_does_not_follow_from_the_other(known: str, other: str) -> None:
    assert fits(parse_type(known), parse_type(other)) is not None


@given(refinements.flatmap(lambda one: st.tuples(st.just(one), kin(one))), json_values)
def test_a_value_is_as_all_that_follows_says(
    pair: tuple[Refinement, Refinement], value: Json
) -> None:
    known, implied = pair
    assume(implies(RefinedType(ANY, known), implied))
    values = known.values if isinstance(known, OneOf) else (value,)

    for one in values:
        assert not reference.holds(known, one) or reference.holds(implied, one)


@given(refinements, json_values)
def test_a_refinement_holds_where_the_reference_says(one: Refinement, value: Json) -> None:
    assert holds(one, value) == reference.holds(one, value)


@given(refinements)
def test_every_refinement_implies_itself(one: Refinement) -> None:
    assert implies(RefinedType(TextType(), one), one)
