"""JSON forms of types that are accepted although they are not the canonical one, and refusals."""

from typing import Any

import pytest

from noether_nix.errors import TypeSyntaxError
from noether_nix.inside.contract import encode
from noether_nix.types.document import type_from_document, type_to_document
from noether_nix.types.model import MAX_TYPE_DEPTH
from noether_nix.types.text import parse_type

TEXT = {"kind": "Text"}


@pytest.mark.parametrize(
    ("document", "text"),
    [
        pytest.param("Text", "Text", id="a word"),
        pytest.param({"List": "Text"}, "List<Text>", id="List"),
        pytest.param({"Stream": {"List": "Any"}}, "Stream<List<Any>>", id="Stream"),
        pytest.param({"Map": ["Text", "Bool"]}, "Map<Text, Bool>", id="Map"),
        pytest.param({"Record": [["b", "Text"], ["a", TEXT]]}, "{ a: Text, b: Text }", id="Record"),
        pytest.param({"Union": ["Text", "Null", "Text"]}, "Null | Text", id="Union"),
        pytest.param({"Union": ["Text"]}, "Text", id="a union of one"),
        pytest.param(
            {"kind": "Union", "value": [TEXT, {"Union": ["Number", "Null"]}]},
            "Null | Number | Text",
            id="a canonical union out of order",
        ),
        pytest.param(
            {
                "kind": "Record",
                "value": {"a": {"List": "Text"}, "b": "Text"},
                "optional": ["b", "a"],
            },
            "{ a?: List<Text>, b?: Text }",
            id="shorthand in a canonical record",
        ),
        pytest.param(
            {"kind": "RecordWith", "value": {"fields": {"a": "Text"}, "rest": "R"}, "optional": []},
            "{ a: Text, ...<R> }",
            id="shorthand in an open record",
        ),
        pytest.param(
            {
                "kind": "Refined",
                "value": {
                    "base": "Number",
                    "refinement": {"kind": "Range", "min": 1.0, "max": None},
                },
            },
            "Number & Range(1..)",
            id="shorthand in a refined type",
        ),
        pytest.param({"kind": "Var", "value": "Text"}, "<Text>", id="a variable named like a type"),
        pytest.param({"Var": "T"}, "<T>", id="a variable"),
        pytest.param({"List": {"Var": "Text"}}, "List<<Text>>", id="a variable in a list"),
        pytest.param(
            {"RecordWith": [[["a", "Text"], ["b", {"Var": "T"}, "optional"]], "R"]},
            "{ a: Text, b?: <T>, ...<R> }",
            id="an open record",
        ),
        pytest.param(
            {"Record": [["a", "Text", "optional"]]}, "{ a?: Text }", id="an optional field"
        ),
        pytest.param({"Refined": ["Text", "NonEmpty"]}, "Text & NonEmpty", id="a refined type"),
        pytest.param(
            {"Refined": ["Number", "Integer", {"Range": [0, None]}, {"OneOf": [1, 2]}]},
            "Number & Integer & Range(0..) & OneOf[1, 2]",
            id="refined several times",
        ),
        pytest.param(
            {"Refined": ["Text", {"MinLength": 1.0}, {"MaxLength": 9}, {"Pattern": "[a-z]*"}]},
            'Text & MinLength(1) & MaxLength(9) & Pattern("[a-z]*")',
            id="lengths and a pattern",
        ),
        pytest.param(
            {"Refined": ["Text", {"kind": "MinLength", "length": 1}]},
            "Text & MinLength(1)",
            id="the exact form of a refinement in shorthand",
        ),
    ],
)
def test_other_spellings_give_the_same_type(document: object, text: str) -> None:
    assert type_from_document(document) == parse_type(text)


def refined(refinement: Any) -> Any:
    return {"kind": "Refined", "value": {"base": "Number", "refinement": refinement}}


