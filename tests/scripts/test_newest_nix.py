"""Where scripts/newest-nix looks, and what it says when there is nothing to be had.

Nothing is fetched here: continuous integration starts the script itself and runs the tests of
what starts Nix with what it brings.
"""

import os
import time
from pathlib import Path

import pytest

from scripts.apt_sources import Source, find_source, parse_release, render_sources
from scripts.newest_nix import CANNOT_BE_HAD, cache_folder, main

STANZAS = """\
# what is installed from here
Types: deb
URIs: http://elsewhere.example/
Suites: bookworm
Components: nodes
Signed-By: /keys/elsewhere.gpg

Types: deb
Enabled: no
URIs: http://old.example/
Suites: bookworm
Components: main

Types: deb
# http://snapshot.example/
URIs: http://mirror.example/debian http://second.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /keys/debian.gpg
"""
LINES = """\
deb [arch=amd64 signed-by=/keys/elsewhere.gpg] http://elsewhere.example/ bookworm nodes
# deb http://old.example/ bookworm main
deb-src http://sources.example/ bookworm main contrib
deb http://security.example/ bookworm-security main
deb [ signed-by=/keys/debian.gpg arch=amd64 ] http://mirror.example/debian bookworm main contrib
"""
EMBEDDED = """\
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm
Components: main contrib
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
"""


@pytest.mark.parametrize(
    ("sources", "keyring"),
    [
        pytest.param([STANZAS], "/keys/debian.gpg", id="a stanza names the keyring"),
        pytest.param([LINES], "/keys/debian.gpg", id="a line names the keyring"),
        pytest.param(
            ["", STANZAS.partition("\n\n")[0], LINES], "/keys/debian.gpg", id="other file"
        ),
        pytest.param([EMBEDDED], None, id="a key in the file itself: apt's own keys must do"),
        pytest.param(
            ["deb http://mirror.example/debian bookworm main contrib"], None, id="no keyring"
        ),
    ],
)
def test_the_system_s_own_archive_is_found_with_its_keyring(
    sources: list[str], keyring: str | None
) -> None:
    found = find_source("bookworm", sources)

    assert found == Source("http://mirror.example/debian", ("main", "contrib"), keyring)


@pytest.mark.parametrize(
    ("sources", "codename"),
    [
        pytest.param([], "bookworm", id="no source at all"),
        pytest.param([STANZAS, LINES], "trixie", id="none of this release"),
        pytest.param([STANZAS, LINES], "", id="a system without releases"),
        pytest.param(["deb", "deb [", "deb [x] a b", "Types: deb", "\0"], "b", id="torn files"),
    ],
)
def test_without_a_source_of_this_release_nothing_is_guessed(
    sources: list[str], codename: str
) -> None:
    assert find_source(codename, sources) is None


def test_newer_suites_are_asked_of_the_same_archive_under_the_same_keys() -> None:
    source = Source("http://mirror.example/debian/", ("main",), "/keys/debian.gpg")

    assert render_sources(source, ("testing", "unstable")) == (
        "Types: deb\nURIs: http://mirror.example/debian/\nSuites: testing unstable\n"
        "Components: main\nSigned-By: /keys/debian.gpg\n"
    )


def test_the_release_is_read_with_and_without_quotes() -> None:
    text = "ID=debian\nVERSION_CODENAME=\"bookworm\"\n\nNAME='a = b'\n"

    assert parse_release(text) == {"ID": "debian", "VERSION_CODENAME": "bookworm", "NAME": "a = b"}


def test_a_chosen_cache_folder_holds_it() -> None:
    assert cache_folder({"XDG_CACHE_HOME": "/somewhere"}) == Path("/somewhere/noether")


@pytest.fixture
def fetched(tmp_path: Path) -> Path:
    """A cache folder as a fetch leaves it, and the folder of programs in it."""
    programs = tmp_path / "nix-2.99.0-1/bin"
    programs.mkdir(parents=True)
    (tmp_path / "nix-newest").symlink_to("nix-2.99.0-1")
    return programs


NOBODY = {"PATH": "/nonexistent"}  # no apt to be found


def test_on_the_same_day_the_mirror_is_not_asked_again(
    fetched: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["--into", str(fetched.parents[1])], NOBODY)

    assert (code, *capsys.readouterr()) == (0, f"{fetched}\n", "")


def test_when_the_mirror_does_not_answer_the_one_of_yesterday_is_used_and_that_is_said(
    fetched: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    yesterday = time.time() - 25 * 60 * 60
    os.utime(fetched.parents[1] / "nix-newest", (yesterday, yesterday), follow_symlinks=False)

    code = main(["--into", str(fetched.parents[1])], NOBODY)

    out, err = capsys.readouterr()
    assert (code, out) == (0, f"{fetched}\n")
    assert "so the one at hand is used" in err


@pytest.mark.parametrize("words", [[], ["--fresh"]], ids=["nothing at hand", "asked for a new one"])
def test_where_none_can_be_had_that_is_said_with_the_exit_code_of_the_machine(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main([*words, "--into", str(tmp_path)], NOBODY)

    out, err = capsys.readouterr()
    assert (code, out) == (CANNOT_BE_HAD, "")
    assert err.startswith("newest-nix: ")
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]
