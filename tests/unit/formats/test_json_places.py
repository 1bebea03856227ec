import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import FormatError
from noether_nix.formats import json_pointer
from noether_nix.formats.json_places import find_duplicate_keys, find_lines

TEXT = """\
{
  "version": "1", "ui": {},
  "root": {
    "op": "Sequential",
    "stages":
    [
      {"op": "Stage", "id": "a \\" [b"},

      {"op": "Const",
       "value": [1, -2.5e3,
          null]},
      []
    ],
    "a/b": 1, "m~n": 2, "\\u0065\\n": 3
  }
}
"""


@pytest.mark.parametrize(
    ("pointer", "line"),
    [
        pytest.param("", 1, id="the document"),
        pytest.param("/ui", 2, id="second in its line"),
        pytest.param("/root", 3, id="an object"),
        pytest.param("/root/stages", 5, id="a key before its value"),
        pytest.param("/root/stages/0", 7, id="the first item"),
        pytest.param("/root/stages/0/id", 7, id="a key beside it"),
        pytest.param("/root/stages/1", 9, id="an item behind an empty line"),
        pytest.param("/root/stages/1/value/2", 11, id="an item of an item"),
        pytest.param("/root/stages/2", 12, id="behind a nested list"),
        pytest.param("/root/a~1b", 14, id="a slash in a key"),
        pytest.param("/root/m~0n", 14, id="a tilde in a key"),
        pytest.param("/root/e\n", 14, id="escapes in a key"),
    ],
)
def test_a_place_is_the_line_on_which_it_begins(pointer: str, line: int) -> None:
    assert find_lines(TEXT, [pointer]) == {pointer: line}
    assert find_lines(TEXT.encode(), [pointer]) == {pointer: line}


def test_what_is_not_there_is_not_found() -> None:
    pointers = ["/roof", "/root/stages/3", "/root/stages/00", "/root/op/x", "/ui/a"]

    assert find_lines(TEXT, pointers) == {}


def test_of_equal_keys_the_last_counts_as_in_python() -> None:
    assert find_lines('{"a": 1,\n"a": 2}', ["/a"]) == {"/a": 2}


def test_foreign_line_ends_and_a_byte_order_mark_do_not_confuse() -> None:
    text = "\ufeff" + '{\r\n"a": [\r\n1]}'

    assert find_lines(text.encode(), ["/a/0"]) == {"/a/0": 3}


def test_a_pointer_that_is_none_is_refused() -> None:
    with pytest.raises(FormatError):
        find_lines(TEXT, ["root"])


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "]",
        "}",
        ",",
        '"',
        '"\\',
        "nul",
        "1 2",
        '{"b" 1}',
        '{"b": }',
        "{b: 1}",
        '{"\\x": 1}',
        "\0",
    ],
)
def test_what_stands_before_the_damage_is_found(damage: str) -> None:
    found = find_lines('[\n1,\n{"a": 0},\n' + damage, ["/0", "/1/a", "/2/b/c"])

    assert found == {"/0": 2, "/1/a": 3}


def walk(document: object, tokens: tuple[str | int, ...] = ()) -> Iterator[str]:
    yield json_pointer.join(tokens)
    if isinstance(document, dict):
        for key, value in document.items():
            yield from walk(value, (*tokens, key))
    elif isinstance(document, list):
        for index, value in enumerate(document):
            yield from walk(value, (*tokens, index))


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4)
    ),
)


@given(documents, st.booleans())
def test_everything_in_any_document_has_its_own_line(document: object, ascii_only: bool) -> None:
    text = json.dumps(document, indent=1, ensure_ascii=ascii_only)
    pointers = list(walk(document))

    lines = find_lines(text, pointers)

    assert [*lines] == pointers
    # Written with an indent, every member and item begins a line.
    assert len(set(lines.values())) == len(pointers)
    assert [*lines.values()] == sorted(lines.values())


@given(st.text(st.sampled_from('[]{},:"\\ \n1atrue'), max_size=40))
def test_no_text_makes_it_fail(text: str) -> None:
    find_lines(text, ["", "/0", "/a"])
    find_duplicate_keys(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 200_000, id="nested arrays"),
        pytest.param('{"a":' * 100_000, id="nested objects"),
        pytest.param('"' + "\\\\" * 2_000_000, id="a string without an end"),
        pytest.param("[" + "0," * 200_000, id="many items"),
        pytest.param(" \n" * 2_000_000, id="only space"),
        pytest.param("-" + "1" * 4_000_000, id="an endless number"),
    ],
)
@pytest.mark.timeout(20)
def test_hostile_texts_take_no_more_than_linear_time(text: str) -> None:
    find_lines(text, ["/0/0/0", "/a/a"])
    find_duplicate_keys(text)


@pytest.mark.parametrize(
    ("text", "pointers"),
    [
        pytest.param('{"a": 1, "b": 2}', [], id="none"),
        pytest.param('{"a": 1, "a": 2, "a": 3}', ["/a", "/a"], id="three times"),
        pytest.param('{"a": {"a": 1}, "b": [{"a": 1}, {"a": 1}]}', [], id="in different objects"),
        pytest.param('{"a": [0, {"b": 1, "b": 2}]}', ["/a/1/b"], id="below"),
        pytest.param('{"a": 1, "\\u0061": 2}', ["/a"], id="written differently"),
        pytest.param('{"/": 1, "/": 2, ', ["/~1"], id="before damage"),
    ],
)
def test_a_key_that_is_there_already_is_found(text: str, pointers: list[str]) -> None:
    assert find_duplicate_keys(text) == pointers


def test_no_more_duplicates_are_found_than_asked_for() -> None:
    assert len(find_duplicate_keys("{" + '"a":0,' * 50, most=7)) == 7
