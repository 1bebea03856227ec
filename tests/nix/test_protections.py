"""Each protection of a call is needed: without it, attacks get further that are held with it."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.nix.hostile_stages import ATTACKS
from tests.nix.kernel_attacks import KERNEL_ATTACKS
from tests.nix.protections import PROTECTIONS, Protection

pytestmark = pytest.mark.nix

_ESCAPE = Path(__file__).parents[2] / "scripts/escape"


@pytest.mark.parametrize("protection", PROTECTIONS, ids=lambda protection: protection.name)
def test_without_a_protection_attacks_get_further(protection: Protection) -> None:
    rows = ",".join(protection.rows)
    # Without root, Nix itself needs what the kernels of other levels refuse: nothing runs there.
    runs = protection.level == "full" or os.geteuid() == 0

    end = subprocess.run(
        [_ESCAPE, "--without", protection.name, "--rows", rows],
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )

    assert (end.returncode == 0) is runs, end.stdout + end.stderr
    for row in protection.rows:
        assert (f"got further: {row}:" in end.stdout) is runs


def test_every_row_of_a_protection_stands_in_the_table() -> None:
    known = {attack.name for attack in [*ATTACKS, *KERNEL_ATTACKS]}

    unknown = {row for each in PROTECTIONS for row in each.rows} - known

    assert not unknown
    assert all(len(set(each.rows)) >= 2 for each in PROTECTIONS)