@pytest.mark.parametrize(
    ("document", "message", "hint"),
    [
        pytest.param(None, "a type is expected, not Null", "", id="null"),
        pytest.param([TEXT], "a type is expected, not a list of 1", "", id="a list"),
        pytest.param({}, "a type is expected, not an object with no keys", "", id="empty"),
        pytest.param(
            "String", "'String' is no kind of type", "did you mean Text?", id="another language"
        ),
        pytest.param(
            {"kind": "text"}, "at /kind: 'text' is no kind of type", "did you mean Text?", id="case"
        ),
        pytest.param(
            {"kind": "Lst", "value": TEXT},
            "at /kind: 'Lst' is no kind of type",
            "did you mean List?",
            id="a slip",
        ),
        pytest.param(
            {"kind": 1}, "at /kind: a kind is a text, not Number 1", "", id="a kind that is no text"
        ),
        pytest.param(
            {"kind": "Text", "value": None},
            "at /value: the key 'value' has no meaning here",
            "",
            id="a value too many",
        ),
        pytest.param({"kind": "List"}, "the key 'value' is missing", "", id="no item"),
        pytest.param(
            {"kind": "List", "value": "Text", "of": 1},
            "at /of: the key 'of' has no meaning here",
            "",
            id="an unknown key",
        ),
        pytest.param(
            {"kind": "List", "value": "Text", "optional": []},
            "at /optional: the key 'optional' has no meaning here",
            "",
            id="optional in a list",
        ),
        pytest.param(
            {"kind": "Map", "value": {"key": "Text"}},
            "at /value: the key 'value' is missing",
            "",
            id="half a map",
        ),
        pytest.param(
            {"kind": "Map", "value": ["Text", "Text"]},
            "at /value: an object is expected, not a list of 2",
            "",
            id="a map as a list",
        ),
        pytest.param(
            {"kind": "Record", "value": {"a/b": {"List": 1}}},
            "at /value/a~1b/List: a type is expected, not Number 1",
            "",
            id="deep inside",
        ),
        pytest.param(
            {"kind": "Record", "value": [["a", "Text"]]},
            "at /value: fields are an object of types, not a list of 1",
            "",
            id="fields as a list",
        ),
        pytest.param(
            {"kind": "Record", "value": {"a": "Text"}, "optional": ["b"]},
            'at /optional/0: Text "b" names no field of this record',
            "",
            id="optional without a field",
        ),
        pytest.param(
            {"kind": "Record", "value": {"a": "Text"}, "optional": ["a", "a"]},
            "at /optional/1: the field 'a' stands twice",
            "",
            id="optional twice",
        ),
        pytest.param(
            {"kind": "Record", "value": {}, "optional": "a"},
            'at /optional: the optional fields are a list of names, not Text "a"',
            "",
            id="optional as a text",
        ),
        pytest.param(
            {"kind": "RecordWith", "value": {"fields": {}}},
            "at /value: the key 'rest' is missing",
            "",
            id="no rest",
        ),
        pytest.param(
            {"kind": "RecordWith", "value": {"fields": {}, "rest": 1}},
            "at /value/rest: a variable is a name, not Number 1",
            "",
            id="a rest that is no name",
        ),
        pytest.param(
            {"kind": "Union", "value": []},
            "at /value: a Union has a list of at least one type",
            "",
            id="an empty union",
        ),
        pytest.param(
            {"Union": ["Text", "Txt"]},
            "at /Union/1: 'Txt' is no kind of type",
            "did you mean Text?",
            id="a variant",
        ),
        pytest.param(
            {"Map": ["Text"]},
            "at /Map: a Map has a list of two types, not a list of 1",
            "",
            id="half a map in short",
        ),
        pytest.param(
            {"Map": ["Text", 1]},
            "at /Map/value: a type is expected, not Number 1",
            "",
            id="a map's value in short",
        ),
        pytest.param(
            {"Record": {"a": "Text"}},
            'at /Record: a Record has a list of [name, type], not an object with "a"',
            "",
            id="a record in short as an object",
        ),
        pytest.param(
            {"Record": [["a", "Text"], ["a", "Text"]]},
            "at /Record/1: the field 'a' stands twice",
            "",
            id="a field twice",
        ),
        pytest.param(
            {"Record": [["a"]]},
            "at /Record/0: a field is a list of a name and a type, not a list of 1",
            'a field that may be absent is ["name", type, "optional"]',
            id="half a field",
        ),
        pytest.param(
            {"Vr": "T"},
            "at /Vr: 'Vr' is no kind of type",
            "did you mean Var?",
            id="no such shorthand",
        ),
        pytest.param(
            {"kind": "Var", "value": "a b"},
            'at /value: a variable is a name, not Text "a b"',
            "",
            id="a variable with a space",
        ),
        pytest.param(
            refined(None),
            "at /value/refinement: a refinement is an object with a kind, not Null",
            "",
            id="no refinement",
        ),
        pytest.param(
            refined({"kind": "Rnge"}),
            "at /value/refinement/kind: 'Rnge' is no kind of refinement",
            "did you mean Range?",
            id="an unknown refinement",
        ),
        pytest.param(
            {"Refined": ["Text"]},
            "at /Refined: a Refined has a list of a type and refinements, not a list of 1",
            "",
            id="a refined type without a refinement",
        ),
        pytest.param(
            {"Refined": ["Text", "Filled"]},
            "at /Refined/1: 'Filled' is no refinement",
            "known are Integer, MaxLength, MinLength, NonEmpty, OneOf, Pattern, Range",
            id="shorthand of no refinement",
        ),
        pytest.param(
            {"Refined": ["Text", {"Pattern": "[a"}]},
            "at /Refined/1/Pattern: the set [ is empty or not closed (character 1 of the pattern)",
            "",
            id="no pattern",
        ),
        pytest.param(
            {"Refined": ["Text", {"Range": [1]}]},
            "at /Refined/1/Range: a Range has a list of two bounds, not a list of 1",
            "null stands for no bound",
            id="half a range",
        ),
        pytest.param(
            {"RecordWith": [["a", "Text"]]},
            "at /RecordWith: a RecordWith has a list of fields and a variable, not a list of 1",
            "",
            id="an open record without a variable",
        ),
        pytest.param(
            {"Record": [["a", "Text", "maybe"]]},
            "at /Record/0: a field is a list of a name and a type, not a list of 3",
            'a field that may be absent is ["name", type, "optional"]',
            id="a field with another word",
        ),
        pytest.param(
            refined({"kind": "MinLength", "length": -1}),
            "at /value/refinement/length: a length is a whole number from 0 up, not -1",
            "",
            id="a length below 0",
        ),
        pytest.param(
            refined({"kind": "Range", "low": 1}),
            "at /value/refinement/low: the key 'low' has no meaning here",
            "",
            id="an unknown bound",
        ),
        pytest.param(
            refined({"kind": "Range", "min": "a"}),
            "at /value/refinement: 'a' is no number",
            "",
            id="a bound that is no number",
        ),
        pytest.param(
            refined({"kind": "Range", "min": 2, "max": 1}),
            "at /value/refinement: no number is between 2 and 1",
            "",
            id="an empty range",
        ),
        pytest.param(
            refined({"kind": "OneOf"}),
            "at /value/refinement: the key 'options' is missing",
            "",
            id="no options",
        ),
        pytest.param(
            refined({"kind": "OneOf", "options": "a"}),
            "at /value/refinement/options: the options of OneOf are a list",
            "",
            id="options that are no list",
        ),
        pytest.param(
            refined({"kind": "OneOf", "options": []}),
            "at /value/refinement/options: OneOf has at least one option",
            "",
            id="not one option",
        ),
        pytest.param(
            refined({"kind": "NonEmpty", "value": 1}),
            "at /value/refinement/value: the key 'value' has no meaning here",
            "",
            id="NonEmpty with a value",
        ),
    ],
)
def test_what_is_no_type_is_refused_with_its_place(
    document: object, message: str, hint: str
) -> None:
    with pytest.raises(TypeSyntaxError) as caught:
        type_from_document(document)

    assert caught.value.message == message
    assert caught.value.hint == hint


def test_places_begin_where_the_caller_says() -> None:
    with pytest.raises(TypeSyntaxError, match=r"^at /root/input/List: "):
        type_from_document({"List": 1}, place="/root/input")


def lists(count: int, innermost: object) -> object:
    for _ in range(count):
        innermost = {"kind": "List", "value": innermost}
    return innermost


def test_nesting_is_bounded_so_that_nothing_runs_out_of_stack() -> None:
    type_from_document(lists(MAX_TYPE_DEPTH - 1, "Text"))

    for count in (MAX_TYPE_DEPTH, 100_000):
        with pytest.raises(TypeSyntaxError, match="deeper than 64 levels"):
            type_from_document(lists(count, "Text"))


def test_the_deepest_type_is_still_a_value_that_can_be_written_down() -> None:
    option: object = 1
    for _ in range(16):
        option = [option]
    refinement = {"kind": "OneOf", "options": [option]}
    document: object = {"kind": "Refined", "value": {"base": "Text", "refinement": refinement}}
    for _ in range(MAX_TYPE_DEPTH - 2):
        document = {"kind": "RecordWith", "value": {"fields": {"a": document}, "rest": "R"}}

    whole = type_from_document(document)

    encode({"signature": {"input": type_to_document(whole)}})
