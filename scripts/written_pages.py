"""Pages, and parts of pages, that scripts write: between two marks, compared with ``--check``."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent


def with_part(page: str, name: str, text: str, *, script: str) -> str:
    """The page with the text between the two marks of that name, which say which script wrote it.

    Raises:
        ValueError: the page does not have the two marks, once each and in order.
    """
    begin, end = f"<!-- {name}: written by scripts/{script} -->", f"<!-- end of {name} -->"
    if page.count(begin) != 1 or page.count(end) != 1 or page.index(begin) > page.index(end):
        message = f"the page needs one line {begin} and after it one line {end}"
        raise ValueError(message)
    head, _, rest = page.partition(begin)
    return f"{head}{begin}\n{text}\n{end}{rest.partition(end)[2]}"


def keep_fresh(
    arguments: list[str],
    description: str | None,
    render: Callable[[], Mapping[Path, str]],
    *,
    script: str,
) -> int:
    """Be a script that writes pages, or with ``--check`` compares them; gives the exit code."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args(arguments).check
    return write_stale(render(), script=script, check=check)


def write_stale(pages: Mapping[Path, str], *, script: str, check: bool) -> int:
    """Write the pages that are not as they should be, or only name them; 1 for one named."""
    stale = [
        file
        for file, fresh in pages.items()
        if not file.exists() or file.read_text(encoding="utf-8") != fresh
    ]
    for file in stale:
        name = file.relative_to(_ROOT) if file.is_relative_to(_ROOT) else file
        if check:
            print(f"{name} is stale: run scripts/{script}")
        else:
            file.write_text(pages[file], encoding="utf-8")
            print(f"wrote {name}")
    return int(check and bool(stale))
