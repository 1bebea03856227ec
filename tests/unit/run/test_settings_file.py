"""What may stand in the settings file and in variables, and what is said of the rest."""

import os
from pathlib import Path

import pytest

from noether_nix.errors import SettingInvalidError
from noether_nix.run.settings import Settings, read_settings

MANY_DIGITS = "9" * 5000


def settings_of(folder: Path, text: str | bytes, **variables: str) -> Settings:
    file = folder / "noether/settings.toml"
    file.parent.mkdir()
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_settings({"HOME": "/h", "XDG_CONFIG_HOME": str(folder), **variables})


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        pytest.param("wall = 30", {"wall": 30}, id="a number of seconds"),
        pytest.param('wall = "30"', {"wall": 30}, id="a number as text"),
        pytest.param('wall = "1h"', {"wall": 3600}, id="with a unit"),
        pytest.param("memory = 67108864", {"memory": 64 << 20}, id="a number of bytes"),
        pytest.param("memory = 0x4000000", {"memory": 64 << 20}, id="hexadecimal"),
    ],
)
def test_limits_are_read_in_seconds_and_bytes(
    tmp_path: Path, text: str, limits: dict[str, int]
) -> None:
    assert settings_of(tmp_path, f"[limits]\n{text}\n").limits == limits


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(b"\xff", "byte 0 is not UTF-8", id="no UTF-8"),
        pytest.param("jobs", "is no TOML", id="no TOML"),
        pytest.param("a = " + "[" * 20_000, "is nested too deeply", id="nested deeply"),
        pytest.param("#" * (2 << 20), "more than 32768 bytes", id="endless"),
        pytest.param("jobs = 0", "jobs is '0', no number from 1 to 1024", id="no jobs"),
        pytest.param("jobs = true", "jobs is 'True', no number", id="jobs that are true"),
        pytest.param(f"jobs = {MANY_DIGITS}", "4300 digits", id="jobs of many digits"),
        pytest.param("jobs = 0x" + "f" * 5000, "thousands of digits", id="jobs in hexadecimal"),
        pytest.param("[limits]\nwall = 0", "wall_seconds: 0s is nothing at all", id="no time"),
        pytest.param("[limits]\nwall = nan", "'nan' is no amount", id="a time that is no number"),
        pytest.param("[limits]\nmemory = 9223372036854775807", "larger than any", id="too large"),
        pytest.param(
            "[limits]\nwall = 3\nwall_seconds = 3", "wall_seconds stands twice", id="twice"
        ),
        pytest.param("[limits]\nspeed = 3", "limits.speed is no setting", id="no limit"),
        pytest.param("limits = 3", "limits is no setting", id="a table that is none"),
        pytest.param("[limits.ceiling]\nrun = 3", "ceiling.run is no setting", id="of the run"),
        pytest.param("[limits.ceiling.a.b]", "limits.ceiling.a is no setting", id="deeper"),
        pytest.param("[limits]\nmemory = '1MiB'", "1MiB is too little", id="too little"),
        pytest.param(
            "[limits.ceiling]\nmemory = 1", "limits.ceiling.memory_bytes: 1B is too", id="ceiling"
        ),
        pytest.param(
            "[limits]\nmemory = 0x" + "f" * 5000, "is no amount of bytes", id="far too large"
        ),
    ],
)
def test_what_means_nothing_is_refused_with_the_file_and_the_reason(
    tmp_path: Path, text: str | bytes, words: str
) -> None:
    with pytest.raises(SettingInvalidError) as caught:
        settings_of(tmp_path, text)

    assert words in caught.value.message
    assert "settings.toml" in caught.value.message


@pytest.mark.parametrize("name", ["NOETHER_JOBS", "NOETHER_LIMITS_WALL_SECONDS"])
def test_a_variable_of_many_digits_is_refused_by_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingInvalidError, match=f"variable {name}"):
        settings_of(tmp_path, "", **{name: MANY_DIGITS})


def test_a_variable_that_means_no_limit_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalidError, match="NOETHER_LIMITS_WALL is no setting") as caught:
        settings_of(tmp_path, "", NOETHER_LIMITS_WALL="3")

    assert caught.value.hint == "did you mean NOETHER_LIMITS_WALL_SECONDS?"


def test_a_pipe_that_nobody_writes_to_is_no_settings_file(tmp_path: Path) -> None:
    (tmp_path / "noether").mkdir()
    os.mkfifo(tmp_path / "noether/settings.toml")

    with pytest.raises(SettingInvalidError, match="no regular file"):
        read_settings({"HOME": "/h", "XDG_CONFIG_HOME": str(tmp_path)})
