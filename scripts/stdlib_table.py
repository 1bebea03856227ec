"""Write the table of stages into stdlib/README.md, from the stages themselves.

With ``--check`` nothing is written and the exit code says whether the table is up to date.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from noether_nix.catalog.files import find_stage_files, load_stage_file
from noether_nix.stage.effect_forms import render_effects
from noether_nix.stage.model import Stage
from noether_nix.types.display import render_type
from scripts.written_pages import keep_fresh, with_part

STDLIB = Path(__file__).resolve().parent.parent / "stdlib"
PAGE = STDLIB / "README.md"

_SCRIPT = "stdlib_table.py"


def load_stages() -> dict[Path, Stage]:
    """Every stage of the library, by its path below ``stdlib``, in order."""
    files = find_stage_files([STDLIB])
    return {file.relative_to(STDLIB): load_stage_file(file) for file in sorted(files)}


def with_table(page: str, table: str) -> str:
    """The page with the table between its two marks.

    Raises:
        ValueError: the page does not have the two marks, once each and in order.
    """
    return with_part(page, "stages", table, script=_SCRIPT)


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

    def render() -> dict[Path, str]:
        table = render_table(load_stages())
        return {PAGE: with_table(PAGE.read_text(encoding="utf-8"), table)}

    return keep_fresh(arguments, __doc__, render, script=_SCRIPT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
