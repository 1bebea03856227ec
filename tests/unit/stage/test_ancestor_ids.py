"""All 85 stages of the library that came before, and the ids that they have there.

The rows were computed from alpibrusl/noether at 0d93019 (v0.8.2).
"""

import json
from pathlib import Path
from typing import Any

import pytest

from noether_nix.stage.effect import effect_set
from noether_nix.stage.effect_forms import effect_from_document
from noether_nix.stage.model import Stage, signature_document, stage_id
from noether_nix.types.document import type_from_document, type_to_document
from noether_nix.types.text import parse_type, render_type

GOLDEN = Path(__file__).parents[2] / "golden" / "noether_stdlib.json"
ROWS: list[dict[str, Any]] = json.loads(GOLDEN.read_text(encoding="utf-8"))


def stage_of(row: dict[str, Any]) -> Stage:
    effects = effect_set(effect_from_document(effect) for effect in row["effects"])
    types = (type_from_document(row["input"]), type_from_document(row["output"]))
    return Stage(row["name"], *types, effects, b"")


def test_there_are_85_of_them() -> None:
    assert len({row["signature_id"] for row in ROWS}) == 85


@pytest.mark.parametrize("row", [pytest.param(row, id=row["name"]) for row in ROWS])
def test_a_signature_has_the_id_that_it_had(row: dict[str, Any]) -> None:
    stage = stage_of(row)

    assert stage.signature_id == row["signature_id"]
    assert stage_id(signature_document(stage), row["implementation_hash"]) == row["id"]


@pytest.mark.parametrize("side", ["input", "output"])
@pytest.mark.parametrize("row", [pytest.param(row, id=row["name"]) for row in ROWS])
def test_its_types_keep_their_json_through_our_text(row: dict[str, Any], side: str) -> None:
    whole = type_from_document(row[side])

    assert type_to_document(parse_type(render_type(whole))) == row[side]
