"""What is believed of what a call says of its own end."""

import json
from typing import Any

import pytest

from noether_nix.inside.scheduler import claimed_ending


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ({"type": "MemoryError", "message": ""}, "memory-exceeded"),
        # CPython 3.11 says so when there is no memory for a frame.
        (
            {"type": "SystemError", "message": "error return without exception set"},
            "memory-exceeded",
        ),
        ({"type": "SystemError", "message": "another"}, "stage-raised"),
        ({"type": "ValueError", "message": "words"}, "stage-raised"),
    ],
)
def test_memory_that_ended_is_told_from_what_a_stage_raised(
    facts: dict[str, Any], outcome: str
) -> None:
    claim = {"outcome": "stage-raised", **facts}

    found, told = claimed_ending(json.dumps(claim).encode())

    assert found == outcome
    assert (told["type"] == "MemoryError") is (outcome == "memory-exceeded")
