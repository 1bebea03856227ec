"""Which type may flow where, and what is said when it may not."""

import pytest

from noether_nix.types.fits import Misfit, Within, fits, path_text
from noether_nix.types.model import NUMBER, TEXT
from noether_nix.types.text import parse_type


@pytest.mark.parametrize(
    ("produced", "expected"),
    [
        pytest.param("Any", "{ a: Number }", id="Any fits everything"),
        pytest.param("List<{ a: Any }>", "List<{ a: Text }>", id="also inside"),
        pytest.param("Stream<Text>", "Any", id="everything fits Any"),
        pytest.param("<T>", "Number", id="a variable fits everything"),
        pytest.param("Number", "<T>", id="everything fits a variable"),
        pytest.param("Text", "Null | Text", id="one of a union"),
        pytest.param("Null | Text", "Null | Number | Text", id="fewer of a union"),
        pytest.param("{ a: Text, b: Text }", "{ a: Text }", id="more fields"),
        pytest.param("{ a: { b: Text, c: Any } }", "{ a: { b: Null | Text } }", id="in depth"),
        pytest.param("{}", "{ a?: Text }", id="an optional field is absent"),
        pytest.param("{}", "{ a: Null | Text }", id="a field that may be null is absent"),
        pytest.param("{}", "{ a: Any }", id="a field of Any is absent"),
        pytest.param("{ a?: Text }", "{ a?: Text }", id="both optional"),
        pytest.param("{ a?: Text }", "{ a: Null | Text }", id="optional where null is admitted"),
        pytest.param("{ a: Text }", "{ a?: Null | Text }", id="required where it is optional"),
        pytest.param("{ a: Text, ...<R> }", "{ a: Text }", id="open into closed"),
        pytest.param("{ a: Text, b: Text }", "{ a: Text, ...<R> }", id="closed into open"),
        pytest.param("Map<Text, Number>", "Map<Text, Null | Number>", id="maps by value"),
        pytest.param("Map<Text & NonEmpty, Any>", "Map<Text, Any>", id="maps by key"),
        pytest.param("Number & Range(0..)", "Number", id="a refinement is dropped"),
        pytest.param("Number & Range(0..)", "Number & Range(0.0..)", id="equal refinements"),
        pytest.param("Text & NonEmpty & OneOf[1]", "Text & NonEmpty", id="the outer is dropped"),
        pytest.param("Text & NonEmpty & OneOf[1]", "Text & OneOf[1]", id="the inner is dropped"),
        pytest.param("(Null | Text) & NonEmpty", "Null | Text", id="a refined union into it"),
        pytest.param(
            "(Null | Text) & NonEmpty", "Null & NonEmpty | Text", id="a refined union, spread"
        ),
        pytest.param("Text & NonEmpty", "Null | Text & NonEmpty", id="refined, one of a union"),
        pytest.param(
            "{ k: Text } | { n: Number }", "{ k?: Text, n?: Number }", id="every record of a union"
        ),
    ],
)
def test_it_fits(produced: str, expected: str) -> None:
    assert fits(parse_type(produced), parse_type(expected)) is None


@pytest.mark.parametrize(
    ("produced", "expected", "sentence"),
    [
        pytest.param("Number", "Text", "Text is expected, but Number is produced", id="plain"),
        pytest.param("Text", "Bytes", "Bytes is expected, but Text is produced", id="bytes"),
        pytest.param(
            "{ records: List<{ name: Number }> }",
            "{ records: List<{ name: Text }> }",
            "at records[].name: Text is expected, but Number is produced",
            id="deep inside",
        ),
        pytest.param(
            "{}", "{ a: Text }", "at a: Text is expected, but the field is missing", id="missing"
        ),
        pytest.param(
            "{ a: { b?: Text } }",
            "{ a: { b: Text } }",
            "at a.b: Text is expected, but the field is optional in what is produced",
            id="optional where it is required",
        ),
        pytest.param(
            "{ a: Null | Text }",
            "{ a?: Text }",
            "at a: Text is expected, but Null | Text is produced, which may be Null",
            id="null where it is optional",
        ),
        pytest.param(
            '{ "odd name": { "": Text } }',
            '{ "odd name": { "": Null } }',
            'at "odd name"."": Null is expected, but Text is produced',
            id="odd names",
        ),
        pytest.param(
            "Null | Text",
            "Text",
            "Text is expected, but Null | Text is produced, which may be Null",
            id="part of a union",
        ),
        pytest.param(
            "Bool",
            "Number | Text",
            "Number | Text is expected, but Bool is produced",
            id="none of a union",
        ),
        pytest.param(
            "{ a: Bool }",
            "Null | { a: Text }",
            "at a: Text is expected, but Bool is produced",
            id="the variant that comes closest speaks",
        ),
        pytest.param(
            "{ a: Text } | { b: Text }",
            "{ a: Text }",
            "at a: Text is expected, but the field is missing",
            id="a record of a union",
        ),
        pytest.param(
            "Map<Number, Text>",
            "Map<Text, Text>",
            "at <key>: Text is expected, but Number is produced",
            id="a map's key",
        ),
        pytest.param(
            "Map<Text, List<Text>>",
            "Map<Text, List<Number>>",
            "at <value>[]: Number is expected, but Text is produced",
            id="a map's value",
        ),
        pytest.param(
            "Stream<Text>",
            "List<Text>",
            "List<Text> is expected, but Stream<Text> is produced",
            id="a stream is no list",
        ),
        pytest.param(
            "{ a: Text }",
            "Map<Text, Text>",
            "Map<Text, Text> is expected, but Record { a: Text } is produced",
            id="a record is no map",
        ),
        pytest.param(
            "Number",
            "Number & Range(0..)",
            "Number & Range(0..) is expected, but Number is produced",
            id="a refinement is not known to hold",
        ),
        pytest.param(
            "Number & Range(0..=100)",
            "Number & Range(0..=10)",
            "Number & Range(0..=10) is expected, but Number & Range(0..=100) is produced",
            id="a wider range",
        ),
        pytest.param(
            'Text & Pattern("a")',
            'Text & Pattern("a|b")',
            'Text & Pattern("a|b") is expected, but Text & Pattern("a") is produced',
            id="a pattern implies no other",
        ),
        pytest.param(
            "Text | Number",
            "(Text | Number) & NonEmpty",
            "(Number | Text) & NonEmpty is expected, but Number | Text is produced, "
            "which may be Number",
            id="a refined union",
        ),
        pytest.param(
            "Text & OneOf[1]",
            "Number & OneOf[1]",
            "Number is expected, but Text is produced",
            id="the base of a refinement",
        ),
    ],
)
def test_it_does_not_fit_and_says_why(produced: str, expected: str, sentence: str) -> None:
    misfit = fits(parse_type(produced), parse_type(expected))

    assert str(misfit) == sentence


def test_a_misfit_carries_its_facts() -> None:
    misfit = fits(parse_type("List<{ a: Number }>"), parse_type("List<{ a: Text }>"))

    assert misfit == Misfit((Within.ITEM, "a"), TEXT, NUMBER, "Number is produced")


def test_a_field_named_like_a_step_is_shown_in_quotes() -> None:
    assert path_text(("[]", Within.ITEM, "a")) == '"[]"[].a'


def test_a_type_of_few_values_fits_a_choice_that_has_them_all() -> None:
    assert fits(parse_type("Null"), parse_type("Any & OneOf[null]")) is None
    assert fits(parse_type("Bool"), parse_type("Any & OneOf[true, false, 3]")) is None
    assert fits(parse_type("Bool"), parse_type("Bool & OneOf[true]")) is not None
