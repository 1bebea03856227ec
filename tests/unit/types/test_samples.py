import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import TypeUnsupportedError
from noether_nix.inside.contract import decode, encode
from noether_nix.types.model import Type
from noether_nix.types.samples import values_of
from noether_nix.types.text import parse_type
from noether_nix.types.validate import validator
from tests.unit.types.strategies import closed_types


@given(closed_types, st.data())
def test_what_is_generated_of_a_type_has_it_and_can_be_an_input(
    whole: Type, data: st.DataObject
) -> None:
    value = data.draw(values_of(whole))

    assert validator(whole)(value) is None
    assert validator(whole)(decode(encode(value))) is None


@pytest.mark.parametrize(
    "text", ["<T>", "Any", "{ a: Text, ...<R> }", "List<<T>>", "Bytes", "VNode"]
)
@given(data=st.data())
def test_open_types_have_values_too(text: str, data: st.DataObject) -> None:
    whole = parse_type(text)

    assert validator(whole)(data.draw(values_of(whole))) is None


def test_of_a_stream_there_are_none() -> None:
    with pytest.raises(TypeUnsupportedError):
        values_of(parse_type("{ a: Stream<Text> }"))
