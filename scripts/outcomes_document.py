"""Write docs/outcomes.md: every code, as `noether explain` tells it.

It comes from the one table, `noether_nix/run/codes.py`. With ``--check`` nothing is written and the
exit code says whether the page is up to date.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from noether_nix.run.code import Code, Sort
from noether_nix.run.codes import CODES
from scripts.written_pages import keep_fresh

PAGE = Path(__file__).resolve().parent.parent / "docs/outcomes.md"

_HEAD = """\
# Outcomes and faults

Written by `scripts/outcomes_document.py` from the table that `noether explain` shows:
`noether explain CODE` says all of this about one of them, `noether explain --list` names them all.

A call that fails is an answer: it has an *outcome*, in the report, in the events and in
`error.code` of `--json`. When there is no answer at all that is a *fault*, in `error.code`. Names
are stable. What a stage prints, returns or raises changes neither: the outcome of a call is decided
outside of its process, and the faults of Nix are told by its exit code first and by its own last
words second.

*Machine* marks what another machine, or this one with less to do, may end otherwise. A call that
ends so while others run beside it is tried once more alone before it is told.
"""
_SORTS: dict[Sort, str] = {
    "outcome": "How calls end",
    "fault": "Why a command has no answer",
    "problem": "What can be wrong with a graph or a stage",
}


def render_page() -> str:
    """The whole page."""
    parts = [_HEAD.rstrip()]
    for sort, title in _SORTS.items():
        codes = [code for code in CODES.values() if code.sort == sort]
        if codes:
            parts += [f"## {title}", _table(codes)]
    parts.append("## More of some")
    parts += [f"**`{code.name}`**: {code.about}" for code in CODES.values() if code.about]
    return "\n\n".join(parts) + "\n"


def _table(codes: Iterable[Code]) -> str:
    head = ["| code | exit | what it means | whose move | what to do | machine |"]
    head.append("|---|---|---|---|---|---|")
    return "\n".join([*head, *map(_line, codes)])


def _line(code: Code) -> str:
    awaits = f" *Nothing ends so yet: it comes with {code.awaits}.*" if code.awaits else ""
    cells = (
        f"`{code.name}`",
        "" if code.exit_code is None else str(code.exit_code),
        code.sentence + awaits,
        str(code.mover),
        code.remedy,
        "machine" if code.machine_dependent else "",
    )
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def main(arguments: list[str]) -> int:
    """Write the page, or with ``--check`` compare it."""
    return keep_fresh(
        arguments, __doc__, lambda: {PAGE: render_page()}, script="outcomes_document.py"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
