"""Every code that is ever printed, in one table: `noether explain` and the documents show it."""

from collections.abc import Mapping

from noether_nix.errors import UnknownCodeError
from noether_nix.run.code import Code
from noether_nix.run.fault import FAULTS
from noether_nix.run.outcome import OUTCOMES
from noether_nix.run.problem import PROBLEMS

CODES: Mapping[str, Code] = {**OUTCOMES, **FAULTS, **PROBLEMS}
"""By name; no name has two meanings."""

_NEAR = 3


def find_code(name: str) -> Code:
    """The code of that name, however it is written: ``TimedOut``, ``timed_out``, ``TIMED-OUT``.

    Raises:
        UnknownCodeError: there is none; names the nearest ones.
    """
    folded = _fold(name)
    for known, code in CODES.items():
        if _fold(known) == folded:
            return code
    near = _nearest(folded)
    hint = f"did you mean {' or '.join(near)}?" if near else "noether explain --list shows all"
    raise UnknownCodeError(f"{name[:100]!r} is no code", hint=hint)


def _fold(name: str) -> str:
    return name.removesuffix("Error").replace("-", "").replace("_", "").casefold()


def _nearest(folded: str) -> list[str]:
    """The codes that one might have meant: those it is a part of, then those spelt much alike."""
    import difflib

    by_folded = {_fold(name): name for name in CODES}
    parts = [name for known, name in by_folded.items() if len(folded) > 2 and folded in known]
    alike = difflib.get_close_matches(folded[:80], by_folded, n=_NEAR, cutoff=0.6)
    return list(dict.fromkeys([*parts, *(by_folded[known] for known in alike)]))[:_NEAR]
