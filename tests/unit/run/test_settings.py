"""Where things are kept, as the variables say it or leave it open."""

import os
import pwd
from pathlib import Path

import pytest

from noether_nix.errors import SettingInvalidError
from noether_nix.run.settings import place_of, read_settings


@pytest.mark.parametrize(
    ("variables", "home"),
    [
        pytest.param({"HOME": "/h"}, "/h/.local/share/noether", id="a home"),
        pytest.param({"HOME": "/h", "XDG_DATA_HOME": "/d"}, "/d/noether", id="a data folder"),
        pytest.param({"HOME": "/h", "NOETHER_HOME": "/n"}, "/n", id="a folder of its own"),
        pytest.param({"HOME": "/h", "NOETHER_HOME": ""}, "/h/.local/share/noether", id="empty"),
    ],
)
def test_the_first_place_that_is_named_is_taken(variables: dict[str, str], home: str) -> None:
    assert read_settings(variables).home == Path(home)


def test_without_a_home_in_the_environment_the_system_is_asked_for_it(tmp_path: Path) -> None:
    known = Path(pwd.getpwuid(os.getuid()).pw_dir)

    settings = read_settings({"XDG_CONFIG_HOME": str(tmp_path)})

    assert settings.home == place_of(known / ".local/share/noether")


@pytest.mark.parametrize("variable", ["NOETHER_HOME", "XDG_DATA_HOME"])
def test_a_link_to_another_disk_is_followed_because_nix_refuses_links(
    tmp_path: Path, variable: str
) -> None:
    disk = tmp_path.resolve() / "disk"
    disk.mkdir()
    (tmp_path / "link").symlink_to(disk)

    home = read_settings({"HOME": "/h", variable: str(tmp_path / "link")}).home

    assert home == (disk if variable == "NOETHER_HOME" else disk / "noether")


def test_a_toolchain_of_nixpkgs_is_a_matter_of_settings(tmp_path: Path) -> None:
    (tmp_path / "noether").mkdir()
    (tmp_path / "noether/settings.toml").write_text(
        '[toolchain]\nprovider = "nixpkgs"\nnixpkgs = "/a/nixpkgs"\n'
    )

    settings = read_settings(
        {
            "HOME": "/h",
            "NOETHER_TOOLCHAIN_CLOSURE": "/a/closure",
            "XDG_CONFIG_HOME": str(tmp_path),
            "https_proxy": "http://a.proxy",
        }
    )

    assert settings.toolchain_provider == "nixpkgs"
    assert settings.toolchain_nixpkgs == "/a/nixpkgs"
    assert settings.toolchain_closure == Path("/a/closure")
    assert settings.network == {"https_proxy": "http://a.proxy"}


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        (
            "NOETHER_TOOLCHAIN_PROVIDER",
            "debian",
            "toolchain.provider is 'debian', which is none of: host, nixpkgs",
        ),
        ("NOETHER_TOOLCHAIN_NIXPKGS", "nixpkgs", "toolchain.nixpkgs is 'nixpkgs', no whole path"),
    ],
)
def test_a_toolchain_from_nowhere_is_refused_with_the_variable(
    variable: str, value: str, words: str
) -> None:
    with pytest.raises(SettingInvalidError, match=words) as caught:
        read_settings({"HOME": "/h", variable: value})

    assert caught.value.message.startswith(f"variable {variable}: ")


def test_the_policies_of_file_and_variable_hold_together(tmp_path: Path) -> None:
    (tmp_path / "noether").mkdir()
    (tmp_path / "noether/settings.toml").write_text('policy = "/etc/policy.toml"\n')

    of_file = read_settings({"XDG_CONFIG_HOME": str(tmp_path)})
    of_both = read_settings({"XDG_CONFIG_HOME": str(tmp_path), "NOETHER_POLICY": "/h/p.toml"})

    assert of_file.policies == (Path("/etc/policy.toml"),)
    assert of_both.policies == (Path("/etc/policy.toml"), Path("/h/p.toml"))


@pytest.mark.parametrize("written", ['"policy.toml"', "1", "true", "[]"])
def test_the_policy_of_the_file_is_a_whole_path(tmp_path: Path, written: str) -> None:
    (tmp_path / "noether").mkdir()
    (tmp_path / "noether/settings.toml").write_text(f"policy = {written}\n")

    with pytest.raises(SettingInvalidError, match="no whole path"):
        read_settings({"XDG_CONFIG_HOME": str(tmp_path)})
