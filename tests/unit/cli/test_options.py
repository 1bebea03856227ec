"""What people write as input and limits becomes values, or an error that names the place."""

from pathlib import Path

import pytest

from noether_nix.cli.given import RawInput, read_input, read_limits
from noether_nix.errors import InputUnreadableError, SettingInvalidError
from noether_nix.inside.contract import Json


@pytest.mark.parametrize(
    ("text", "fields", "value"),
    [
        pytest.param(None, [], None, id="nothing is null"),
        pytest.param('{"b": 1, "a": 2.0}', [], {"b": 1, "a": 2.0}, id="JSON"),
        pytest.param(None, ["a=x"], {"a": "x"}, id="a field alone"),
        pytest.param("null", ["a=x"], {"a": "x"}, id="a field over null"),
        pytest.param('{"a": 1, "b": 2}', ["a="], {"a": "", "b": 2}, id="a field over a field"),
        pytest.param(None, ["a=1=2"], {"a": "1=2"}, id="an equals sign in a value"),
        pytest.param(None, ["a=x", "a=y"], {"a": "y"}, id="the last one counts"),
    ],
)
def test_input_and_fields_make_a_value(text: str | None, fields: list[str], value: Json) -> None:
    found = read_input(text, fields).value()

    assert found == value


def test_files_give_inputs_and_fields(tmp_path: Path) -> None:
    (tmp_path / "input.json").write_text('{"n": 1}')
    (tmp_path / "text").write_text("ein Text\n")

    found = read_input(f"@{tmp_path}/input.json", [f"t=@{tmp_path}/text"]).value()

    assert found == {"n": 1, "t": "ein Text\n"}


@pytest.mark.parametrize(
    ("text", "fields", "words"),
    [
        pytest.param("{", [], "--input", id="no JSON"),
        pytest.param('{"a": 1, "a": 2}', [], "--input", id="a key twice"),
        pytest.param("words", [], "--input", id="text without quotes"),
        pytest.param("NaN", [], "--input", id="not a number"),
        pytest.param("@/absent/file", [], "/absent/file", id="no such file"),
        pytest.param("@/", [], "/", id="a folder"),
        pytest.param("@a\0b", [], "a\\x00b", id="no name of a file"),
        pytest.param(None, ["text"], "--set text", id="no value"),
        pytest.param(None, ["=x"], "--set =x", id="no name"),
        pytest.param("[1]", ["a=x"], "object", id="a field of a list"),
        pytest.param(None, ["a\udcff=x"], "no UTF-8", id="a name that is no text"),
        pytest.param(None, ["a=\udcff"], "--set a: byte 0", id="a value that is no text"),
    ],
)
def test_what_is_no_input_is_refused(text: str | None, fields: list[str], words: str) -> None:
    with pytest.raises(InputUnreadableError) as caught:
        read_input(text, fields).value()

    assert words in caught.value.message


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(RawInput(None, "", ()), RawInput(b"", "", ()), id="nothing and no bytes"),
        pytest.param(RawInput(b"1", "", ()), RawInput(b"1 ", "", ()), id="other bytes"),
        pytest.param(
            RawInput(None, "", (("a", b"bc"),)),
            RawInput(None, "", (("ab", b"c"),)),
            id="another place for the border",
        ),
        pytest.param(
            RawInput(None, "", (("a", b""), ("b", b""))),
            RawInput(None, "", (("a", b"b"),)),
            id="two fields and one",
        ),
    ],
)
def test_other_inputs_have_other_digests(one: RawInput, other: RawInput) -> None:
    assert one.digest() != other.digest()


def test_where_an_input_came_from_does_not_change_its_digest() -> None:
    assert RawInput(b"1", "--input", ()).digest() == RawInput(b"1", "a file", ()).digest()


def test_limits_are_read_in_seconds_and_bytes() -> None:
    found = read_limits(["wall=2min", "memory=64MiB", "wall=3s"])

    assert found == {"wall": 3, "memory": 64 << 20}


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("wall", "--limit wall: the amount is missing", "30s"),
        ("memroy=1GiB", "--limit memroy=1GiB: 'memroy' is no limit", "did you mean memory?"),
    ],
)
def test_a_slip_in_a_limit_is_told_with_what_was_meant(text: str, message: str, hint: str) -> None:
    with pytest.raises(SettingInvalidError) as caught:
        read_limits([text])

    assert caught.value.message == message
    assert hint in caught.value.hint


@pytest.mark.parametrize("text", ["wall", "wall=", "wall=3", "age=3s", "=3s", "memory=-1MiB"])
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(SettingInvalidError):
        read_limits([text])
