"""Which values have which type, asked of the code that also runs in the sandbox."""

from typing import Any

import pytest

from noether_nix.inside.contract import Fault, Json, compile_type

Document = dict[str, Any]

ANY: Document = {"kind": "Any"}
BOOL: Document = {"kind": "Bool"}
NULL: Document = {"kind": "Null"}
NUMBER: Document = {"kind": "Number"}
TEXT: Document = {"kind": "Text"}


def list_of(item: Document) -> Document:
    return {"kind": "List", "value": item}


def map_of(value: Document, key: Document = TEXT) -> Document:
    return {"kind": "Map", "value": {"key": key, "value": value}}


def record(fields: Document, *optional: str) -> Document:
    return {
        "kind": "Record",
        "value": fields,
        **({"optional": list(optional)} if optional else {}),
    }


def open_record(fields: Document, *optional: str) -> Document:
    return {
        "kind": "RecordWith",
        "value": {"fields": fields, "rest": "R"},
        **({"optional": list(optional)} if optional else {}),
    }


def union(*variants: Document) -> Document:
    return {"kind": "Union", "value": list(variants)}


def refined(base: Document, **refinement: Any) -> Document:
    return {"kind": "Refined", "value": {"base": base, "refinement": refinement}}


LIMITED = refined(NUMBER, kind="Range", min=0, max=1.5)
CHOICE = refined(ANY, kind="OneOf", options=[1, "a", {"x": [1], "y": None}])
FILLED = refined(ANY, kind="NonEmpty")


@pytest.mark.parametrize(
    ("document", "value"),
    [
        pytest.param(ANY, None, id="Any null"),
        pytest.param(ANY, {"a": [1, "b"]}, id="Any"),
        pytest.param({"kind": "Var", "value": "T"}, {"a": 1}, id="a variable"),
        pytest.param(BOOL, False, id="Bool"),
        pytest.param({"kind": "Bytes"}, "aGk=", id="Bytes"),
        pytest.param(NULL, None, id="Null"),
        pytest.param(NUMBER, 1, id="a whole number"),
        pytest.param(NUMBER, 1.5, id="a float"),
        pytest.param(NUMBER, 10**100, id="a huge number"),
        pytest.param({"kind": "VNode"}, {"tag": "p"}, id="VNode"),
        pytest.param(list_of(NUMBER), [], id="an empty list"),
        pytest.param(list_of(NUMBER), [1, 2.5], id="a list"),
        pytest.param(map_of(NUMBER), {"x": 1, "": 2}, id="a map"),
        pytest.param(record({}), {"extra": 1}, id="fields that are not named"),
        pytest.param(record({"a": TEXT}), {"b": 1, "a": ""}, id="named ones and others"),
        pytest.param(record({"a": TEXT}, "a"), {}, id="an optional field is absent"),
        pytest.param(record({"a": union(NULL, TEXT)}), {}, id="a field that may be null is absent"),
        pytest.param(record({"a": ANY}), {}, id="a field of Any is absent"),
        pytest.param(record({"a": union(NULL, TEXT)}), {"a": None}, id="a field is null"),
        pytest.param(open_record({"a": TEXT}), {"a": "", "b": 1}, id="an open record"),
        pytest.param(open_record({"a": TEXT}, "a"), {"b": 1}, id="an open record with optional"),
        pytest.param(union(NUMBER, TEXT), "a", id="the second of a union"),
        pytest.param(union(list_of(NUMBER), list_of(TEXT)), ["a"], id="a union of lists"),
        pytest.param(LIMITED, 0, id="the lower bound"),
        pytest.param(LIMITED, 1.5, id="the upper bound"),
        pytest.param(refined(NUMBER, kind="Range"), -1e300, id="no bounds"),
        pytest.param(CHOICE, 1.0, id="an option as a float"),
        pytest.param(
            CHOICE, {"y": None, "x": [1.0]}, id="an option with its keys in another order"
        ),
        pytest.param(FILLED, "a", id="a text that is not empty"),
        pytest.param(FILLED, [None], id="a list that is not empty"),
        pytest.param(FILLED, {"": 1}, id="an object that is not empty"),
    ],
)
def test_a_value_of_the_type_passes(document: Document, value: Json) -> None:
    assert compile_type(document)(value) is None


