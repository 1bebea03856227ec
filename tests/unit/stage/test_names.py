import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.stage.names import helper_fault, is_stage_name, lawful_name


@pytest.mark.parametrize("name", ["a", "count_words", "2_columns", "_", "x" * 64])
def test_a_lawful_name_stays(name: str) -> None:
    assert is_stage_name(name)
    assert lawful_name(name) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("count-words", "count_words"),
        ("CountWords", "countwords"),
        ("a  b.c", "a_b_c"),
        ("x" * 80, "x" * 64),
        ("äö", None),
        ("", None),
    ],
)
def test_other_texts_are_made_lawful_where_something_is_left(text: str, name: str | None) -> None:
    assert not is_stage_name(text)
    assert lawful_name(text) == name


@given(st.text())
def test_what_is_made_lawful_is_lawful(text: str) -> None:
    name = lawful_name(text)

    assert name is None or is_stage_name(name)


@pytest.mark.parametrize("name", ["text_tools.py", "A.py", "_x1.py"])
def test_a_plain_file_can_be_a_helper(name: str) -> None:
    assert helper_fault(name) is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../x.py", "beside the stage"),
        ("/etc/x.py", "beside the stage"),
        ("a/b.py", "beside the stage"),
        (".py", "beside the stage"),
        ("x.py\n", "beside the stage"),
        ("x.txt", "beside the stage"),
        ("x-y.py", "beside the stage"),
        ("é.py", "beside the stage"),
        ("class.py", "a word of Python"),
        ("json.py", "the standard library"),
        ("stage.py", "is taken"),
    ],
)
def test_other_names_cannot_be_helpers(name: str, words: str) -> None:
    assert words in (helper_fault(name) or "")
