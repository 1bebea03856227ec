"""No file names a package registry's host or a folder of one developer's machine.

Both make a checkout work here and fail elsewhere. Files are those that git tracks or would
track; without git, all but the known scratch folders.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

# In pieces, so that this file is not its own first finding.
_REGISTRIES = (
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "npmjs" + ".org",
    "crates" + ".io",
    "proxy.golang" + ".org",
    "rubygems" + ".org",
)
# JSON Pointers of graphs begin with "/root/" too, so there only hidden files count.
_MACHINE_FOLDERS = ("/" + "work", "/" + "opt/pypi", "/" + "opt/wheels", "/" + "root/.")

_UNTRACKED = {
    ".git",
    ".hypothesis",
    ".import_linter_cache",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".venv",
    "__pycache__",
    "dist",
    "result",
}
# A licence text is not ours to write.
_EXEMPT = {"LICENSE"}


def forbidden_pattern(own_folders: tuple[str, ...] = ()) -> re.Pattern[str]:
    """What no file may contain; ``own_folders`` are further folders of this machine."""
    hosts = "|".join(map(re.escape, _REGISTRIES))
    folders = "|".join(map(re.escape, (*_MACHINE_FOLDERS, *own_folders)))
    return re.compile(rf"\b(?:{hosts})\b|(?<![\w.}}/-])(?:{folders})(?:(?<=\.)|(?![\w-]))")


def findings(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    """Number and offending words of each line that has some."""
    for number, line in enumerate(text.splitlines(), start=1):
        for match in pattern.finditer(line):
            yield number, match.group()


def files_to_read(root: Path) -> list[Path]:
    """All files that git tracks or would track, without starting git where there is none."""
    try:
        listing = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=root,
            capture_output=True,
            check=True,
        )
    except (FileNotFoundError, subprocess.CalledProcessError):
        found = [path for path in root.rglob("*") if not _UNTRACKED & set(path.parts)]
    else:
        found = [root / name for name in listing.stdout.decode().split("\0") if name]
    return sorted(path for path in set(found) if path.is_file() and path.name not in _EXEMPT)


def own_folders(root: Path) -> tuple[str, ...]:
    """This checkout and the home folder, unless they are too short to be anybody's own."""
    return tuple(str(path) for path in (root, Path.home()) if len(path.parts) > 2)


def main(root: Path) -> int:
    """Print each finding as ``file:line: words``; 1 when there is any."""
    pattern = forbidden_pattern(own_folders(root))
    count = 0
    for path in files_to_read(root):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # no text, so no words
        for number, words in findings(text, pattern):
            print(f"{path.relative_to(root)}:{number}: names {words}")
            count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent.parent))
