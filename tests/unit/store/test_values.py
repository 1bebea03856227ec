"""Large values as files: mended when damaged, spared by links that are ours alone."""

from pathlib import Path

import pytest

from noether_nix.errors import HashMismatchError
from noether_nix.formats.store_path import StorePath
from noether_nix.store.values import NixValueFiles
from tests.fakes.folder_nix import FolderNix
from tests.fakes.records import value_path_of

PATH = value_path_of(b"one")


@pytest.fixture
def nix(tmp_path: Path) -> FolderNix:
    return FolderNix(tmp_path)


@pytest.fixture
def file(nix: FolderNix) -> Path:
    NixValueFiles(nix).add({PATH: b"one"})
    return nix.physical(StorePath.parse(PATH))


@pytest.mark.parametrize("content", [None, b"", b"two", b"one and more"])
def test_a_damaged_file_that_nix_believes_in_is_mended(
    nix: FolderNix, file: Path, content: bytes | None
) -> None:
    file.unlink()
    if content is not None:
        file.write_bytes(content)

    NixValueFiles(nix).add({PATH: b"one"})

    assert file.read_bytes() == b"one"
    assert file.stat().st_mode & 0o777 == 0o444
    assert file.stat().st_mtime == 1
    assert list(file.parent.iterdir()) == [file]


def test_a_file_that_cannot_be_mended_is_an_error_with_a_remedy(nix: FolderNix, file: Path) -> None:
    file.unlink()
    file.mkdir()

    with pytest.raises(HashMismatchError) as caught:
        NixValueFiles(nix).add({PATH: b"one"})

    assert PATH in caught.value.hint


def test_what_is_no_file_is_not_read(nix: FolderNix, file: Path) -> None:
    file.unlink()
    file.mkdir()

    assert NixValueFiles(nix).read(PATH) is None


def test_the_links_of_others_are_left_alone(nix: FolderNix, file: Path) -> None:
    nix.add_root("toolchain-3.11", StorePath.parse(PATH))
    (nix.roots_folder / "value-notes").write_text("no link")
    values = NixValueFiles(nix)

    assert [held.path for held in values.held()] == [PATH]
    values.remove(PATH)
    assert values.held() == ()
    assert (nix.roots_folder / "toolchain-3.11").is_symlink()
