"""Numbers for the build users of root's private stores."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.process.build_users import OwnBuildUsers, choose_numbers

WHOLE = "         0          0 4294967295\n"
CONTAINER = "0 100000 65536\n"
ROOTLESS = "0 1000 1\n1 100000 65536\n"


@given(st.text(), st.sampled_from([WHOLE, CONTAINER, ROOTLESS]))
def test_a_store_has_64_numbers_that_nobody_else_gets(name: str, id_map: str) -> None:
    users = choose_numbers(name, id_map)

    assert len(users) == 64
    if id_map == WHOLE:
        assert 0x7000_0000 <= users[0] < users[-1] < 0x8000_0000
    else:
        # Below what systemd gives to services (61184) and nobody (65534), above most accounts.
        assert 32_000 < users[0] < users[-1] < 61_184


def test_equal_stores_have_equal_numbers_and_others_others() -> None:
    one, again, two = (choose_numbers(name, WHOLE) for name in ("1:2", "1:2", "1:3"))

    assert one == again
    assert set(one).isdisjoint(two)


@pytest.mark.parametrize(
    "id_map",
    [
        pytest.param("0 1000 1\n", id="only root"),
        pytest.param("", id="nobody"),
        pytest.param("0 100000 100\n", id="too few"),
    ],
)
def test_where_there_are_too_few_numbers_there_are_no_users(id_map: str) -> None:
    assert not choose_numbers("1:2", id_map)


def test_what_nix_is_shown_is_readable_and_the_same_each_time(tmp_path: Path) -> None:
    folder = tmp_path / "a b#c\\d"
    folder.mkdir()
    own = OwnBuildUsers.of(folder)
    assert own is not None

    words = own.show()

    passwd = (folder / "people/passwd").read_text().splitlines()
    assert passwd[1] == f"nixbld1:x:{own.users[0]}:{own.group}::/:/bin/false"
    assert (folder / "people/group").read_text().endswith(",nixbld63,nixbld64\n")
    place = str(tmp_path) + r"/a\040b\043c\134d/people"
    assert f"{place}/passwd /etc/passwd none bind\n" in (folder / "people/mounts").read_text()
    written = {file.name: file.stat().st_mtime_ns for file in os.scandir(folder / "people")}
    assert (own.show(), sorted(written)) == (words, ["group", "mounts", "passwd"])
    assert {f.name: f.stat().st_mtime_ns for f in os.scandir(folder / "people")} == written
