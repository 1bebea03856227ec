import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import FormatError
from noether_nix.formats.signature import PublicKey, SecretKey, Signature

key_names = st.from_regex(r"[!-9;-~]{1,20}", fullmatch=True)
secret_keys = st.builds(SecretKey, key_names, st.binary(min_size=32, max_size=32))


@given(secret_keys, st.binary(max_size=50))
def test_every_text_form_is_read_back(key: SecretKey, message: bytes) -> None:
    signature = key.sign(message)

    assert SecretKey.parse(key.render()) == key
    assert PublicKey.parse(str(key.public_key)) == key.public_key
    assert Signature.parse(str(signature)) == signature


@given(secret_keys, st.binary(max_size=50), st.integers(0, 63))
def test_a_signature_holds_for_its_message_and_its_bytes(
    key: SecretKey, message: bytes, place: int
) -> None:
    signature = key.sign(message)
    flipped = bytearray(signature.raw)
    flipped[place] ^= 1

    assert key.public_key.verify(message, signature)
    assert not key.public_key.verify(message + b".", signature)
    assert not key.public_key.verify(message, Signature(key.name, bytes(flipped)))


def test_a_signature_under_another_name_does_not_count() -> None:
    key = SecretKey("mine-1", bytes(32))

    assert not PublicKey("yours-1", key.public_key.raw).verify(b"", key.sign(b""))


def test_two_generated_keys_differ() -> None:
    assert SecretKey.generate("a-1") != SecretKey.generate("a-1")


def test_a_secret_key_does_not_print_its_secret() -> None:
    key = SecretKey.generate("mine-1")
    secret = key.render().partition(":")[2]

    for text in (str(key), repr(key), f"{key}"):
        assert "mine-1" in text
        assert secret[:8] not in text
        assert repr(key.seed) not in text


def test_a_key_that_is_no_point_verifies_nothing() -> None:
    assert not PublicKey("a-1", b"\xff" * 32).verify(b"", Signature("a-1", bytes(64)))


def written(size: int) -> str:
    return base64.b64encode(bytes(size)).decode()


REFUSED = [
    pytest.param("", id="nothing"),
    pytest.param(written(64), id="no name"),
    pytest.param(f":{written(64)}", id="an empty name"),
    pytest.param(f"a b:{written(64)}", id="a space in the name"),
    pytest.param(f"a\n:{written(64)}", id="a line end in the name"),
    pytest.param(f"é:{written(64)}", id="a name that is not ASCII"),
    pytest.param("a-1:", id="no bytes"),
    pytest.param("a-1:!!!!", id="no base-64"),
    pytest.param(f"a-1:{written(64)}\n", id="a line end"),
    pytest.param(f"a-1:{written(63)}", id="a byte too few"),
    pytest.param(f"a-1:{written(65)}", id="a byte too many"),
    pytest.param(f"a-1:{written(64)[:-3]}B==", id="stray last bits"),
]


@pytest.mark.parametrize("text", REFUSED)
def test_a_text_that_is_no_key_or_signature_is_refused(text: str) -> None:
    for kind in (SecretKey, PublicKey, Signature):
        with pytest.raises(FormatError):
            kind.parse(text)


def test_a_secret_key_whose_halves_do_not_match_is_refused_without_showing_it() -> None:
    damaged = f"a-1:{written(64)}"

    with pytest.raises(FormatError, match="halves") as caught:
        SecretKey.parse(damaged)

    assert written(64)[:8] not in str(caught.value)


@given(
    st.text(max_size=30) | st.binary(max_size=70).map(lambda raw: f"a:{base64.b64encode(raw)!r}")
)
def test_reading_raises_only_our_error(text: str) -> None:
    for kind in (SecretKey, PublicKey, Signature):
        with pytest.raises(FormatError):
            kind.parse(text)
