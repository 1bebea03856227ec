"""What satisfies two demands at once."""

import pytest

from noether_nix.types.meet import meet
from noether_nix.types.text import parse_type, render_type


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        pytest.param("Text", "Text", "Text", id="the same"),
        pytest.param("Any", "List<Any>", "List<Any>", id="Any demands nothing"),
        pytest.param("<T>", "Number", "Number", id="a variable demands nothing"),
        pytest.param("{ a: Text }", "{ b: Number }", "Record { a: Text, b: Number }", id="fields"),
        pytest.param(
            "{ a: Null | Text }", "{ a: Number | Text }", "Record { a: Text }", id="a shared field"
        ),
        pytest.param("{ a?: Text }", "{ a: Any }", "Record { a?: Text }", id="absent for both"),
        pytest.param("{ a?: Text }", "{ a: Text }", "Record { a: Text }", id="required by one"),
        pytest.param(
            "{ a?: Null | Text }", "{ a: Null }", "Record { a: Null }", id="null says optional too"
        ),
        pytest.param(
            "{ a?: Text, b: Bool }",
            "{ a?: Number }",
            "Record { b: Bool }",
            id="optional for both, with nothing in common",
        ),
        pytest.param(
            "{ a: { b: Text } }",
            "{ a: { c: Text } }",
            "Record { a: Record { b: Text, c: Text } }",
            id="records in records",
        ),
        pytest.param(
            "{ a: Text, ...<R> }", "{ b: Text }", "Record { a: Text, b: Text, ...<R> }", id="open"
        ),
        pytest.param("Null | Text", "Text", "Text", id="a union and one of it"),
        pytest.param("Bool | Null | Text", "Null | Number | Text", "Null | Text", id="unions"),
        pytest.param(
            "List<{ a: Text }>",
            "List<{ b: Text }>",
            "List<Record { a: Text, b: Text }>",
            id="lists",
        ),
        pytest.param("Stream<Any>", "Stream<Text>", "Stream<Text>", id="streams"),
        pytest.param(
            "Map<Text, Any>", "Map<Text & NonEmpty, Bool>", "Map<Text & NonEmpty, Bool>", id="maps"
        ),
        pytest.param(
            "Number & Range(0..)", "Null | Number", "Number & Range(0..)", id="a refinement stays"
        ),
        pytest.param(
            "Number & Range(0..)",
            "Number & Range(..=9)",
            "Number & Range(..=9) & Range(0..)",
            id="two refinements",
        ),
        pytest.param(
            "Text & NonEmpty", "Text & NonEmpty", "Text & NonEmpty", id="the same refinement"
        ),
        pytest.param(
            "(Null | Text) & NonEmpty",
            "Text & NonEmpty",
            "Text & NonEmpty",
            id="the same refinement of different types",
        ),
        pytest.param("Text", "Number", None, id="nothing in common"),
        pytest.param("{ a: Text }", "{ a: Number }", None, id="a field with nothing in common"),
        pytest.param("{ a: Text }", "{ a?: Number }", None, id="one of them requires it"),
        pytest.param("List<Text>", "List<Number>", None, id="items with nothing in common"),
        pytest.param("{ a: Text }", "Map<Text, Text>", None, id="a record and a map"),
        pytest.param("List<Text>", "Stream<Text>", None, id="a list and a stream"),
        pytest.param("Null | Text", "Bool | Number", None, id="unions with nothing in common"),
    ],
)
def test_the_meet_of_two_types(first: str, second: str, both: str | None) -> None:
    found = meet(parse_type(first), parse_type(second))

    assert (found and render_type(found)) == both
