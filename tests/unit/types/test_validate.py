"""What is said of a value that does not have its type."""

import pytest

from noether_nix.errors import TypeUnsupportedError
from noether_nix.inside.contract import Json
from noether_nix.types.model import NUMBER
from noether_nix.types.text import parse_type
from noether_nix.types.validate import Mismatch, validator


def test_a_value_of_the_type_passes() -> None:
    validate = validator(parse_type("{ records: List<{ name: Text, note?: Text }> }"))

    assert validate({"records": [{"name": "a"}, {"name": "b", "note": "", "more": 1}]}) is None


@pytest.mark.parametrize(
    ("text", "value", "sentence"),
    [
        pytest.param("Text", 1, "Text is expected, but Number 1 is given", id="the whole"),
        pytest.param(
            "{ zones: List<{ name: Text }> }",
            {"zones": [{"name": "a"}, {"name": None}]},
            "at /zones/1/name: Text is expected, but Null is given",
            id="a field of an item",
        ),
        pytest.param(
            "{ a: Text }", {}, "at /a: Text is expected, but the field is missing", id="missing"
        ),
        pytest.param(
            "Map<Text, Bool>",
            {"a/b~c": 0},
            "at /a~1b~0c: Bool is expected, but Number 0 is given",
            id="an odd key",
        ),
        pytest.param(
            "Number & Range(0..=9)",
            10,
            "Number & Range(0..=9) is expected, but Number 10 is given",
            id="a refinement",
        ),
        pytest.param(
            "Null | Text",
            [],
            "Null | Text is expected, but a list of 0 is given",
            id="none of a union",
        ),
        pytest.param(
            "{ a?: Text, ...<R> }",
            {"a": 1},
            "at /a: Text is expected, but Number 1 is given",
            id="an optional field of an open record",
        ),
    ],
)
def test_a_value_of_another_type_is_refused_in_a_sentence(
    text: str, value: Json, sentence: str
) -> None:
    assert str(validator(parse_type(text))(value)) == sentence


def test_a_mismatch_carries_its_facts() -> None:
    assert validator(parse_type("List<Number>"))([1, "x"]) == Mismatch("/1", NUMBER, 'Text "x"')


@pytest.mark.parametrize("text", ["Stream<Text>", "{ a: Map<Text, Null | Stream<Text>> }"])
def test_a_stream_anywhere_is_refused_by_name(text: str) -> None:
    with pytest.raises(TypeUnsupportedError, match="no value has the type Stream<Text>") as caught:
        validator(parse_type(text))

    assert "List" in caught.value.hint


def test_a_type_is_compiled_once() -> None:
    assert validator(parse_type("{ a: Text }")) is validator(parse_type("Record { a: Text }"))
