import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import FormatError
from noether_nix.formats import base32


def digit_by_digit(data: bytes) -> str:
    """The definition: digit i holds the bits from 5 i on, of a little-endian number."""
    number = int.from_bytes(data, "little")
    count = (len(data) * 8 + 4) // 5
    return "".join(base32.ALPHABET[number >> 5 * i & 31] for i in reversed(range(count)))


@given(st.binary(max_size=80))
def test_what_is_encoded_is_decoded(data: bytes) -> None:
    text = base32.encode(data)

    assert text == digit_by_digit(data)
    assert base32.decode(text) == data


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("e" * 32, id="a letter that the alphabet leaves out"),
        pytest.param("A" * 32, id="upper case"),
        pytest.param("0_0" + "0" * 29, id="what Python's own reader of numbers takes"),
        pytest.param(" " + "0" * 31, id="a space"),
        pytest.param("0" * 31 + "\n", id="a line end"),
        pytest.param("٣" * 32, id="a digit of another script"),
        pytest.param("0" * 33, id="a length that no bytes have"),
        pytest.param("z" * 26, id="bits beyond the last byte"),
    ],
)
def test_a_text_that_is_no_base_32_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        base32.decode(text)


@given(st.text(st.sampled_from(base32.ALPHABET + "eotu_ é"), max_size=60))
def test_decoding_raises_only_our_error_and_no_bytes_have_two_spellings(text: str) -> None:
    try:
        data = base32.decode(text)
    except FormatError:
        return
    assert base32.encode(data) == text
