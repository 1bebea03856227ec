"""Where Any leaves a check with nothing to say."""

import pytest

from noether_nix.types.fits import path_text
from noether_nix.types.text import parse_type
from noether_nix.types.vacuous import places_of_any, unchecked


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Any", [""]),
        ("Text", []),
        ("{ a: Any, b: List<Any & NonEmpty>, c: Text }", ["a", "b[]"]),
        ("Map<Text, Any> | Null | Any", ["", "<value>"]),
    ],
)
def test_every_any_in_a_type_is_found(text: str, places: list[str]) -> None:
    assert [path_text(path) for path in places_of_any(parse_type(text))] == places


@pytest.mark.parametrize(
    ("produced", "expected", "places"),
    [
        ("Any", "Text", [""]),
        ("Any", "Any", []),
        ("Any", "<T>", []),
        ("Text", "Any", []),
        ("{ a: Any, b: Any }", "{ a: Text }", ["a"]),
        ("List<{ a: Any }>", "List<{ a: Text }> & NonEmpty", ["[].a"]),
        ("Map<Text, Any>", "Map<Text, Number>", ["<value>"]),
        ("Any | Text", "Number | Text", [""]),
        ("List<Any>", "List<Any> | List<Text>", []),
        ("List<Any>", "List<Number> | Text", ["[]"]),
        ("List<Any>", "Text", []),
    ],
)
def test_what_is_expected_of_any_is_unchecked(
    produced: str, expected: str, places: list[str]
) -> None:
    found = unchecked(parse_type(produced), parse_type(expected))

    assert [path_text(path) for path in found] == places


def test_no_more_places_are_told_than_are_read() -> None:
    fields = ", ".join(f"f{number}: Any" for number in range(99))

    assert len(places_of_any(parse_type(f"{{ {fields} }}"))) == 20
