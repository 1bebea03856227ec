"""Write the table of limits into docs/limits.md, from the one table in code.

With ``--check`` nothing is written and the exit code says whether the page is up to date.
"""

import argparse
import sys
from pathlib import Path

from noether_nix.run.settings_file import LIMIT_PREFIX, variable_of
from noether_nix.stage.limits import LIMITS, Limit

PAGE = Path(__file__).resolve().parent.parent / "docs/limits.md"

_BEGIN = "<!-- limits: written by scripts/limits_table.py -->"
_END = "<!-- end of limits -->"


def with_table(page: str) -> str:
    """The page with a fresh table between its two marks.

    Raises:
        ValueError: the page does not have the two marks, once each and in order.
    """
    if page.count(_BEGIN) != 1 or page.count(_END) != 1 or page.index(_BEGIN) > page.index(_END):
        message = f"the page needs one line {_BEGIN} and after it one line {_END}"
        raise ValueError(message)
    head, _, rest = page.partition(_BEGIN)
    return f"{head}{_BEGIN}\n{_render_table()}\n{_END}{rest.partition(_END)[2]}"


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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args(arguments).check
    written = PAGE.read_text(encoding="utf-8")
    fresh = with_table(written)
    if fresh == written:
        return 0
    if check:
        print(f"{PAGE.name} is stale: run scripts/limits_table.py")
        return 1
    PAGE.write_text(fresh, encoding="utf-8")
    print(f"wrote the limits into {PAGE.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
