import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import FormatError
from noether_nix.formats.digest import Algorithm, Digest

ALGORITHMS: list[Algorithm] = ["md5", "sha1", "sha256", "sha512"]


@st.composite
def digests(draw: st.DrawFn) -> Digest:
    algorithm = draw(st.sampled_from(ALGORITHMS))
    size = hashlib.new(algorithm).digest_size
    return Digest(algorithm, draw(st.binary(min_size=size, max_size=size)))


@pytest.mark.parametrize(
    ("algorithm", "nix32"),
    [
        # From Nix's own tests/hash.sh, of "abc".
        ("md5", "3jgzhjhz9zjvbb0kyj7jc500ch"),
        ("sha1", "kpcd173cq987hw957sx6m0868wv3x6d9"),
        ("sha256", "1b8m03r63zqhnjf7l5wnldhh7c134ap5vpj0850ymkq1iyzicy5s"),
        (
            "sha512",
            (
                "2gs8k559z4rlahfx0y688s49m2vvszylcikrfinm30ly9rak69236nkam5y"
                "dvly1ai7xac99vxfc4ii84hawjbk876blyk1jfhkbbyx"
            ),
        ),
    ],
)
def test_base_32_is_that_of_nix(algorithm: Algorithm, nix32: str) -> None:
    digest = Digest(algorithm, hashlib.new(algorithm, b"abc").digest())

    assert digest.nix32 == nix32
    assert str(digest) == f"{algorithm}:{nix32}"


def test_sri_is_that_of_the_standard() -> None:
    digest = Digest.of(b"abc")

    assert digest.sri == "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="
    assert digest.hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@given(digests())
def test_every_form_is_read_back(digest: Digest) -> None:
    name = digest.algorithm
    bare = digest.sri.partition("-")[2]

    for text in (str(digest), f"{name}:{digest.hex}", digest.sri, f"{name}:{bare}"):
        assert Digest.parse(text) == digest
    for text in (digest.hex, digest.hex.upper(), digest.nix32, bare):
        assert Digest.parse(text, algorithm=name) == digest


HEX = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("sha256:", id="only an algorithm"),
        pytest.param(f"sha3:{HEX}", id="unknown algorithm"),
        pytest.param(f"SHA256:{HEX}", id="algorithm in upper case"),
        pytest.param(f"sha1:{HEX}", id="too long for its algorithm"),
        pytest.param(HEX[:-1], id="cut off"),
        pytest.param("g" + HEX[1:], id="no hex"),
        pytest.param(f"{HEX}\n", id="a line end"),
        pytest.param(f"sha256-{HEX}", id="hex where base-64 belongs"),
        pytest.param("sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa1=", id="stray last bits"),
        pytest.param("sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0", id="no padding"),
        pytest.param("sha256:" + "z" * 52, id="bits beyond the last byte"),
        pytest.param("sha256:" + "é" * 44, id="not ASCII"),
        pytest.param("sha256:" + "é" * 64, id="not ASCII, as long as hex"),
    ],
)
def test_a_text_that_is_no_digest_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        Digest.parse(text)


@given(st.text(max_size=80) | st.from_regex(r"(sha256|md5)[:-][0-9a-f=+/]{22,64}"))
def test_reading_raises_only_our_error(text: str) -> None:
    try:
        digest = Digest.parse(text)
    except FormatError:
        return
    assert Digest.parse(str(digest)) == digest


def test_a_digest_of_the_wrong_length_cannot_be_made() -> None:
    with pytest.raises(FormatError, match="32 bytes, not 20"):
        Digest("sha256", bytes(20))
