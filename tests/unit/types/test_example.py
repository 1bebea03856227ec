"""A value of a type to be pasted: small, and surely of the type."""

import json

import pytest
from hypothesis import given

from noether_nix.types.example import example_text
from noether_nix.types.model import Type
from noether_nix.types.text import parse_type
from noether_nix.types.validate import validator
from tests.unit.types.strategies import types


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("Text", '"words"'),
        ("Number", "1"),
        ("Bool", "true"),
        ("Null", "null"),
        ("Bytes", '"d29yZHM="'),
        ("List<Text>", '["words"]'),
        ("Map<Text, Number>", '{"words": 1}'),
        ("{ name: Text, age: Number, note?: Text }", '{"age": 1, "name": "words"}'),
        ('{ "größe": List<{ a: Bool }> }', '{"größe": [{"a": true}]}'),
        ("Null | Number", "1"),
        ("Number & Range(10..=20)", "10"),
        ("Number & Range(0.2..=0.4)", "0.2"),
        ("Number & Range(2..=900) & Integer", "2"),
        ('Text & OneOf["red", "green"]', '"red"'),
        ("Text & MinLength(8)", '"wordswor"'),
        ("Text & MaxLength(3)", '""'),
        ("List<Number> & NonEmpty", "[1]"),
        ("List<Number> & MinLength(2)", "[1, 1]"),
        ("Map<Text, Number> & MinLength(2)", '{"words": 1, "key0": 1}'),
        ('Text & Pattern("[0-9]+")', '"1"'),
        ('List<Text & Pattern("[0-9]{4}-[0-9]{2}-[0-9]{2}")>', '["2000-01-31"]'),
    ],
)
def test_an_example_is_what_one_would_type(written: str, text: str) -> None:
    assert example_text(parse_type(written)) == text


@pytest.mark.parametrize(
    "written",
    ["Stream<Text>", "{ a: Stream<Text> }", 'Text & Pattern("q{37}")', "Text & MinLength(1000000)"],
)
def test_where_none_is_found_there_is_none(written: str) -> None:
    assert example_text(parse_type(written)) is None


@given(types)
def test_an_example_has_the_type(whole: Type) -> None:
    text = example_text(whole)

    assert text is None or validator(whole)(json.loads(text)) is None
