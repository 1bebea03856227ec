"""Write the table of limits into docs/limits.md, from the one table in code.

With ``--check`` nothing is written and the exit code says whether the page is up to date.
"""

import sys
from pathlib import Path

from noether_nix.run.settings_file import LIMIT_PREFIX, variable_of
from noether_nix.stage.limits import LIMITS, Limit
from scripts.written_pages import keep_fresh, with_part

PAGE = Path(__file__).resolve().parent.parent / "docs/limits.md"

_SCRIPT = "limits_table.py"


def with_table(page: str) -> str:
    """The page with a fresh table between its two marks.

    Raises:
        ValueError: the page does not have the two marks, once each and in order.
    """
    return with_part(page, "limits", _render_table(), script=_SCRIPT)


def _render_table() -> str:
    head = "| `--limit` | bounds | built in | least | in the key | settings | variable |"
    return "\n".join((head, "|---|---|---|---|---|---|---|", *map(_row, LIMITS.values())))


def _row(limit: Limit) -> str:
    name = LIMIT_PREFIX + limit.fact
    cells = (
        f"`{limit.name}`",
        limit.words,
        limit.show(limit.default),
        limit.show(limit.least),
        "yes" if limit.observable else "no",
        f"`{name}`",
        f"`{variable_of(name)}`",
    )
    return f"| {' | '.join(cells)} |"


def main(arguments: list[str]) -> int:
    """Write the table, or with ``--check`` compare it."""

    def render() -> dict[Path, str]:
        return {PAGE: with_table(PAGE.read_text(encoding="utf-8"))}

    return keep_fresh(arguments, __doc__, render, script=_SCRIPT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
