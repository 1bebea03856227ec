"""Large values in a real private store: read as files, spared by our links, mended."""

from pathlib import Path

import pytest

from noether_nix.formats.store_path import StorePath
from noether_nix.process.nix import Nix
from noether_nix.store.values import NixValueFiles
from tests.fakes.records import value_path_of
from tests.nix.which_nix import PROGRAMS

pytestmark = pytest.mark.nix

ONE, TWO = b'"one"' * 20_000, b'"two"' * 20_000


@pytest.fixture
def nix(tmp_path: Path) -> Nix:
    return Nix(PROGRAMS, tmp_path / "nix")


def test_values_outlive_a_collection_until_they_are_let_go(nix: Nix) -> None:
    values = NixValueFiles(nix)
    places = values.add({value_path_of(ONE): ONE, value_path_of(TWO): TWO})
    values.remove(value_path_of(TWO))

    collected = nix.collect_garbage()

    assert [str(path) for path in collected] == [value_path_of(TWO)]
    assert values.read(value_path_of(ONE)) == places[value_path_of(ONE)].read_bytes() == ONE
    assert values.read(value_path_of(TWO)) is None
    assert [(held.path, held.size_bytes) for held in values.held()] == [
        (value_path_of(ONE), len(ONE))
    ]


@pytest.mark.parametrize("content", [None, b"spoilt"])
def test_a_mended_value_is_what_nix_added(nix: Nix, content: bytes | None) -> None:
    values = NixValueFiles(nix)
    path = StorePath.parse(value_path_of(ONE))
    values.add({str(path): ONE})
    nix.physical(path).unlink()
    if content is not None:
        nix.physical(path).write_bytes(content)

    values.add({str(path): ONE})

    assert values.read(str(path)) == ONE
    assert nix.verify(path)
    assert nix.find_missing([path]) == ()
