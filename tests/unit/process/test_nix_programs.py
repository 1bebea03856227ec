from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import NixMissingError, NixTooOldError
from noether_nix.process.nix_programs import PROGRAMS, NixPrograms, NixVersion, find_nix


def nix_folder(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for program in PROGRAMS:
        (folder / program).touch(mode=0o755)
    return folder


@pytest.mark.parametrize(
    ("text", "flavour", "numbers"),
    [
        pytest.param("nix-store (Nix) 2.8.0\n", "Nix", (2, 8, 0), id="Debian 12"),
        pytest.param("nix (Nix) 2.34.8", "Nix", (2, 34, 8), id="newer"),
        pytest.param("nix (Nix) 2.18", "Nix", (2, 18, 0), id="two numbers"),
        pytest.param(
            "nix (Nix) 2.19.0pre20230629_8b6b7a1", "Nix", (2, 19, 0), id="before a release"
        ),
        pytest.param("nix (Nix) 2.24.9.1", "Nix", (2, 24, 9), id="four numbers"),
        pytest.param("nix (Lix, like Nix) 2.91.1", "Lix", (2, 91, 1), id="Lix"),
        pytest.param(
            "nix (Lix, like Nix) 2.92.0-dev-pre20241204-b4bd8d2", "Lix", (2, 92, 0), id="Lix dev"
        ),
        pytest.param(
            "nix (Determinate Nix 3.6.2) 2.29.0", "Determinate Nix", (2, 29, 0), id="Determinate"
        ),
        # As people show them in reports about programs that could not read them.
        pytest.param("nix (Nix) 2.31.2+1", "Nix", (2, 31, 2), id="with patches of nixpkgs"),
        pytest.param(
            "nix (Nix) 2.33.0pre20251224_e23983d", "Nix", (2, 33, 0), id="of a development branch"
        ),
        pytest.param("nix (Nix) 2.27.0pre19700101_dirty", "Nix", (2, 27, 0), id="dirty checkout"),
        pytest.param(
            "nix-env (Lix, like Nix) 2.90.0-beta.1-lixpre20240506-b6799ab",
            "Lix",
            (2, 90, 0),
            id="Lix beta",
        ),
        pytest.param("nix (Lix, like Nix) 2.90.0-lix", "Lix", (2, 90, 0), id="Lix by its module"),
        pytest.param(
            "nix (Lix, like Nix) 2.92.0-devpre20241129_2e5780e", "Lix", (2, 92, 0), id="Lix branch"
        ),
        pytest.param("nix (Lix, like Nix) 2.95.2", "Lix", (2, 95, 2), id="newer Lix"),
        pytest.param(
            "nix (Lix, like Nix but for friends) 2.91.1", "Lix", (2, 91, 1), id="Lix with a joke"
        ),
        pytest.param("nix but for friends 2.91.1", "Nix", (2, 91, 1), id="a joke without brackets"),
        pytest.param(
            "nix (Determinate Nix 3.22.2) 2.34.8",
            "Determinate Nix",
            (2, 34, 8),
            id="newer Determinate",
        ),
        pytest.param("2.8.0", "Nix", (2, 8, 0), id="bare"),
        pytest.param("nix-store (Nix) 2.8.0\nmore words", "Nix", (2, 8, 0), id="more lines"),
    ],
)
def test_versions_are_read(text: str, flavour: str, numbers: tuple[int, int, int]) -> None:
    version = NixVersion.parse(text)

    assert (version.flavour, version.numbers) == (flavour, numbers)


@pytest.mark.parametrize("text", ["", "nix", "nix (Nix)", "nix (Nix) latest", "(Nix) x2.8"])
def test_what_names_no_version_is_refused(text: str) -> None:
    with pytest.raises(NixTooOldError, match="no version of Nix"):
        NixVersion.parse(text)


@given(st.text())
def test_any_text_is_a_version_or_the_one_error(text: str) -> None:
    with suppress(NixTooOldError):
        NixVersion.parse(text)


@pytest.mark.parametrize("text", ["nix (Nix) 2.7.99", "nix (Nix) 1.11.16", "2.3.18"])
def test_an_old_nix_is_named_with_the_oldest_that_works(text: str) -> None:
    with pytest.raises(NixTooOldError, match=r"too old, 2\.8\.0") as caught:
        NixVersion.parse(text).check_supported()

    assert "apt-get install nix-bin" in caught.value.hint


def test_nix_is_found_along_path_in_its_order(tmp_path: Path) -> None:
    first, second = nix_folder(tmp_path / "first"), nix_folder(tmp_path / "second")
    half = tmp_path / "half"
    half.mkdir()
    (half / PROGRAMS[0]).touch(mode=0o755)

    assert find_nix(None, f"{half}:{tmp_path / 'absent'}:{first}:{second}") == NixPrograms(first)


def test_relative_parts_of_path_are_not_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = nix_folder(tmp_path / "here"), nix_folder(tmp_path / "there")
    monkeypatch.chdir(here)

    assert find_nix(None, f":.:{there}") == NixPrograms(there)


@pytest.mark.parametrize("name", ["", "nix-build"], ids=["the folder", "a program in it"])
def test_the_setting_comes_before_path(tmp_path: Path, name: str) -> None:
    chosen, other = nix_folder(tmp_path / "chosen"), nix_folder(tmp_path / "other")

    assert find_nix(chosen / name, str(other)) == NixPrograms(chosen)


@pytest.mark.parametrize("name", ["absent", "empty", "chosen/nix-absent"])
def test_a_setting_that_leads_nowhere_is_never_overruled(tmp_path: Path, name: str) -> None:
    other = nix_folder(tmp_path / "other")
    nix_folder(tmp_path / "chosen")
    (tmp_path / "empty").mkdir()

    with pytest.raises(NixMissingError, match="NOETHER_NIX is"):
        find_nix(tmp_path / name, str(other))


def test_the_identity_changes_with_the_file_and_only_with_it(tmp_path: Path) -> None:
    programs = NixPrograms(nix_folder(tmp_path / "nix"))
    before = programs.identity

    assert programs.identity == before
    Path(programs.store).write_bytes(b"another")
    assert programs.identity != before
    Path(programs.store).unlink()
    with pytest.raises(NixMissingError):
        _ = programs.identity
