"""Types as JSON Schema and back: what a type means, its schema means."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import NoetherError, TypeSyntaxError, TypeUnsupportedError
from noether_nix.inside.contract import Json
from noether_nix.types.fits import fits
from noether_nix.types.json_schema import type_to_schema
from noether_nix.types.json_schema_pattern import anchored
from noether_nix.types.json_schema_reader import type_from_schema
from noether_nix.types.model import PLAIN_TYPES, RefinedType, StreamType, Type
from noether_nix.types.text import parse_type, render_type
from noether_nix.types.traversal import walk
from noether_nix.types.validate import validator
from tests.unit.types.schema_meaning import keeps_to
from tests.unit.types.strategies import closed_types, json_values, pairs, types, values_of


def schema_of(text: str) -> dict[str, Json]:
    found = type_to_schema(parse_type(text))
    assert found.pop("$schema") == "https://json-schema.org/draft/2020-12/schema"
    return found


# What is one keyword for a schema may be several types; these come back as they went.
SAME: list[tuple[str, dict[str, Any]]] = [
    ("Any", {}),
    ("Bytes", {"type": "string", "contentEncoding": "base64"}),
    ("VNode", {"type": "object", "x-noether": {"kind": "VNode"}}),
    ("<T>", {"x-noether": {"variable": "T"}}),
    ("Null | Text", {"type": ["null", "string"]}),
    ("List<Any> | Text", {"anyOf": [{"type": "array", "items": {}}, {"type": "string"}]}),
    ("Map<Text, Bool>", {"type": "object", "additionalProperties": {"type": "boolean"}}),
    (
        "Map<Text & NonEmpty, Any>",
        {
            "type": "object",
            "additionalProperties": {},
            "propertyNames": {"type": "string", "minLength": 1},
        },
    ),
    ("Record {}", {"type": "object", "properties": {}}),
    (
        "Record { a: Text, b?: Text, c: Null | Text, d?: Null | Text }",
        {
            "type": "object",
            "properties": {
                "a": {"type": "string"},
                "b": {"type": "string"},
                "c": {"type": ["null", "string"]},
                "d": {"type": ["null", "string"]},
            },
            "required": ["a"],
            "x-noether": {"optional": ["d"]},
        },
    ),
    (
        "Record { a: Text, ...<R> }",
        {
            "type": "object",
            "properties": {"a": {"type": "string"}},
            "required": ["a"],
            "x-noether": {"rest": "R"},
        },
    ),
    ("Number & Integer & Range(0..=9)", {"type": "integer", "minimum": 0, "maximum": 9}),
    ("Text & NonEmpty & MaxLength(9)", {"type": "string", "minLength": 1, "maxLength": 9}),
    ("List<Any> & MinLength(2)", {"type": "array", "items": {}, "minItems": 2}),
    ('Text & Pattern("[a-z]+|b")', {"type": "string", "pattern": "^(?:[a-z]+|b)$"}),
    ('Text & OneOf["a", "b"]', {"type": "string", "enum": ["a", "b"]}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "schema"), SAME, ids=[text for text, _ in SAME])
def test_a_type_has_this_schema_and_comes_back_from_it(text: str, schema: dict[str, Json]) -> None:
    found = type_from_schema(schema)

    assert schema_of(text) == schema
    assert (render_type(found.type), found.left_out) == (text, ())


@pytest.mark.parametrize("name", PLAIN_TYPES)
def test_every_plain_type_comes_back(name: str) -> None:
    assert type_from_schema(schema_of(name)).type == PLAIN_TYPES[name]


@pytest.mark.parametrize(
    ("schema", "text", "told"),
    [
        pytest.param(True, "Any", [], id="true"),
        pytest.param({"type": "object"}, "Map<Text, Any>", [], id="any object"),
        pytest.param({"enum": ["a", 1]}, '(Number | Text) & OneOf["a", 1]', [], id="enum alone"),
        pytest.param({"const": None}, "Null", [], id="null"),
        pytest.param({"const": {"a": 1}}, 'Any & OneOf[{"a":1}]', [], id="const of an object"),
        pytest.param(
            {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 9},
            "Number & Integer & Range(1..) & Range(..=8)",
            [],
            id="exclusive bounds of integers",
        ),
        pytest.param(
            {"type": "number", "exclusiveMinimum": 0},
            "Number & Range(0..)",
            ["at /exclusiveMinimum: taken as inclusive, as a Range is"],
            id="an exclusive bound",
        ),
        pytest.param(
            {"$ref": "#/$defs/a/b", "$defs": {"a/b": True, "a": {"b": {"type": "null"}}}},
            "Null",
            [],
            id="a reference",
        ),
        pytest.param(
            {"allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"type": "string"}}, "minLength": 2},
            "Text & MinLength(2)",
            ["at /: without 'type' other kinds of value pass too; taken for string"],
            id="all of several",
        ),
        pytest.param(
            {
                "type": "object",
                "properties": {"a": {"type": "string"}},
                "required": ["b"],
                "additionalProperties": False,
            },
            "Record { a?: Text, b: Any }",
            [
                "at /additionalProperties: a record may have other fields too",
                "at /required: 'b' may be null, so a value may lack it",
            ],
            id="required and closed",
        ),
        pytest.param(
            {"oneOf": [{"type": "string"}, {"type": "null"}], "if": {}, "title": "T", "x-mine": 1},
            "Null | Text",
            ["at /if: 'if' is not taken over", "at /oneOf: 'oneOf' is taken as 'anyOf'"],
            id="what types do not have",
        ),
    ],
)
def test_a_schema_of_another_is_read(schema: Any, text: str, told: list[str]) -> None:
    found = type_from_schema(schema)

    assert render_type(found.type) == text
    assert list(found.left_out) == told


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        pytest.param(False, "no value is of this schema", id="false"),
        pytest.param([], "a schema is an object, not a list of 0", id="a list"),
        pytest.param({"type": "txt"}, 'at /type: Text "txt" is no type of JSON Schema', id="type"),
        pytest.param({"type": []}, "at /type: Null is no type", id="no type at all"),
        pytest.param(
            {"type": [["null"]]}, "at /type: a list of 1 is no type", id="a list of lists"
        ),
        pytest.param({"anyOf": []}, "at /anyOf: a list of schemas", id="any of nothing"),
        pytest.param({"items": 1}, "at /items: a schema is an object", id="items"),
        pytest.param({"enum": []}, "at /enum: a list of values", id="no options"),
        pytest.param({"pattern": "(?=a)"}, "at /pattern: ", id="a pattern that looks ahead"),
        pytest.param({"minLength": -1}, "at /minLength: a length is", id="a length below 0"),
        pytest.param({"minLength": True}, "True is no number", id="a length that is no number"),
        pytest.param({"exclusiveMinimum": True}, "True is no number", id="a bound"),
        pytest.param({"minimum": "a"}, "'a' is no number", id="a bound that is a text"),
        pytest.param({"$ref": "#"}, "a type does not contain itself", id="itself"),
        pytest.param({"$ref": "#/$defs/a"}, "leads nowhere", id="nowhere"),
        pytest.param({"$ref": "https://example.org"}, "only a reference into", id="elsewhere"),
        pytest.param({"$ref": 1}, "only a reference into", id="no reference"),
        pytest.param(
            {"allOf": [{"type": "string"}, {"type": "null"}]}, "no value keeps to", id="nothing"
        ),
        pytest.param({"required": [1]}, "a name is expected", id="required"),
        pytest.param({"properties": [], "type": "object"}, "properties are an object", id="props"),
        pytest.param({"x-noether": 1}, "nothing of ours", id="not ours"),
    ],
)
def test_what_is_no_schema_of_a_type_is_refused(schema: Any, words: str) -> None:
    with pytest.raises(TypeSyntaxError, match=re.escape(words)):
        type_from_schema(schema)


def test_a_schema_that_doubles_is_refused_in_time() -> None:
    defs: dict[str, Json] = {"a0": {"type": "null"}}
    for number in range(40):
        one: Json = {"$ref": f"#/$defs/a{number}"}
        defs[f"a{number + 1}"] = {"properties": {"l": one, "r": one}}

    with pytest.raises(TypeSyntaxError, match="too large or too deep"):
        type_from_schema({"$ref": "#/$defs/a40", "$defs": defs})


def test_a_stream_has_no_schema() -> None:
    with pytest.raises(TypeUnsupportedError, match="no value has the type Stream<Text>"):
        type_to_schema(parse_type("List<Stream<Text>>"))


@pytest.mark.parametrize(
    ("pattern", "whole"),
    [
        ("a", r"[\s\S]*a[\s\S]*"),
        ("^a$", "a"),
        ("^(a|b)$", "(a|b)"),
        ("^(?:a|b)$", "a|b"),
        ("^(?:a)(?:b)$", "(?:a)(?:b)"),
        ("^a|b$", r"a[\s\S]*|[\s\S]*b"),
        (r"^a\$", r"a\$[\s\S]*"),
        (r"[|^$]\|", r"[\s\S]*[|^$]\|[\s\S]*"),
        ("", r"[\s\S]*[\s\S]*"),
    ],
)
def test_a_pattern_anywhere_is_a_pattern_of_the_whole(pattern: str, whole: str) -> None:
    assert anchored(pattern) == whole


@given(pairs(closed_types), st.data())
def test_a_value_is_of_a_type_when_it_keeps_to_its_schema(
    pair: tuple[Type, Type], data: st.DataObject
) -> None:
    made_for, whole = pair
    value = data.draw(values_of(made_for) | json_values)

    assert keeps_to(value, type_to_schema(whole)) == (validator(whole)(value) is None)


@given(types)
def test_a_type_means_what_it_meant_after_going_to_a_schema_and_back(whole: Type) -> None:
    if any(isinstance(inner, StreamType) for inner in walk(whole)):
        return
    try:
        found = type_from_schema(json.loads(json.dumps(type_to_schema(whole))))
    except TypeSyntaxError:
        # A refinement that holds of no value of its base: a schema of nothing.
        assert any(isinstance(inner, RefinedType) for inner in walk(whole))
        return

    assert fits(found.type, whole) is None
    assert fits(whole, found.type) is None


@given(closed_types)
def test_what_has_values_comes_back(whole: Type) -> None:
    found = type_from_schema(type_to_schema(whole))

    assert (fits(found.type, whole), fits(whole, found.type)) == (None, None)


_KEYS = ["type", "items", "properties", "required", "anyOf", "allOf", "enum", "$ref", "pattern"]
_WORDS = ["string", "object", "array", "#", "#/items", "^a$", 0, 1, -1, True, None]


@given(
    st.recursive(
        st.sampled_from(_WORDS) | json_values,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from([*_KEYS, "minLength", "minimum", "a"]), inner, max_size=4
            )
        ),
        max_leaves=10,
    )
)
def test_any_json_is_a_schema_or_refused_with_our_own_error(document: Any) -> None:
    try:
        found = type_from_schema(document)
    except NoetherError:
        return
    assert parse_type(render_type(found.type)) == found.type
