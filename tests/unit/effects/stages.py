"""Stages for the tests of effects."""

from collections.abc import Mapping

from noether_nix.stage.effect_forms import parse_effects
from noether_nix.stage.model import Stage
from noether_nix.types.model import ANY


def stage_of(
    code: str,
    effects: str = "[Pure]",
    *,
    name: str = "tried",
    helpers: Mapping[str, bytes] | None = None,
) -> Stage:
    """A stage with this code that declares these effects."""
    return Stage(
        name=name,
        input=ANY,
        output=ANY,
        effects=parse_effects(effects)[0],
        source=code.encode(),
        helpers=tuple(sorted((helpers or {}).items())),
        origin=f"stages/{name}.py",
    )
