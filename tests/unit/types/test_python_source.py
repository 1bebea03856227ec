"""Types as Python source: it runs, and says of every field whether it may be absent."""

import typing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import TypeUnsupportedError
from noether_nix.types.model import RecordType, StreamType, Type
from noether_nix.types.python_source import is_python_name, type_to_python
from noether_nix.types.text import parse_type
from noether_nix.types.traversal import walk
from tests.unit.types.strategies import closed_types, fields_of, types


def run(source: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(source, "types.py", "exec"), names)
    return names


def test_records_become_classes_inner_ones_first() -> None:
    whole = parse_type("{ id: Number & Integer, tags?: List<{ name: Text & NonEmpty }>, raw: Any }")

    assert (
        type_to_python(whole, "Value")
        == """\
from typing import Annotated, Any, NotRequired, TypedDict


class ValueTagsItem(TypedDict):
    name: Annotated[str, 'NonEmpty']


class Value(TypedDict):
    id: int
    raw: NotRequired[Any]
    tags: NotRequired[list[ValueTagsItem]]
"""
    )


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("Null | Text", "Value = None | str\n"),
        ("Map<Text, List<Bool>>", "Value = dict[str, list[bool]]\n"),
        ('Text & OneOf["a", "b"]', "from typing import Literal\n\n\nValue = Literal['a', 'b']\n"),
        (
            "Number & OneOf[1.5]",
            "from typing import Annotated\n\n\nValue = Annotated[float, 'OneOf[1.5]']\n",
        ),
        ("Bytes | Text", "Value = str\n"),
        (
            '{ "a b": Text }',
            "from typing import TypedDict\n\n\nValue = TypedDict('Value', {\n    'a b': str,\n})\n",
        ),
        ("{}", "from typing import TypedDict\n\n\nclass Value(TypedDict):\n    pass\n"),
    ],
)  # fmt: skip
def test_other_types_become_expressions(text: str, source: str) -> None:
    assert type_to_python(parse_type(text), "Value") == source


def test_no_name_is_taken_twice() -> None:
    names = run(type_to_python(parse_type('{ "a": { x: Text }, "a ": { y: Text }, any: {} }'), "V"))

    hints = typing.get_type_hints(names["V"])
    assert hints["a"].__annotations__.keys() == {"x"}
    assert hints["a "].__annotations__.keys() == {"y"}


def test_a_stream_is_nothing_in_python() -> None:
    with pytest.raises(TypeUnsupportedError, match="no value has the type Stream<Text>"):
        type_to_python(parse_type("Stream<Text>"), "Value")


@pytest.mark.parametrize("name", ["a-b", "class", "__a", "str", "Any", "", "é"])
def test_a_class_needs_a_name_of_its_own(name: str) -> None:
    assert not is_python_name(name)


@given(types)
def test_every_type_without_streams_gives_source_that_runs(whole: Type) -> None:
    if any(isinstance(inner, StreamType) for inner in walk(whole)):
        return
    source = type_to_python(whole, "Value")

    assert all(character.isprintable() or character == "\n" for character in source)
    assert "Value" in run(source)


@given(fields_of(closed_types).map(RecordType), st.sampled_from(["Value", "V2"]))
def test_a_field_is_required_when_no_value_may_lack_it(whole: RecordType, name: str) -> None:
    found = run(type_to_python(whole, name))[name]

    assert found.__required_keys__ == {f.name for f in whole.fields if not f.may_be_absent}
    assert found.__optional_keys__ == {f.name for f in whole.fields if f.may_be_absent}
