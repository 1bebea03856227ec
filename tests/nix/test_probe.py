"""What a machine gives, asked for by a build that runs nothing."""

from pathlib import Path

import pytest

from noether_nix.executor.nix import NixExecutor
from noether_nix.executor.probe import probe
from tests.nix.calls import make_place

pytestmark = pytest.mark.nix


def test_a_build_without_calls_says_which_sandbox_stands(tmp_path: Path, prepared: Path) -> None:
    place = make_place(tmp_path, prepared)

    proved = probe(NixExecutor(place.nix, tmp_path / "scratch"), place.interpreter)

    assert proved.level == "full"
    assert proved.evidence["call"]["seccomp"] == 2
    assert proved.evidence["build"]["process"] == 1
