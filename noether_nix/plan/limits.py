"""How much a call may use: the built-in bounds, and who may change them."""

from collections.abc import Mapping
from dataclasses import dataclass

from noether_nix.inside.contract import Limits

_MIB = 1 << 20

# Fixed for every stage until someone needs another: what threads, files and recursion want.
_FIXED = {
    "stack_bytes": 8 * _MIB,
    "processes": 64,
    "open_files": 256,
    "scratch_bytes": 256 * _MIB,
}

DEFAULTS: Mapping[str, int] = {
    "wall": 60,
    "memory": 1024 * _MIB,
    "output": 10 * _MIB,
    "log": 10 * _MIB,
}
"""In seconds and bytes, under the names that stages, flags and settings use."""


@dataclass(frozen=True, slots=True)
class CallLimits:
    """The bounds of one call; ``observable`` are those that its code can notice."""

    observable: Limits
    wall_seconds: int
    output_bytes: int
    log_bytes: int


def call_limits(stage: Mapping[str, int], given: Mapping[str, int]) -> CallLimits:
    """The bounds for a stage: what was ``given`` for the run, else its own, else built in."""
    chosen = {**DEFAULTS, **stage, **given}
    return CallLimits(
        observable=Limits(memory_bytes=chosen["memory"], **_FIXED),
        wall_seconds=chosen["wall"],
        output_bytes=chosen["output"],
        log_bytes=chosen["log"],
    )
