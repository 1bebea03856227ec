"""The graphs of a project that uses the ancestor are read as they are, as the page says."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from noether_nix.catalog.answers import Answer, Found, Unknown
from noether_nix.run.loading import load_graph_file
from noether_nix.stage.model import Stage
from noether_nix.stage.spec import parse_spec
from noether_nix.types.model import RecordType

FOLDER = Path(__file__).parents[1] / "golden/compositions"
CONTRACTS: dict[str, Any] = json.loads((FOLDER / "contracts.json").read_text())
GOOD: dict[str, Any] = CONTRACTS["type_check"]["pass"]


def stage_of(contract: dict[str, Any]) -> Stage:
    """A stage with that contract, from a spec as the ancestor has it."""
    keys = ("name", "input", "output", "effects")
    spec = {**{key: contract[key] for key in keys}, "implementation": "def execute(x):\n    ...\n"}
    return parse_spec(json.dumps(spec).encode(), place=contract["name"])


def find(reference: str) -> Answer:
    """The stage that the project means; its ids are of code that is not here."""
    named = {one["name"]: one for one in CONTRACTS["references"].values()}
    contract = CONTRACTS["references"].get(reference) or named.get(reference)
    return Unknown(reference, ()) if contract is None else Found(stage_of(contract))


@pytest.mark.parametrize("name", GOOD)
def test_a_graph_of_the_ancestor_is_read_as_it_is(name: str, tmp_path: Path) -> None:
    graph = Path(shutil.copy(FOLDER / name, tmp_path))

    checked = load_graph_file(graph, find).checked

    assert isinstance(checked.input, RecordType)
    assert [field.name for field in checked.input.fields] == GOOD[name]["root_input_fields"]


def test_there_are_four() -> None:
    assert len(GOOD) == 4