@pytest.mark.parametrize(
    ("document", "value", "fault"),
    [
        pytest.param(BOOL, 1, Fault((), BOOL, "Number 1"), id="a number is no Bool"),
        pytest.param(NUMBER, True, Fault((), NUMBER, "Bool true"), id="a Bool is no number"),
        pytest.param(NUMBER, "1", Fault((), NUMBER, 'Text "1"'), id="a text is no number"),
        pytest.param(NULL, False, Fault((), NULL, "Bool false"), id="false is not null"),
        pytest.param(TEXT, None, Fault((), TEXT, "Null"), id="null is no text"),
        pytest.param(
            list_of(TEXT), {}, Fault((), list_of(TEXT), "an object with no keys"), id="no list"
        ),
        pytest.param(
            list_of(list_of(TEXT)), [[], ["a", 1]], Fault((1, 1), TEXT, "Number 1"), id="an item"
        ),
        pytest.param(
            map_of(NUMBER),
            {"a": 1, "b": "x"},
            Fault(("b",), NUMBER, 'Text "x"'),
            id="a map's value",
        ),
        pytest.param(
            map_of(ANY, refined(TEXT, kind="NonEmpty")),
            {"": 1},
            Fault(("",), refined(TEXT, kind="NonEmpty"), 'Text ""'),
            id="a map's key",
        ),
        pytest.param(
            record({"a": TEXT}), [], Fault((), record({"a": TEXT}), "a list of 0"), id="no record"
        ),
        pytest.param(record({"a": TEXT}), {}, Fault(("a",), TEXT, None), id="a field is missing"),
        pytest.param(
            record({"a": TEXT}, "a"),
            {"a": None},
            Fault(("a",), TEXT, "Null"),
            id="optional is not null",
        ),
        pytest.param(
            record({"b": TEXT, "a": TEXT}),
            {"b": 1, "a": 2},
            Fault(("a",), TEXT, "Number 2"),
            id="the first fault by name",
        ),
        pytest.param(
            open_record({"a": TEXT}),
            {"b": 1},
            Fault(("a",), TEXT, None),
            id="an open record's field",
        ),
        pytest.param(
            union(NUMBER, TEXT),
            [],
            Fault((), union(NUMBER, TEXT), "a list of 0"),
            id="none of a union",
        ),
        pytest.param(
            union(NULL, record({"a": TEXT, "b": TEXT})),
            {"a": ""},
            Fault(("b",), TEXT, None),
            id="the variant that went deepest speaks",
        ),
        pytest.param(LIMITED, 1.75, Fault((), LIMITED, "Number 1.75"), id="above the range"),
        pytest.param(LIMITED, -1, Fault((), LIMITED, "Number -1"), id="below the range"),
        pytest.param(LIMITED, "1", Fault((), NUMBER, 'Text "1"'), id="the base of a refinement"),
        pytest.param(
            refined(ANY, kind="Range"),
            True,
            Fault((), refined(ANY, kind="Range"), "Bool true"),
            id="a range holds numbers only",
        ),
        pytest.param(CHOICE, True, Fault((), CHOICE, "Bool true"), id="true is not 1"),
        pytest.param(FILLED, "", Fault((), FILLED, 'Text ""'), id="an empty text"),
        pytest.param(FILLED, 1, Fault((), FILLED, "Number 1"), id="a number is never filled"),
    ],
)
def test_a_value_of_another_type_is_refused_where_it_differs(
    document: Document, value: Json, fault: Fault
) -> None:
    assert compile_type(document)(value) == fault


def test_no_value_is_a_stream_and_the_fault_names_it() -> None:
    stream = {"kind": "Stream", "value": TEXT}

    assert compile_type(list_of(stream))([["a"]]) == Fault((0,), stream, "a list of 1")
    assert compile_type(list_of(stream))([]) is None


@pytest.mark.parametrize(
    ("document", "words"),
    [
        pytest.param({"kind": "Txt"}, "Txt", id="an unknown kind"),
        pytest.param({}, "None", id="no kind"),
        pytest.param(refined(TEXT, kind="Even"), "Even", id="an unknown refinement"),
    ],
)
def test_what_is_no_type_is_refused(document: Document, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        compile_type(document)


def test_a_fault_has_a_json_pointer() -> None:
    fault = compile_type(map_of(list_of(NUMBER)))({"a/b~c": [0, "x"]})

    assert fault is not None
    assert fault.pointer == "/a~1b~0c/1"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        pytest.param("x" * 100, f'Text "{"x" * 40}"…', id="a long text"),
        pytest.param("\u202e\n", 'Text "\\u202e\\n"', id="a text that does not print"),
        pytest.param(int("9" * 60), f"Number {'9' * 40}", id="a long number"),
        pytest.param(
            dict.fromkeys("abcdef"), 'an object with "a", "b", "c", "d", …', id="many keys"
        ),
    ],
)
def test_what_was_given_is_described_in_few_words(value: Json, words: str) -> None:
    fault = compile_type(NULL)(value)

    assert fault == Fault((), NULL, words)
