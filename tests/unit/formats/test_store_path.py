import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import FormatError
from noether_nix.formats import base32, store_path
from noether_nix.formats.store_path import StorePath

names = st.from_regex(r"[0-9a-zA-Z+_?=-][0-9a-zA-Z+._?=-]{0,210}", fullmatch=True)
paths = st.builds(
    StorePath, st.text(st.sampled_from(base32.ALPHABET), min_size=32, max_size=32), names
)
FLAT = "/nix/store/gy454w1cxaq731grqwylhzf4pp9r5izh-hello.txt"
TEXT = "/nix/store/qa1w9gdfrba6jl2r57mb3c43863gqywp-hello.txt"
DIGEST = "7gx4kiv5m0i7d7qkixq2cwzbr10lvxwc"


@given(paths)
def test_what_is_printed_is_read_back(path: StorePath) -> None:
    assert StorePath.parse(str(path)) == path
    assert str(path) == f"/nix/store/{path.base_name}"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{DIGEST}-glibc", id="not absolute"),
        pytest.param(f"/nix/store/{DIGEST}", id="digest alone"),
        pytest.param(f"/nix/store/{DIGEST}-", id="empty name"),
        pytest.param(f"/nix/store/{DIGEST}-a/b", id="below a store path"),
        pytest.param(f"/nix/store/{DIGEST}-a\n", id="a line end"),
        pytest.param(f"/nix/store/{DIGEST}-a b", id="a space"),
        pytest.param(f"/nix/store/{DIGEST}-.a", id="leading dot"),
        pytest.param(f"/nix/store/{DIGEST}-é", id="not ASCII"),
        pytest.param(f"/nix/store/{DIGEST}-{'a' * 212}", id="name too long"),
        pytest.param(f"/nix/store/{DIGEST[:-1]}-a", id="digest too short"),
        pytest.param(f"/nix/store/e{DIGEST[1:]}-a", id="foreign letter in the digest"),
        pytest.param(f"/gnu/store/{DIGEST}-a", id="another store"),
        pytest.param(f"/nix/store/../{DIGEST}-a", id="a way around"),
    ],
)
def test_a_text_that_is_no_store_path_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        StorePath.parse(text)


@given(st.text(max_size=60))
def test_reading_raises_only_our_error(text: str) -> None:
    try:
        path = StorePath.parse(f"/nix/store/{DIGEST}-{text}")
    except FormatError:
        return
    assert path.name == text


@pytest.mark.parametrize("name", ["", ".a", "a/b", "a b", "é", "a" * 212, "a\0"])
def test_no_path_is_made_for_a_name_that_nix_refuses(name: str) -> None:
    with pytest.raises(FormatError):
        store_path.fixed_flat_path(name, bytes(32))
    with pytest.raises(FormatError):
        store_path.text_path(name, b"")


def test_the_paths_are_those_that_nix_gives() -> None:
    # nix-store --add-fixed sha256 and builtins.toFile of Nix 2.8.0.
    content = hashlib.sha256(b"hello\n").digest()

    assert [
        str(store_path.fixed_flat_path("hello.txt", content)),
        str(store_path.text_path("hello.txt", b"hello\n")),
    ] == [FLAT, TEXT]


@given(st.lists(paths, max_size=4), names)
def test_the_order_of_references_does_not_matter(references: list[StorePath], name: str) -> None:
    once = store_path.text_path(name, b"x", references)

    assert store_path.text_path(name, b"x", [*reversed(references), *references]) == once


@given(names, st.binary(min_size=32, max_size=32))
def test_flat_and_recursive_content_never_share_a_path(name: str, raw: bytes) -> None:
    flat = store_path.fixed_flat_path(name, raw)

    assert flat.name == name
    assert flat != store_path.fixed_recursive_path(name, raw)
