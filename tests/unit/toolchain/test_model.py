import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import FormatError, ToolchainUnusableError
from noether_nix.formats.base32 import ALPHABET
from noether_nix.formats.digest import Digest
from noether_nix.formats.store_path import StorePath
from noether_nix.toolchain.model import FLAGS, ToolchainReference

REFERENCE = ToolchainReference(
    "host", StorePath("0" * 32, "noether-python-3.11.2"), "3.11.2", "x86_64-linux", Digest.of(b"")
)
ROOT = "/nix/store/00000000000000000000000000000000-noether-python-3.11.2"

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
)


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


def test_a_host_s_python_is_started_by_the_loader_beside_it() -> None:
    assert REFERENCE.builder == f"{ROOT}/lib/ld-linux-x86-64.so.2"
    assert REFERENCE.arguments == (
        "--library-path", f"{ROOT}/lib", f"{ROOT}/bin/python3", "-s", "-S", "-P", "-X", "utf8",
    )  # fmt: skip
    assert REFERENCE.environment == {
        "LOCPATH": f"{ROOT}/lib/locale",
        "PYTHONTZPATH": f"{ROOT}/share/zoneinfo",
        "TZDIR": f"{ROOT}/share/zoneinfo",
    }


def test_an_interpreter_of_nixpkgs_is_started_as_it_is() -> None:
    reference = ToolchainReference(
        "nixpkgs", REFERENCE.path, "3.13.1", "aarch64-linux", REFERENCE.nar_hash
    )

    assert (reference.builder, reference.arguments) == (f"{ROOT}/bin/python3", FLAGS)
    assert reference.environment == {}


def test_a_system_without_a_known_loader_is_refused() -> None:
    reference = ToolchainReference(
        "host", REFERENCE.path, "3.11.2", "riscv64-linux", REFERENCE.nar_hash
    )

    with pytest.raises(ToolchainUnusableError, match="riscv64-linux"):
        _ = reference.builder
