"""What a caller may choose for one run."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from noether_nix.frozen import dataclass, field

if TYPE_CHECKING:
    from noether_nix.effects.policy import Policy


@dataclass(frozen=True)
class RunOptions:
    """Choices for one run.

    Attributes:
        limits: by name in seconds, bytes and pieces, over those of settings and stages; also that
            of the whole run.
        jobs: how many calls run at once; None for the settings'.
        stop_at_failure: start nothing more after the first failure.
        only: run this node and what it needs; its result is the output.
        policies: what may run, beside what the settings say; all of them hold.
        optimize: work out beforehand what is known before anything runs; the results are the same.
        check_properties: hold every result against the properties of its stage.
        level: the least isolation that will do, of what runs and of what is known; None for the
            settings'.
    """

    limits: Mapping[str, int] = field(default_factory=dict)
    jobs: int | None = None
    stop_at_failure: bool = False
    only: str | None = None
    optimize: bool = True
    check_properties: bool = False
    level: str | None = None
    policies: "tuple[Policy, ...]" = ()
