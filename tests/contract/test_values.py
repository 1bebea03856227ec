"""The promises of ValueFiles, held by the real one and by the one that tests use."""

from pathlib import Path

import pytest

from noether_nix.errors import InternalError
from noether_nix.store.interface import ValueFiles
from noether_nix.store.values import NixValueFiles
from tests.fakes.folder_nix import FolderNix
from tests.fakes.memory_values import MemoryValues
from tests.fakes.records import value_path_of


@pytest.fixture(params=["nix", "memory"])
def values(request: pytest.FixtureRequest, tmp_path: Path) -> ValueFiles:
    return MemoryValues() if request.param == "memory" else NixValueFiles(FolderNix(tmp_path))


def test_an_added_value_is_read_and_held(values: ValueFiles) -> None:
    values.add({value_path_of(b"one"): b"one", value_path_of(b"two!"): b"two!"})

    assert values.read(value_path_of(b"one")) == b"one"
    assert {held.path: held.size_bytes for held in values.held()} == {
        value_path_of(b"one"): 3,
        value_path_of(b"two!"): 4,
    }


def test_adding_twice_is_adding_once(values: ValueFiles) -> None:
    first = values.add({value_path_of(b"one"): b"one"})

    assert values.add({value_path_of(b"one"): b"one"}) == first
    assert len(values.held()) == 1
    assert values.add({}) == {}


def test_an_unknown_value_is_not_read(values: ValueFiles) -> None:
    assert values.read(value_path_of(b"one")) is None
    assert values.held() == ()


def test_a_removed_value_is_held_no_longer(values: ValueFiles) -> None:
    values.add({value_path_of(b"one"): b"one"})

    values.remove(value_path_of(b"one"))
    values.remove(value_path_of(b"one"))

    assert values.held() == ()


def test_a_value_goes_only_where_it_belongs(values: ValueFiles) -> None:
    with pytest.raises(InternalError, match="path"):
        values.add({value_path_of(b"one"): b"two"})

    assert values.held() == ()
