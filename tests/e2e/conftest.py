"""A `noether` command for tests, in a home that has its toolchain already."""

from pathlib import Path

import pytest

from tests.e2e.homes import Noether, copy_home, prepared_home


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A home that all tests of a worker add to."""
    home = tmp_path_factory.mktemp("shared") / "home"
    return copy_home(prepared_home(tmp_path_factory, worker_id), home)


@pytest.fixture
def noether(shared_home: Path, tmp_path: Path) -> Noether:
    """The command in an empty folder, with the home that tests share."""
    return Noether(shared_home, tmp_path)


@pytest.fixture
def own_noether(
    tmp_path_factory: pytest.TempPathFactory, worker_id: str, tmp_path: Path
) -> Noether:
    """The command in an empty folder, with a home of its own."""
    prepared = prepared_home(tmp_path_factory, worker_id)
    folder = tmp_path / "work"
    folder.mkdir()
    return Noether(copy_home(prepared, tmp_path / "home"), folder)


@pytest.fixture
def bare_noether(tmp_path: Path) -> Noether:
    """The command in an empty folder, with a home that does not exist yet."""
    folder = tmp_path / "work"
    folder.mkdir()
    return Noether(tmp_path / "home", folder)
