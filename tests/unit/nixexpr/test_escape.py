"""Values become Nix code in one way; `tests/nix` sends the same strings through the real Nix."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.formats.store_path import StorePath
from noether_nix.nixexpr.escape import NixText, nix_path, nix_paths, nix_string, only_nix_text

PATH = StorePath("0" * 32, "stage.py")
OTHER = StorePath("1" * 32, "helper-a.py")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param("", '""', id="empty"),
        pytest.param("plain é \U0001f600", '"plain é \U0001f600"', id="plain"),
        pytest.param('a"b', '"a\\"b"', id="quote"),
        pytest.param("a\\b", '"a\\\\b"', id="backslash"),
        pytest.param("a\nb\rc\td", '"a\\nb\\rc\\td"', id="line ends and tab"),
        pytest.param("${x}", '"\\${x}"', id="interpolation"),
        pytest.param("$${x}", '"$\\${x}"', id="after a dollar"),
        pytest.param("\\${x}", '"\\\\\\${x}"', id="after a backslash"),
        pytest.param("$ {x} $x", '"$ {x} $x"', id="dollars that open nothing"),
        pytest.param("\x01\x7f", '"\x01\x7f"', id="control characters"),
    ],
)
def test_a_string_is_escaped(value: str, text: str) -> None:
    assert nix_string(value) == text


@given(st.text())
def test_a_literal_ends_where_it_should_and_opens_nothing(value: str) -> None:
    if "\0" in value:
        with pytest.raises(ValueError, match="NUL"):
            nix_string(value)
        return

    inner = nix_string(value)[1:-1]

    without_escapes = re.sub(r"\\.", "", inner, flags=re.DOTALL)
    assert '"' not in without_escapes
    assert "${" not in without_escapes
    assert "\\" not in without_escapes
    assert unescaped(inner) == value


def unescaped(inner: str) -> str:
    """What the grammar of Nix says that a literal means."""
    letters = {"n": "\n", "r": "\r", "t": "\t"}
    return re.sub(r"\\(.)", lambda found: letters.get(found[1], found[1]), inner, flags=re.DOTALL)


def test_a_path_has_its_context() -> None:
    assert nix_path(PATH) == f'(inStore "{PATH}")'


@pytest.mark.parametrize(
    ("paths", "text"),
    [
        pytest.param((), '""', id="none"),
        pytest.param((PATH,), f'"${{(inStore "{PATH}")}}"', id="one"),
        pytest.param(
            (PATH, OTHER),
            f'"${{(inStore "{PATH}")}} ${{(inStore "{OTHER}")}}"',
            id="two",
        ),
    ],
)
def test_paths_are_one_string_in_their_order(paths: tuple[StorePath, ...], text: str) -> None:
    assert nix_paths(paths) == text


def test_text_that_was_made_here_passes() -> None:
    assert only_nix_text(nix_string("a")) == '"a"'
    assert isinstance(nix_paths(()), NixText)
