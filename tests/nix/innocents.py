"""One hostile stage amid innocent ones, and what those have to give whatever it does."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from noether_nix.run.report import CallReport, Report
from tests.nix.fused_runs import FusedRuns, stage_text
from tests.nix.hostile_stages import Attack

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
    return {"digest": digest, "found": found}
"""


def run_amid(runs: FusedRuns, name: str, hostile: str, attack: Attack, innocents: int) -> Report:
    """Run a hostile stage amid the innocents of that name."""
    innocent = runs.write(
        "innocent", stage_text(_INNOCENT, takes="{number: Number, salt: Text}", effects="[Pure]")
    )
    branches: dict[str, Any] = {
        f"i{number:02}": {"op": "Stage", "id": innocent, "config": {"number": number, "salt": name}}
        for number in range(innocents)
    }
    branches[f"i{innocents // 2 - 1:02}-hostile"] = {"op": "Stage", "id": hostile}
    return runs.run({"op": "Parallel", "branches": branches}, limits=attack.limits)


def split(report: Report) -> tuple[CallReport, list[CallReport]]:
    """The hostile call, and the others."""
    (hostile,) = (call for call in report.calls if call.stage_name == "hostile")
    return hostile, [call for call in report.calls if call is not hostile]


def innocent_sha256(name: str, number: int) -> str:
    """Of the one value that an innocent may give."""
    value = {
        "digest": hashlib.sha256(f"{name} {number}".encode()).hexdigest(),
        "found": {folder: [f"{folder} {number}"] for folder in ("/tmp", "/build")},
    }
    return hashlib.sha256(json.dumps(value, separators=(",", ":")).encode()).hexdigest()


def shown(detail: Mapping[str, Any], expected: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that are expected, with the pattern in place of what fits it."""
    found = {}
    for name, wanted in expected.items():
        fact = detail.get(name)
        fits = isinstance(wanted, re.Pattern) and wanted.fullmatch(str(fact))
        found[name] = wanted if fits else fact
    return found
