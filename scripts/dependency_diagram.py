"""Write the rooms into ARCHITECTURE.md: their laws, and which imports which.

Laws are the first lines of the rooms' docstrings, arrows come from the imports themselves; one is
left out where a longer way leads there too. import-linter guards the directions. With ``--check``
nothing is written and the exit code says whether the page is up to date.
"""

import argparse
import ast
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from scripts.written_pages import with_part, write_stale

_SCRIPT = "dependency_diagram.py"

Imports = Mapping[str, frozenset[str]]


def room_of(module: str, package: str) -> str | None:
    """The room that a module of ``package`` belongs to: ``a.plan.keys`` is in ``plan``."""
    head, _, rest = module.partition(".")
    return rest.split(".")[0] if head == package and rest else None


def imported_modules(source: str) -> Iterable[str]:
    """Every module that a source text imports, anywhere in it; names count as modules too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_imports(package: Path) -> Imports:
    """Each room (a folder or a module of the package) and the rooms that it imports."""
    imports: dict[str, set[str]] = {}
    for file in sorted(package.rglob("*.py")):
        room = file.relative_to(package).parts[0].removesuffix(".py")
        if room.startswith("__"):
            continue
        found = imports.setdefault(room, set())
        for module in imported_modules(file.read_text(encoding="utf-8")):
            other = room_of(module, package.name)
            if other and other != room and not other.startswith("__"):
                found.add(other)
    return {room: frozenset(others & imports.keys()) for room, others in imports.items()}


def reachable(imports: Imports, start: str) -> set[str]:
    """All rooms that ``start`` imports, directly or through others."""
    found: set[str] = set()
    open_rooms = [start]
    while open_rooms:
        for other in imports[open_rooms.pop()] - found:
            found.add(other)
            open_rooms.append(other)
    return found


def without_shortcuts(imports: Imports) -> Imports:
    """The same, without each import that the room also reaches through another one."""
    return {
        room: frozenset(
            other
            for other in others
            if not any(other in reachable(imports, third) for third in others - {other})
        )
        for room, others in imports.items()
    }


def floors(project: str) -> list[str]:
    """The rooms in the order of the layers contract in pyproject.toml, top first."""
    contracts = tomllib.loads(project)["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return [room.strip(" ()") for layer in layers for room in layer.split("|")]


def render_diagram(imports: Imports, order: Sequence[str]) -> str:
    """The imports as a mermaid flowchart."""
    reduced = without_shortcuts(imports)
    lines = [f"    {room}" for room in order]
    lines += [
        f"    {room} --> {other}"
        for room in order
        for other in sorted(reduced[room], key=order.index)
    ]
    return "\n".join(("```mermaid", "flowchart TD", *lines, "```"))


def law_of(package: Path, room: str) -> str:
    """The first line of a room's docstring."""
    file = package / room / "__init__.py"
    if not file.exists():
        file = package / f"{room}.py"
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0]


def render_laws(package: Path, order: Iterable[str]) -> str:
    """The rooms and their laws as a table."""
    rows = (f"| `{room}` | {law_of(package, room)} |" for room in order)
    return "\n".join(("| room | law |", "|---|---|", *rows))


def main(arguments: list[str]) -> int:
    """Write the page, or with ``--check`` compare it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args(arguments).check
    root = Path(__file__).resolve().parent.parent
    package = root / "noether_nix"
    imports = room_imports(package)
    project = (root / "pyproject.toml").read_text(encoding="utf-8")
    order = sorted(imports, key=floors(project).index)
    page = root / "ARCHITECTURE.md"
    written = page.read_text(encoding="utf-8")
    fresh = with_part(written, "laws", render_laws(package, order), script=_SCRIPT)
    fresh = with_part(fresh, "diagram", render_diagram(imports, order), script=_SCRIPT)
    return write_stale({page: fresh}, script=_SCRIPT, check=check)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
