"""Telling the kinds of reference apart by their text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.graph.references import (
    IdReference,
    NameReference,
    PathReference,
    PlaceholderReference,
    PrefixReference,
    Reference,
    Unreadable,
    read_reference,
)

ID = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        pytest.param("./stage.py", PathReference("./stage.py"), id="beside the graph"),
        pytest.param("../a b/stage.py", PathReference("../a b/stage.py"), id="above the graph"),
        pytest.param(ID, IdReference(ID), id="id"),
        pytest.param(ID[:63], PrefixReference(ID[:63]), id="all but one digit"),
        pytest.param("01234567", PrefixReference("01234567"), id="shortest prefix"),
        pytest.param("0123456", NameReference("0123456"), id="digits too few for a prefix"),
        pytest.param("word_count", NameReference("word_count"), id="name"),
        pytest.param("REGISTER:shout", PlaceholderReference("shout"), id="placeholder"),
    ],
)
def test_a_reference_is_told_by_its_text(text: str, reference: Reference) -> None:
    assert read_reference(text) == reference


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        pytest.param("", "a stage name is", id="nothing"),
        pytest.param("stage.py", "write ./ before it", id="a file without ./"),
        pytest.param("stages/shout", "write ./ before it", id="a folder without ./"),
        pytest.param("/etc/passwd", "relative to the graph file", id="absolute"),
        pytest.param("Shout", "a stage name is", id="upper case"),
        pytest.param("DEADBEEF", "lower-case digits", id="upper-case id"),
        pytest.param("REGISTER:", "a stage name is", id="placeholder for nothing"),
        pytest.param("REGISTER:../x", "a stage name is", id="placeholder for a path"),
        pytest.param("a" * 65, "", id="too many digits"),
        pytest.param("./", "name the file in it", id="a folder"),
        pytest.param("./a\0b", "", id="null character"),
        pytest.param("./" + "a" * 5000, "", id="endless path"),
        pytest.param("x" * 65, "a stage name is", id="endless name"),
        pytest.param("shout\n", "a stage name is", id="line end"),
    ],
)
def test_what_is_no_reference_gets_a_hint(text: str, hint: str) -> None:
    found = read_reference(text)

    assert isinstance(found, Unreadable)
    assert found.reason
    assert hint in found.hint


@given(st.text(max_size=80) | st.from_regex(r"(\./|\.\./|REGISTER:|)[0-9a-z_/.]{0,70}"))
def test_a_reference_is_written_as_it_was_read(text: str) -> None:
    found = read_reference(text)

    if not isinstance(found, Unreadable):
        assert str(found) == text
