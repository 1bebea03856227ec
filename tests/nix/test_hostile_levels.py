"""What each hostile stage comes to on kernels that have less, and that nobody notices."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from noether_nix.errors import SandboxUnavailableError
from tests.e2e.homes import copy_home
from tests.nix.fused_runs import FusedRuns, open_house, stage_text
from tests.nix.hostile_stages import ATTACKS, Attack
from tests.nix.innocents import innocent_sha256, run_amid, shown, split
from tests.nix.kernel_attacks import KERNEL_ATTACKS
from tests.nix.left_behind import left_behind
from tests.nix.lesser_ends import ENDS, end_of
from tests.nix.lesser_kernels import lesser_nix

pytestmark = pytest.mark.nix

# With a build for each call, or with one call at a time, twenty would take long.
_INNOCENTS = {"confined": 4, "alone": 2}


@pytest.fixture(scope="module", params=_INNOCENTS)
def level(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def runs(
    level: str, tmp_path_factory: pytest.TempPathFactory, prepared: Path
) -> Iterator[FusedRuns]:
    folder = tmp_path_factory.mktemp(f"hostile-{level}")
    (folder / "stages").mkdir()
    with open_house(
        copy_home(prepared, folder / "home"), nix=lesser_nix(folder / "nix", level)
    ) as house:
        yield FusedRuns(house, folder / "stages")


@pytest.mark.parametrize("attack", [*ATTACKS, *KERNEL_ATTACKS], ids=lambda attack: attack.name)
def test_a_hostile_stage_gets_its_outcome_and_its_neighbours_get_their_results(
    runs: FusedRuns, level: str, attack: Attack
) -> None:
    hostile = runs.write("hostile", stage_text(attack.code, gives=attack.gives))
    count, end = _INNOCENTS[level], end_of(attack, level)
    if os.geteuid() != 0:
        # Without root, Nix itself needs what that kernel refuses.
        with pytest.raises(SandboxUnavailableError):
            run_amid(runs, attack.name, hostile, attack, count)
        return

    first = run_amid(runs, attack.name, hostile, attack, count)
    again = run_amid(runs, attack.name, hostile, attack, count)

    for report in (first, again):
        call, innocents = split(report)
        assert call.outcome == end.outcome, call.detail
        assert shown(call.detail, end.detail) == end.detail
        assert report.sandbox == level
        for number, innocent in enumerate(innocents):
            assert innocent.outcome == "succeeded", innocent.detail
            assert innocent.value_sha256 == innocent_sha256(attack.name, number)
    call, innocents = split(first)
    assert not any(innocent.cached for innocent in innocents)
    if end.outcome == "succeeded":
        assert isinstance(first.output, dict)
        (name,) = (name for name in first.output if name.endswith("hostile"))
        assert first.output[name] == end.value
    call, innocents = split(again)
    assert all(innocent.cached for innocent in innocents)
    assert call.cached == (end.outcome == "succeeded")
    assert left_behind(runs.house.settings.home) == []


def test_every_end_is_that_of_an_attack_of_the_table() -> None:
    known = {attack.name for attack in [*ATTACKS, *KERNEL_ATTACKS]}

    assert {name for ends in ENDS.values() for name in ends} <= known
