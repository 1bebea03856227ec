"""Nothing of foreign text reaches a terminal as anything but text."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.cli.safe import decode_safely, safe_json, safely, safely_on_one_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("plain ☃ Grüße", "plain ☃ Grüße", id="plain"),
        pytest.param("a\tb\nc", "a\tb\nc", id="tab and new line stay"),
        pytest.param("a\r\nb", "a\nb", id="a Windows line"),
        pytest.param("10%\r20%", "10%\\x0d20%", id="back to the start"),
        pytest.param("\x1b[2J", "\\x1b[2J", id="an escape"),
        pytest.param("\x9b2J", "\\x9b2J", id="an escape of one character"),
        pytest.param("a\u202eb", "a\\u202eb", id="text from right to left"),
        pytest.param("a\U000e0041b", "a\\U000e0041b", id="text that nobody sees"),
        pytest.param("a\xadb\ufff9c", "a\\xadb\\ufff9c", id="marks that nobody sees"),
        pytest.param("\ud83d", "\\ud83d", id="half a character"),
    ],
)
def test_what_could_act_on_a_terminal_is_written_out(text: str, shown: str) -> None:
    assert safely(text) == shown


@given(st.text())
def test_a_line_stays_a_line_of_a_bounded_length(text: str) -> None:
    line = safely_on_one_line(text, 40)

    assert "\n" not in line
    assert len(line) <= 40
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in line)


@given(st.binary())
def test_any_bytes_can_be_shown(data: bytes) -> None:
    text = decode_safely(data)

    assert not any((ord(char) < 32 and char not in "\t\n") or char == "\x7f" for char in text)
    text.encode("utf-8")  # does not raise


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_for_programs_is_the_same_value_and_acts_on_no_terminal(value: object) -> None:
    text = safe_json(value)

    assert json.loads(text) == value
    assert safely(text) == text


def test_text_that_nobody_sees_is_seen_in_json() -> None:
    text = safe_json({"a": "\U000e0041"})

    assert text.isascii()
    assert json.loads(text) == {"a": "\U000e0041"}


def test_half_a_character_in_json_is_written_out_so_that_every_reader_takes_it() -> None:
    text = safe_json({"file": "\udcff.json"})

    assert json.loads(text) == {"file": "\\udcff.json"}
