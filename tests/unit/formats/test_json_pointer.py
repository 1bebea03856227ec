import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import FormatError
from noether_nix.formats import json_pointer


@pytest.mark.parametrize(
    ("tokens", "pointer"),
    [
        # The examples of RFC 6901.
        pytest.param([], "", id="the whole document"),
        pytest.param(["foo", 0], "/foo/0", id="an index"),
        pytest.param([""], "/", id="an empty key"),
        pytest.param(["a/b"], "/a~1b", id="a slash"),
        pytest.param(["m~n"], "/m~0n", id="a tilde"),
        pytest.param(["~1"], "/~01", id="a tilde before a one"),
        pytest.param(["é \n"], "/é \n", id="anything else"),
    ],
)
def test_pointers_are_those_of_rfc_6901(tokens: list[str | int], pointer: str) -> None:
    assert json_pointer.join(tokens) == pointer
    assert json_pointer.parse(pointer) == tuple(map(str, tokens))


@given(st.lists(st.text(st.sampled_from("~/01aé"))))
def test_what_is_joined_is_parsed(tokens: list[str]) -> None:
    assert json_pointer.parse(json_pointer.join(tokens)) == tuple(tokens)


@pytest.mark.parametrize("text", ["a", "a/b", "#/a", "/~", "/~2", "/a~"])
def test_a_text_that_is_no_pointer_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        json_pointer.parse(text)


@given(st.text(st.sampled_from("~/012a")))
def test_parsing_raises_only_our_error(text: str) -> None:
    try:
        tokens = json_pointer.parse(text)
    except FormatError:
        return
    assert json_pointer.join(tokens) == text
