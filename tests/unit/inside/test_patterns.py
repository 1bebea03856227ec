"""Which texts a pattern means, and which patterns are refused; asked of the code in every key."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.inside.contract import InvalidPatternError, compile_pattern
from tests.unit.types.strategies import patterns


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        pytest.param("[a-z]+", ["a", "abc"], ["", "aB", "a\n"], id="a range, the whole text"),
        pytest.param("", [""], ["a"], id="nothing"),
        pytest.param("a|b*|", ["", "a", "bb"], ["ab"], id="a choice"),
        pytest.param(
            r"\d{1,3}(\.\d{1,3}){3}", ["1.22.333.4"], ["1.2.3", "1.2.3.4444"], id="counts"
        ),
        pytest.param("a{2,}", ["aa", "aaaa"], ["a"], id="no upper count"),
        pytest.param("(?:ab){0}", [""], ["ab"], id="a count of 0"),
        pytest.param(
            r"[^@ ]+@[^@ ]+\.[a-z]{2,}",
            ["a.b@c.d.org"],
            ["a@b", "a@b.c", "@b.org"],
            id="an address",
        ),
        pytest.param("(a*)*b", ["b", "aab"], ["a" * 1000], id="one repetition in another"),
        pytest.param(".+", ["é 😀\u0085"], ["a\n", "a\u2028b", ""], id="any but an end of line"),
        pytest.param(r"\s", [" ", "\u00a0", "\ufeff"], ["\u0085", "\x1c"], id="white space"),
        pytest.param(r"\d", ["7"], ["\u0663"], id="digits are ASCII"),
        pytest.param(r"\w+", ["a_Z9"], ["é"], id="words are ASCII"),
        pytest.param(r"\W\D\S", ["éaa"], ["aaa"], id="all but classes"),
        pytest.param(r"[\w.-]+[-a][a-]", ["x.--"], ["x"], id="a hyphen at an edge of a set"),
        pytest.param(r"[^\d\-\]]", ["a", "["], ["1", "-", "]"], id="escapes in a set"),
        pytest.param(r"\u00e9\x41\t\/\\", ["éA\t/\\"], ["e"], id="escapes"),
        pytest.param("😀{2}", ["😀😀"], ["😀"], id="beyond the first plane"),
        pytest.param("([a-z]([a-z0-9-]{0,61}[a-z0-9])?)", ["a-b", "a"], ["a-"], id="a host name"),
        pytest.param(r"[\s\S]*foo[\s\S]*", ["xfoo\ny"], ["fo"], id="somewhere in the text"),
    ],
)
def test_a_pattern_means_whole_texts(pattern: str, yes: list[str], no: list[str]) -> None:
    matches = compile_pattern(pattern)

    assert [text for text in yes if not matches(text)] == []
    assert [text for text in no if matches(text)] == []


@pytest.mark.parametrize(
    ("pattern", "position", "words"),
    [
        pytest.param("ab(", 2, "not closed", id="an open group"),
        pytest.param("a)", 1, "no group is open", id="a group too much closed"),
        pytest.param("(?i)a", 1, "begins with", id="flags"),
        pytest.param("a(?=b)", 2, "begins with", id="looking ahead"),
        pytest.param("a(?P<n>b)", 2, "begins with", id="a named group"),
        pytest.param(r"(a)\1", 3, "means nothing", id="going back"),
        pytest.param(r"a\b", 1, "means nothing", id="a border"),
        pytest.param("^a", 0, "whole text", id="the beginning"),
        pytest.param("a$", 1, "whole text", id="the end"),
        pytest.param("a*?", 2, "greedy or not", id="a lazy repetition"),
        pytest.param("a*+", 2, "greedy or not", id="a possessive one"),
        pytest.param("a|*", 2, "repeats nothing", id="nothing to repeat"),
        pytest.param("{", 0, "repeats nothing", id="a brace"),
        pytest.param("a{1", 1, "a count is", id="half a count"),
        pytest.param("a{,3}", 1, "a count is", id="a count without a beginning"),
        pytest.param("a{3,2}", 1, "goes up", id="a count that goes down"),
        pytest.param("a{1001}", 1, "at most 1000", id="a large count"),
        pytest.param("a]", 1, "closes nothing", id="a bracket"),
        pytest.param("a[", 1, "not closed", id="an open set"),
        pytest.param("[]a]", 0, "empty", id="an empty set"),
        pytest.param("[[a]", 1, "is written", id="a bracket in a set"),
        pytest.param("[a-c-e]", 4, "is written", id="a hyphen in the middle"),
        pytest.param("[z-a]", 4, "from one character up", id="a range that goes down"),
        pytest.param(r"[a-\d]", 5, "from one character up", id="a range to a class"),
        pytest.param("\\", 0, "means nothing", id="half an escape"),
        pytest.param(r"\u12", 0, "hexadecimal", id="half a code point"),
        pytest.param(r"\ud83d", 0, "surrogate", id="half a character"),
        pytest.param("a" * 1001, 0, "at most 1000 characters", id="too long"),
        pytest.param("(" * 33 + ")" * 33, 32, "32 deep", id="groups in groups"),
        pytest.param("(a|b)*a(a|b){30}", 0, "too much", id="more states than atoms"),
        pytest.param("(a?){1000}", 0, "too much", id="many ways to read nothing"),
        pytest.param("(((a{1000}){1000}){1000}){1000}", 0, "too much", id="counts of counts"),
        pytest.param("((((){1000}){1000}){1000}){1000}", 0, "too much", id="counts of nothing"),
    ],
)
def test_what_is_no_pattern_is_refused_with_its_place(
    pattern: str, position: int, words: str
) -> None:
    with pytest.raises(InvalidPatternError, match=re.escape(words)) as caught:
        compile_pattern(pattern)

    assert caught.value.position == position


@given(patterns, st.text("aab09.é_-", max_size=6))
def test_a_pattern_means_what_python_says(pattern: str, text: str) -> None:
    expected = re.fullmatch(pattern, text, re.ASCII) is not None

    assert compile_pattern(pattern)(text) == expected


@given(st.data(), patterns)
def test_texts_made_from_a_pattern_are_of_it(data: st.DataObject, pattern: str) -> None:
    text = data.draw(st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True))

    assert compile_pattern(pattern)(text)


@given(st.text("ab(){}[]|*+?\\.^$-,0123456789:", max_size=20) | st.text(max_size=12))
def test_any_text_is_a_pattern_or_refused(text: str) -> None:
    try:
        matches = compile_pattern(text)
    except InvalidPatternError:
        return
    matches("ab" * 9)
    re.compile(text.replace(r"\/", "/"))


@pytest.mark.parametrize("pattern", ["(a*)*b", "(a|a)*b", "a*a*a*a*b", "[ab]*c|(a|b)*d", "(a+)+"])
def test_a_text_takes_as_many_steps_as_it_is_long(pattern: str) -> None:
    matches = compile_pattern(pattern)
    began = time.process_time()

    matches("a" * 200_000)
    matches("a" * 199_999 + "é")

    assert time.process_time() - began < 1
