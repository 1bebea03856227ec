"""The type that is read off a value."""

import pytest

from noether_nix.inside.contract import MAX_DEPTH, Json
from noether_nix.types.infer import infer_type
from noether_nix.types.text import parse_type, render_type


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(None, "Null", id="null"),
        pytest.param(True, "Bool", id="a Bool"),
        pytest.param(1, "Number", id="a whole number"),
        pytest.param(0.5, "Number", id="a float"),
        pytest.param("", "Text", id="a text"),
        pytest.param([], "List<Any>", id="an empty list"),
        pytest.param([1, None, 2], "List<Null | Number>", id="a mixed list"),
        pytest.param([True, 1], "List<Bool | Number>", id="true beside 1"),
        pytest.param({}, "Record {}", id="an empty object"),
        pytest.param({"b": 1, "a": []}, "Record { a: List<Any>, b: Number }", id="an object"),
        pytest.param(
            [{"a": 1}, {"a": "x", "b": True}],
            "List<Record { a: Number | Text, b?: Bool }>",
            id="objects in a list become one record",
        ),
        pytest.param([[], [1], [[]]], "List<List<List<Any> | Number>>", id="lists in a list too"),
        pytest.param(
            [{"a": None}, {}], "List<Record { a?: Null }>", id="a field that is null or absent"
        ),
    ],
)
def test_a_value_has_one_inferred_type(value: Json, text: str) -> None:
    assert render_type(infer_type(value)) == text


@pytest.mark.parametrize(
    ("value", "hint", "text"),
    [
        pytest.param("aGk=", "Bytes", "Bytes", id="Bytes"),
        pytest.param({"a": 1, "b": None}, "Map<Text, Any>", "Map<Text, Null | Number>", id="Map"),
        pytest.param({}, "Map<Text, Number>", "Map<Text, Any>", id="an empty Map"),
        pytest.param({"tag": "p"}, "VNode", "VNode", id="VNode"),
        pytest.param(["aGk="], "List<Bytes>", "List<Bytes>", id="in a list"),
        pytest.param(
            {"a": {}}, "{ a: Map<Text, Any> }", "Record { a: Map<Text, Any> }", id="field"
        ),
        pytest.param({}, "Null | Map<Text, Any>", "Map<Text, Any>", id="the one besides Null"),
        pytest.param({}, "Map<Text, Any> | VNode", "Record {}", id="several tell nothing"),
        pytest.param("a", "Bytes & NonEmpty", "Bytes", id="beneath a refinement"),
        pytest.param("a", "<T>", "Text", id="a variable tells nothing"),
        pytest.param(1, "Bytes", "Number", id="a hint that does not fit is left"),
    ],
)
def test_a_hint_decides_what_a_value_cannot_tell(value: Json, hint: str, text: str) -> None:
    assert render_type(infer_type(value, hint=parse_type(hint))) == text


def test_what_is_nested_deeper_than_types_can_be_is_any() -> None:
    value: Json = None
    for _ in range(MAX_DEPTH):
        value = [value]

    text = render_type(infer_type(value))

    assert "List<Any>" in text
    assert infer_type([value, [value]]) == parse_type(render_type(infer_type([value, [value]])))
