"""Write the table of stages into stdlib/README.md, from the stages themselves.

With ``--check`` nothing is written and the exit code says whether the table is up to date.
"""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from noether_nix.catalog.files import find_stage_files, load_stage_file
from noether_nix.stage.effect_forms import render_effects
from noether_nix.stage.model import Stage
from noether_nix.types.display import render_type

STDLIB = Path(__file__).resolve().parent.parent / "stdlib"
PAGE = STDLIB / "README.md"

_BEGIN = "<!-- stages: written by scripts/stdlib_table.py -->"
_END = "<!-- end of stages -->"


def load_stages() -> dict[Path, Stage]:
    """Every stage of the library, by its path below ``stdlib``, in order."""
    files = find_stage_files([STDLIB])
    return {file.relative_to(STDLIB): load_stage_file(file) for file in sorted(files)}


def with_table(page: str, table: str) -> str:
    """The page with the table between its two marks.

    Raises:
        ValueError: the page does not have the two marks, once each and in order.
    """
    if page.count(_BEGIN) != 1 or page.count(_END) != 1 or page.index(_BEGIN) > page.index(_END):
        message = f"the page needs one line {_BEGIN} and after it one line {_END}"
        raise ValueError(message)
    head, _, rest = page.partition(_BEGIN)
    return f"{head}{_BEGIN}\n{table}\n{_END}{rest.partition(_END)[2]}"


def render_table(stages: dict[Path, Stage]) -> str:
    """One line a stage: name, first sentence, types and effects."""
    lines = ["| stage | what it does | input | output | effects |", "|---|---|---|---|---|"]
    lines += [_line(_cells(path, stage)) for path, stage in stages.items()]
    return "\n".join(lines)


def _cells(path: Path, stage: Stage) -> Iterable[str]:
    first = " ".join(stage.description.partition("\n\n")[0].split())
    effects = render_effects(stage.effects)
    types = (f"`{render_type(one)}`" for one in (stage.input, stage.output))
    return (f"[{stage.name}]({path.as_posix()})", first, *types, f"`{effects}`")


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def main(arguments: list[str]) -> int:
    """Write the table, or with ``--check`` compare it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args(arguments).check
    written = PAGE.read_text(encoding="utf-8")
    fresh = with_table(written, render_table(load_stages()))
    if fresh == written:
        return 0
    if check:
        print(f"stdlib/{PAGE.name} is stale: run scripts/stdlib_table.py")
        return 1
    PAGE.write_text(fresh, encoding="utf-8")
    print(f"wrote the stages into stdlib/{PAGE.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
