"""What each hostile stage comes to, and that nobody beside it notices."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from noether_nix.run.report import CallReport, Report
from tests.nix.fused_runs import FusedRuns, open_house, stage_text
from tests.nix.host_witness import HostWitness, host_witness
from tests.nix.hostile_stages import ATTACKS, Attack
from tests.nix.kernel_attacks import KERNEL_ATTACKS
from tests.nix.left_behind import left_behind

pytestmark = pytest.mark.nix

_INNOCENTS = 20

# Works for a moment in every place that a neighbour might reach.
_INNOCENT = """
import hashlib, os, time

def execute(given):
    for folder in ("/tmp", "/build", "/dev/shm"):
        with open(f"{folder}/own", "x") as file:
            file.write(f"{folder} {given['number']}")
    time.sleep(0.02)
    found = {f: [open(f"{f}/{n}").read() for n in os.listdir(f)] for f in ("/tmp", "/build")}
    digest = hashlib.sha256(f"{given['salt']} {given['number']}".encode()).hexdigest()
    print("innocent", given["number"])
    return {"digest": digest, "found": found, "processes": os.listdir("/proc").count("2")}
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FusedRuns]:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "stages").mkdir()
    with open_house(folder / "home") as house:
        yield FusedRuns(house, folder / "stages")


@pytest.fixture(scope="module")
def witness(runs: FusedRuns) -> Iterator[HostWitness]:
    runs.run_stage("return 1")  # takes the toolchain, so that only calls are between two looks
    with host_witness(runs.house.settings.home) as witness:
        yield witness


def run_fused(runs: FusedRuns, name: str, hostile: str, attack: Attack) -> Report:
    """Run a hostile stage amid the innocents of that name."""
    innocent = runs.write(
        "innocent", stage_text(_INNOCENT, takes="{number: Number, salt: Text}", effects="[Pure]")
    )
    branches: dict[str, Any] = {
        f"i{number:02}": {"op": "Stage", "id": innocent, "config": {"number": number, "salt": name}}
        for number in range(_INNOCENTS)
    }
    branches["i09-hostile"] = {"op": "Stage", "id": hostile}
    return runs.run({"op": "Parallel", "branches": branches}, limits=attack.limits)


def split(report: Report) -> tuple[CallReport, list[CallReport]]:
    (hostile,) = (call for call in report.calls if call.stage_name == "hostile")
    return hostile, [call for call in report.calls if call is not hostile]


def innocent_value(name: str, number: int) -> bytes:
    value = {
        "digest": hashlib.sha256(f"{name} {number}".encode()).hexdigest(),
        "found": {folder: [f"{folder} {number}"] for folder in ("/tmp", "/build")},
        "processes": 0,
    }
    return json.dumps(value, separators=(",", ":")).encode()


def shown(detail: Mapping[str, Any], expected: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that are expected, with the pattern in place of what fits it."""
    found = {}
    for name, wanted in expected.items():
        fact = detail.get(name)
        fits = isinstance(wanted, re.Pattern) and wanted.fullmatch(str(fact))
        found[name] = wanted if fits else fact
    return found


@pytest.mark.parametrize("attack", [*ATTACKS, *KERNEL_ATTACKS], ids=lambda attack: attack.name)
def test_a_hostile_stage_gets_its_outcome_and_its_neighbours_get_their_results(
    runs: FusedRuns, witness: HostWitness, attack: Attack
) -> None:
    hostile = runs.write("hostile", stage_text(attack.code, gives=attack.gives))
    before = witness.look()

    first = run_fused(runs, attack.name, hostile, attack)
    alone = run_fused(runs, attack.name, hostile, attack)

    for report in (first, alone):
        call, innocents = split(report)
        assert call.outcome == attack.outcome, call.detail
        assert shown(call.detail, attack.detail) == attack.detail
        assert report.sandbox == "full"
        for number, innocent in enumerate(innocents):
            value = innocent_value(attack.name, number)
            assert innocent.outcome == "succeeded", innocent.detail
            assert innocent.value_sha256 == hashlib.sha256(value).hexdigest()
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
