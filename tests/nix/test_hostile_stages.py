"""What each hostile stage comes to, and that nobody beside it notices."""

from collections.abc import Iterator

import pytest

from tests.nix.fused_runs import FusedRuns, open_house, stage_text
from tests.nix.host_witness import HostWitness, host_witness
from tests.nix.hostile_stages import ATTACKS, Attack
from tests.nix.innocents import innocent_sha256, run_amid, shown, split
from tests.nix.kernel_attacks import KERNEL_ATTACKS
from tests.nix.left_behind import left_behind

pytestmark = pytest.mark.nix

_INNOCENTS = 20


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FusedRuns]:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "stages").mkdir()
    # Not a copy of a home that is prepared: scripts/escape runs this where a protection is missing.
    with open_house(folder / "home") as house:
        yield FusedRuns(house, folder / "stages")


@pytest.fixture(scope="module")
def witness(runs: FusedRuns) -> Iterator[HostWitness]:
    runs.run_stage("return 1")  # takes the toolchain, so that only calls are between two looks
    with host_witness(runs.house.settings.home) as witness:
        yield witness


@pytest.mark.parametrize("attack", [*ATTACKS, *KERNEL_ATTACKS], ids=lambda attack: attack.name)
def test_a_hostile_stage_gets_its_outcome_and_its_neighbours_get_their_results(
    runs: FusedRuns, witness: HostWitness, attack: Attack
) -> None:
    hostile = runs.write("hostile", stage_text(attack.code, gives=attack.gives))
    before = witness.look()

    first = run_amid(runs, attack.name, hostile, attack, _INNOCENTS)
    alone = run_amid(runs, attack.name, hostile, attack, _INNOCENTS)

    for report in (first, alone):
        call, innocents = split(report)
        assert call.outcome == attack.outcome, call.detail
        assert shown(call.detail, attack.detail) == attack.detail
        assert report.sandbox == "full"
        for number, innocent in enumerate(innocents):
            assert innocent.outcome == "succeeded", innocent.detail
            assert innocent.value_sha256 == innocent_sha256(attack.name, number)
    call, innocents = split(first)
    assert not any(innocent.cached for innocent in innocents)
    if attack.outcome == "succeeded":
        assert isinstance(first.output, dict)
        assert first.output["i09-hostile"] == attack.value
    call, innocents = split(alone)
    assert all(innocent.cached for innocent in innocents)
    assert call.cached == (attack.outcome == "succeeded")
    assert left_behind(runs.house.settings.home) == []
    assert witness.look() == before
