"""Write docs/schemas/: the JSON Schema of everything that commands print for programs.

They are those of `noether schema NAME`. With ``--check`` nothing is written and the exit code says
whether the folder is up to date.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from noether_nix.cli.documents.schemas import SCHEMAS

FOLDER = Path(__file__).resolve().parent.parent / "docs/schemas"


def schema_files() -> dict[str, str]:
    """The text of every file, by name, as the models make it now."""
    return {f"{name}.json": schema.render() for name, schema in SCHEMAS.items()}


def stale_files(folder: Path, fresh: Mapping[str, str]) -> list[str]:
    """The names of files that are missing, differ, or are of no schema any more."""
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return sorted(name for name in {*found, *fresh} if found.get(name) != fresh.get(name))


def write_files(folder: Path, fresh: Mapping[str, str], stale: list[str]) -> None:
    """Bring the files of these names up to date, or delete them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in stale:
        if name in fresh:
            (folder / name).write_text(fresh[name], encoding="utf-8", newline="")
        else:
            (folder / name).unlink()


def main(arguments: list[str]) -> int:
    """Write the folder, or with ``--check`` compare it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args(arguments).check
    fresh = schema_files()
    stale = stale_files(FOLDER, fresh)
    if not stale:
        return 0
    if check:
        print(f"docs/schemas is stale: run scripts/schemas.py ({', '.join(stale)})")
        return 1
    write_files(FOLDER, fresh, stale)
    print(f"wrote {', '.join(stale)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
