"""A home for the tests of this folder: its toolchain is taken once a session."""

import os
from pathlib import Path

import pytest

import noether_nix
from noether_nix.process.child import Exit, run

PROJECT = Path(noether_nix.__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def session_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def home(session_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that this process and its children take for ``NOETHER_HOME``."""
    monkeypatch.setenv("NOETHER_HOME", str(session_home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(session_home / "config"))
    return session_home


@pytest.fixture
def project() -> Path:
    return PROJECT


def start(*argv: str, directory: Path) -> Exit:
    """Run a program with the variables of this process."""
    return run(argv, environment=dict(os.environ), directory=directory, timeout_seconds=100)
