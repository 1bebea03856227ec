"""A `noether` command for tests, in a home that has its toolchain already."""

from pathlib import Path

import pytest

from tests.e2e.homes import Noether, copy_home, prepared_home


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The home of the whole session; only results may be added to it."""
    return prepared_home(tmp_path_factory, worker_id)


@pytest.fixture
def noether(shared_home: Path, tmp_path: Path) -> Noether:
    """The command in an empty folder, with the session's home."""
    return Noether(shared_home, tmp_path)


@pytest.fixture
def own_noether(shared_home: Path, tmp_path: Path) -> Noether:
    """The command in an empty folder, with a home of its own."""
    folder = tmp_path / "work"
    folder.mkdir()
    return Noether(copy_home(shared_home, tmp_path / "home"), folder)


@pytest.fixture
def bare_noether(tmp_path: Path) -> Noether:
    """The command in an empty folder, with a home that does not exist yet."""
    folder = tmp_path / "work"
    folder.mkdir()
    return Noether(tmp_path / "home", folder)
