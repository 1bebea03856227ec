"""The text and the JSON form of each kind of type, side by side."""

from typing import Any

import pytest

from noether_nix.types.document import type_from_document, type_to_document
from noether_nix.types.model import PLAIN_TYPES
from noether_nix.types.text import parse_type, render_type

TEXT = {"kind": "Text"}
NUMBER = {"kind": "Number"}
NULL = {"kind": "Null"}

GOLDEN = [
    *(pytest.param(k, {"kind": k}, id=k) for k in PLAIN_TYPES),
    pytest.param("List<Text>", {"kind": "List", "value": TEXT}, id="List"),
    pytest.param("Stream<Text>", {"kind": "Stream", "value": TEXT}, id="Stream"),
    pytest.param(
        "Map<Text, Number>", {"kind": "Map", "value": {"key": TEXT, "value": NUMBER}}, id="Map"
    ),
    pytest.param("Record {}", {"kind": "Record", "value": {}}, id="empty record"),
    pytest.param(
        "Record { a: Text, b: Number }",
        {"kind": "Record", "value": {"a": TEXT, "b": NUMBER}},
        id="record",
    ),
    pytest.param(
        "Record { id: Number, note?: Text, tag?: Null | Text }",
        {
            "kind": "Record",
            "value": {"id": NUMBER, "note": TEXT, "tag": {"kind": "Union", "value": [NULL, TEXT]}},
            "optional": ["note", "tag"],
        },
        id="optional fields",
    ),
    pytest.param(
        'Record { "": Text, "a b": Text, "é": Text, "\\u202e\\n": Text }',
        {"kind": "Record", "value": {"": TEXT, "a b": TEXT, "é": TEXT, "\u202e\n": TEXT}},
        id="names that are no identifiers",
    ),
    pytest.param("Number | Text", {"kind": "Union", "value": [NUMBER, TEXT]}, id="Union"),
    pytest.param("<T>", {"kind": "Var", "value": "T"}, id="Var"),
    pytest.param(
        "Record { a: Text, ...<R> }",
        {"kind": "RecordWith", "value": {"fields": {"a": TEXT}, "rest": "R"}},
        id="RecordWith",
    ),
    pytest.param(
        "Record { ...<R> }",
        {"kind": "RecordWith", "value": {"fields": {}, "rest": "R"}},
        id="RecordWith no fields",
    ),
    pytest.param(
        "Record { a?: Text, ...<R> }",
        {
            "kind": "RecordWith",
            "value": {"fields": {"a": TEXT}, "rest": "R"},
            "optional": ["a"],
        },
        id="RecordWith optional",
    ),
    *(
        pytest.param(
            f"Number & {text}",
            {"kind": "Refined", "value": {"base": NUMBER, "refinement": refinement}},
            id=text,
        )
        for text, refinement in (
            ("Range(0..=100)", {"kind": "Range", "min": 0, "max": 100}),
            ("Range(-1.5..)", {"kind": "Range", "min": -1.5}),
            ("Range(..=1e+300)", {"kind": "Range", "max": 1e300}),
            ("Range(..)", {"kind": "Range"}),
            (
                'OneOf["a", 1, null, {"x":[true]}]',
                {"kind": "OneOf", "options": ["a", 1, None, {"x": [True]}]},
            ),
            ("NonEmpty", {"kind": "NonEmpty"}),
            ("Integer", {"kind": "Integer"}),
            ("MinLength(3)", {"kind": "MinLength", "length": 3}),
            ("MaxLength(0)", {"kind": "MaxLength", "length": 0}),
            ('Pattern("\\\\d+é\\"")', {"kind": "Pattern", "pattern": '\\d+é"'}),
        )
    ),
    pytest.param(
        "(Null | Text) & NonEmpty & OneOf[1]",
        {
            "kind": "Refined",
            "value": {
                "base": {
                    "kind": "Refined",
                    "value": {
                        "base": {"kind": "Union", "value": [NULL, TEXT]},
                        "refinement": {"kind": "NonEmpty"},
                    },
                },
                "refinement": {"kind": "OneOf", "options": [1]},
            },
        },
        id="refined union, twice",
    ),
    pytest.param(
        "Null | Text & NonEmpty",
        {
            "kind": "Union",
            "value": [
                NULL,
                {"kind": "Refined", "value": {"base": TEXT, "refinement": {"kind": "NonEmpty"}}},
            ],
        },
        id="union of a refined type",
    ),
    pytest.param(
        "List<Null | Record { a: Map<Text, List<<T>>> }>",
        {
            "kind": "List",
            "value": {
                "kind": "Union",
                "value": [
                    NULL,
                    {
                        "kind": "Record",
                        "value": {
                            "a": {
                                "kind": "Map",
                                "value": {
                                    "key": TEXT,
                                    "value": {
                                        "kind": "List",
                                        "value": {"kind": "Var", "value": "T"},
                                    },
                                },
                            }
                        },
                    },
                ],
            },
        },
        id="nested",
    ),
]


@pytest.mark.parametrize(("text", "document"), GOLDEN)
def test_text_and_json_say_the_same(text: str, document: dict[str, Any]) -> None:
    whole = parse_type(text)

    assert type_to_document(whole) == document
    assert type_from_document(document) == whole
    assert render_type(whole) == text


def test_the_json_form_lists_fields_and_optional_names_in_order() -> None:
    document = type_to_document(parse_type("{ b?: Text, c: Text, a?: Text }"))

    assert list(document) == ["kind", "value", "optional"]
    assert repr(document["value"]) == repr({"a": TEXT, "b": TEXT, "c": TEXT})
    assert document["optional"] == ["a", "b"]
