"""Every setting is listed with what holds and who said so."""

from pathlib import Path

import pytest

from noether_nix.errors import SettingInvalidError
from noether_nix.run.setting_list import ListedSetting, find_setting, list_settings
from noether_nix.run.settings import PLACE_VARIABLES, read_settings
from noether_nix.run.settings_file import SETTING_NAMES


def listed(folder: Path, text: str = "", **variables: str) -> dict[str, ListedSetting]:
    file = folder / "noether/settings.toml"
    file.parent.mkdir()
    file.write_text(text)
    given = {"HOME": "/h", "XDG_CONFIG_HOME": str(folder), **variables}
    return {row.name: row for row in list_settings(read_settings(given))}


def test_every_setting_is_listed_once_with_the_variable_that_sets_it(tmp_path: Path) -> None:
    rows = listed(tmp_path)

    assert {name for name, row in rows.items() if row.in_file} == set(SETTING_NAMES)
    assert rows.keys() == {*SETTING_NAMES, *PLACE_VARIABLES}
    assert len({row.variable for row in rows.values()}) == len(rows)
    assert all(row.words and row.source == "built in" for row in rows.values())


@pytest.mark.parametrize(
    ("text", "variables", "value", "shown", "source"),
    [
        pytest.param("", {}, 60, "60s", "built in", id="nobody"),
        pytest.param("[limits]\nwall_seconds = 7", {}, 7, "7s", "settings.toml", id="the file"),
        pytest.param("[limits]\nwall = '2min'", {}, 120, "2min", "settings.toml", id="in short"),
        pytest.param(
            "[limits]\nwall = 7", {"NOETHER_LIMITS_WALL_SECONDS": "9"}, 9, "9s",
            "variable NOETHER_LIMITS_WALL_SECONDS", id="a variable before the file",
        ),
        pytest.param(
            "[limits]\nwall = 7", {"NOETHER_LIMITS_WALL_SECONDS": ""}, 7, "7s",
            "settings.toml", id="an empty variable",
        ),
    ],
)  # fmt: skip
def test_a_limit_says_where_it_came_from(
    tmp_path: Path, text: str, variables: dict[str, str], value: int, shown: str, source: str
) -> None:
    row = listed(tmp_path, text, **variables)["limits.wall_seconds"]

    assert (row.value, row.shown, row.default, row.unit) == (value, shown, 60, "seconds")
    assert row.source.endswith(source)


def test_ceilings_come_from_file_and_variables_too(tmp_path: Path) -> None:
    rows = listed(
        tmp_path,
        "[limits.ceiling]\nmemory = '2GiB'\nopen_files = 99",
        NOETHER_LIMITS_CEILING_OPEN_FILES="77",
    )

    assert rows["limits.ceiling.memory_bytes"].value == 2 << 30
    assert rows["limits.ceiling.open_files"].value == 77
    assert rows["limits.ceiling.wall_seconds"].shown == "none"


def test_a_place_says_which_variable_named_it(tmp_path: Path) -> None:
    rows = listed(tmp_path, NOETHER_HOME="/n", XDG_DATA_HOME="/d", NOETHER_PYTHON="/p")

    assert (rows["home"].value, rows["home"].source) == ("/n", "variable NOETHER_HOME")
    assert (rows["python"].value, rows["python"].source) == ("/p", "variable NOETHER_PYTHON")
    assert (rows["nix"].value, rows["nix"].source) == (None, "built in")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        pytest.param("limits.wall_seconds", "limits.wall_seconds", id="as in the file"),
        pytest.param("limits.wall", "limits.wall_seconds", id="in short"),
        pytest.param("limits.ceiling.wall", "limits.ceiling.wall_seconds", id="a ceiling in short"),
        pytest.param("NOETHER_JOBS", "jobs", id="its variable"),
    ],
)
def test_a_setting_is_found_by_each_of_its_names(tmp_path: Path, name: str, found: str) -> None:
    rows = listed(tmp_path)

    assert find_setting(name, list(rows.values())) is rows[found]


def test_an_unknown_name_is_answered_with_the_nearest(tmp_path: Path) -> None:
    rows = list(listed(tmp_path).values())

    with pytest.raises(SettingInvalidError) as caught:
        find_setting("limits.wal", rows)

    assert "did you mean limits.wall_seconds?" in caught.value.hint
