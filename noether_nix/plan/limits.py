"""How much a call may use: who states a limit, which statement counts, and what may be stated.

First wins: what was given for the run (flag, variable, settings), the innermost node of the
graph, the stage, what is built in. A graph and a stage come from anybody, so they may lower a
limit and never exceed its ceiling; what was given for the run is the owner's own word.
"""

import functools
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from noether_nix.errors import SettingInvalidError
from noether_nix.frozen import dataclass
from noether_nix.inside.contract import Limits
from noether_nix.stage.limits import CALL_LIMITS

DEFAULTS: Mapping[str, int] = {
    name: limit.default for name, limit in CALL_LIMITS.items() if limit.default is not None
}
"""In seconds, bytes and pieces, under the names that stages, flags and settings use."""


@dataclass(frozen=True, slots=True)
class CallLimits:
    """The bounds of one call; ``observable`` are those that its code can notice."""

    observable: Limits
    wall_seconds: int
    cpu_seconds: int
    silence_seconds: int | None
    output_bytes: int
    log_bytes: int

    def facts(self) -> Mapping[str, int | None]:
        """Every bound by its name with its unit, in the order of the table."""
        return _facts(self)


@functools.lru_cache(maxsize=256)  # most calls of a run have the same limits
def _facts(limits: CallLimits) -> Mapping[str, int | None]:
    found: dict[str, int | None] = {}
    for limit in CALL_LIMITS.values():
        holder = limits.observable if limit.observable else limits
        found[limit.fact] = getattr(holder, limit.fact)
    return MappingProxyType(found)


_NONE: Mapping[str, int] = {}


def call_limits(
    stage: Mapping[str, int],
    given: Mapping[str, int],
    node: Mapping[str, int] = _NONE,
    ceilings: Mapping[str, int] = _NONE,
) -> CallLimits:
    """The bounds of a call.

    Args:
        stage: what its stage states.
        given: what the owner said for the run.
        node: what the graph states at the call's node or around it.
        ceilings: what nobody but the owner may exceed.
    """
    chosen = {**_built_in(ceilings), **stage, **node, **given}
    return CallLimits(
        observable=Limits(
            memory_bytes=chosen["memory"],
            stack_bytes=chosen["stack"],
            processes=chosen["processes"],
            open_files=chosen["open_files"],
            scratch_bytes=chosen["scratch"],
        ),
        wall_seconds=chosen["wall"],
        cpu_seconds=chosen["cpu"],
        silence_seconds=chosen.get("silence"),
        output_bytes=chosen["output"],
        log_bytes=chosen["log"],
    )


def _built_in(ceilings: Mapping[str, int]) -> Mapping[str, int]:
    """Where nobody asks for anything, a lower ceiling is what there is."""
    lower = {name: amount for name, amount in ceilings.items() if name in CALL_LIMITS}
    capped = {name: min(amount, DEFAULTS.get(name, amount)) for name, amount in lower.items()}
    return {**DEFAULTS, **capped}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A limit in force that cannot be had: what it is, who stated it, why not, what to do."""

    name: str
    by_node: bool
    reason: str
    hint: str


def find_refusals(
    stage: Mapping[str, int],
    given: Mapping[str, int],
    node: Mapping[str, int],
    ceilings: Mapping[str, int],
) -> Iterator[Refusal]:
    """What a stage and a graph state that counts and cannot be had; see :func:`call_limits`."""
    for name, amount in {**stage, **node}.items():
        if name in given:
            continue
        limit, most = CALL_LIMITS[name], ceilings.get(name)
        if most is not None and amount > most:
            wanted, allowed = limit.show(amount), limit.show(most)
            reason = f"the limit {name} is {wanted}, and its ceiling here is {allowed}"
            hint = f"state at most {allowed}, or allow it for one run: --limit {name}={wanted}"
            yield Refusal(name, name in node, reason, hint)
            continue
        try:
            limit.check(amount)
        except SettingInvalidError as error:
            yield Refusal(name, name in node, f"the limit {name}: {error.message}", error.hint)
