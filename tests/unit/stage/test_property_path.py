import json
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import StageInvalidError
from noether_nix.inside.contract import Json
from noether_nix.stage.property_path import (
    Absent,
    Declared,
    PropertyPath,
    Side,
    declared_at,
    parse_path,
)
from noether_nix.types.model import ANY, NUMBER, TEXT
from noether_nix.types.text import parse_type

steps = st.lists(
    st.text(st.characters(exclude_categories=["Cs"])) | st.integers(-(10**9) + 1, 10**9 - 1),
    max_size=8,
).map(tuple)
sides = cast("st.SearchStrategy[Side]", st.sampled_from(["input", "output"]))


@given(sides, steps)
def test_a_path_that_is_printed_reads_back(side: Side, path: tuple[str | int, ...]) -> None:
    one = PropertyPath(side, path)

    assert parse_path(str(one)) == one


def read(text: str) -> PropertyPath | StageInvalidError:
    try:
        return parse_path(text)
    except StageInvalidError as error:
        return error


@given(st.text())
def test_any_text_is_a_path_or_refused_with_a_form(text: str) -> None:
    for words in (text, f"output.{text}", f"input[{text}", f'output["{text}"]'):
        path = read(words)
        if isinstance(path, PropertyPath):
            assert parse_path(str(path)) == path
        else:
            assert path.hint


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("input", ()),
        ("output.a.b", ("a", "b")),
        ("output.rows[0].name", ("rows", 0, "name")),
        ("output[-1][2]", (-1, 2)),
        ('output["a.b"]["[0]"]', ("a.b", "[0]")),
        (r'output["a\"b\n"]', ('a"b\n',)),
        ("output.0", ("0",)),  # a key: so the ancestor meant it
        ("output.größe", ("größe",)),
    ],
)
def test_steps_are_keys_and_places(text: str, found: tuple[str | int, ...]) -> None:
    assert parse_path(text).steps == found


@pytest.mark.parametrize(
    "text",
    ["", ".", "ouput.a", "a.b", "output.", "output..a", "output[", "output[01]", "output[a]",
     "output[1e3]", "output[9999999999]", 'output["\\ud800"]', "output" + ".a" * 65],
)  # fmt: skip
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(StageInvalidError) as caught:
        parse_path(text)

    assert caught.value.problems[0].code == "property-invalid"
    assert caught.value.hint


def test_a_side_that_is_misspelt_is_corrected() -> None:
    with pytest.raises(StageInvalidError) as caught:
        parse_path("ouput.a")

    assert caught.value.hint == "did you mean output?"


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        ("output", 1, 1),
        ("output.a", {"a": None}, None),
        ("output[0]", [7], 7),
        ("output[-1]", [7, 8], 8),
        ("output.a", {}, "output.a"),
        ("output.a.b", {"a": 3}, "output.a.b"),
        ("output[1]", [7], "output[1]"),
        ("output[-2]", [7], "output[-2]"),
        ("output[0]", "text", "output[0]"),
        ("output[0].a", {"0": 1}, "output[0]"),
        ("output.0", [1], "output.0"),
    ],
)
def test_a_path_is_followed_as_far_as_it_goes(path: str, value: Json, found: Json) -> None:
    told = parse_path(path).find("the input", value)

    assert (told.where if isinstance(told, Absent) else told) == found


@given(st.recursive(st.none() | st.integers(), lambda inner: st.dictionaries(st.text(), inner)))
def test_everything_in_a_value_is_found_where_it_is(value: Json) -> None:
    pending: list[tuple[tuple[str, ...], Json]] = [((), value)]
    while pending:
        where, part = pending.pop()
        path = parse_path(str(PropertyPath("input", where)))
        found = path.find(value, None)
        assert json.dumps(found) == json.dumps(part)
        if isinstance(part, dict):
            pending += [((*where, key), below) for key, below in part.items()]


TYPES = (
    "{ rows: List<{ name: Text, note?: Number }>, any: Any, by: Map<Text, Number>, "
    "u: { a: Text } | Null }"
)


@pytest.mark.parametrize(
    ("path", "declared"),
    [
        ("output.rows[0].name", Declared(TEXT)),
        ("output.rows[5].note", Declared(NUMBER, may_be_absent=True)),
        ("output.any.what.ever[3]", Declared(ANY, may_be_absent=True)),
        ("output.by.key", Declared(NUMBER)),
        ("output.u.a", Declared(TEXT, may_be_absent=True)),
        ("output.rows.name", Declared(None, missing="output.rows.name")),
        ("output.row", Declared(None, missing="output.row", known=("any", "by", "rows", "u"))),
        ("output.by[0]", Declared(None, missing="output.by[0]")),
    ],
)
def test_the_types_say_what_stands_at_a_path(path: str, declared: Declared) -> None:
    assert declared_at(parse_path(path), TEXT, parse_type(TYPES)) == declared
