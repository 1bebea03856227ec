"""What the documents show is tried in a home that has its toolchain already."""

from pathlib import Path

import pytest

from tests.e2e.homes import copy_home, prepared_home


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory, worker_id: str, tmp_path: Path) -> Path:
    """A home of the test's own, in which nothing was run but to take the toolchain."""
    return copy_home(prepared_home(tmp_path_factory, worker_id), tmp_path / "home")
