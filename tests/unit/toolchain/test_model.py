import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import FormatError
from noether_nix.formats.base32 import ALPHABET
from noether_nix.formats.digest import Digest
from noether_nix.formats.store_path import StorePath
from noether_nix.toolchain.model import ToolchainReference

REFERENCE = ToolchainReference(
    "host", StorePath("0" * 32, "noether-python-3.11.2"), "3.11.2", "x86_64-linux", Digest.of(b"")
)

references = st.builds(
    ToolchainReference,
    provider=st.sampled_from(["host", "nixpkgs"]),
    path=st.builds(
        StorePath,
        st.text(ALPHABET, min_size=32, max_size=32),
        st.from_regex(r"[0-9a-zA-Z+_?=-]{1,40}", fullmatch=True),
    ),
    python_version=st.text(),
    system=st.text(),
    nar_hash=st.builds(Digest.of, st.binary()),
    source=st.text(),
)


def test_what_an_older_version_wrote_says_nothing_of_the_source() -> None:
    older = REFERENCE.render().replace('"source":"",', "")

    assert ToolchainReference.parse(older) == REFERENCE


@given(references)
def test_what_is_written_is_read_again(reference: ToolchainReference) -> None:
    assert ToolchainReference.parse(reference.render()) == reference


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("[]", id="a list"),
        pytest.param("{}", id="no fields"),
        pytest.param(REFERENCE.render().replace('"host"', '"elsewhere"'), id="provider"),
        pytest.param(REFERENCE.render().replace('"3.11.2"', "3"), id="a number"),
        pytest.param(REFERENCE.render().replace("/nix/store/", "/"), id="path"),
        pytest.param(REFERENCE.render().replace("sha256:", "sha256:x"), id="hash"),
        pytest.param(REFERENCE.render().replace("}", ',"more":"x"}'), id="more fields"),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        ToolchainReference.parse(text)


@given(st.text() | st.recursive(st.text(), st.lists).map(json.dumps))
def test_any_text_is_a_reference_or_a_format_error(text: str) -> None:
    with pytest.raises(FormatError):
        ToolchainReference.parse(text)
