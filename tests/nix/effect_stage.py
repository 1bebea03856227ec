"""The stage that tries the rows of docs/pure.md: each on a line of its own, by its number."""

import ast
import importlib.util
from collections.abc import Iterator, Sequence

from scripts.effect_sources import Row

_HEAD = """
import importlib
import warnings

warnings.simplefilter("ignore")


def asked_in(module, imported, call):
    names = dict(vars(importlib.import_module(module)))
    if imported and call.partition(".")[0].partition("(")[0] not in names:
        exec(imported, names)
    return eval(call, names)


def plain(value):
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple, set)):
        return [plain(item) for item in value]
    return value.hex() if isinstance(value, bytes) else type(value).__name__

"""
_TAIL = """

def tried(number):
    try:
        return plain(globals()[f"row_{number}"]() or 0)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def execute(given):
    if isinstance(given, list):
        return [tried(number) for number in given]
    return plain(globals()[f"row_{given}"]() or 0)
"""


def make_source(rows: Sequence[Row], *, note: str = "") -> str:
    """The stage's source; ``note`` makes it another stage that does the same."""
    parts = [f"# {note}{_HEAD}"]
    for number, row in enumerate(rows):
        if not row.asked_in:
            body = f"{''.join(f'import {name}; ' for name in _modules(row.call))}return {row.call}"
        elif row.name.endswith(f" (imported): {row.name.rpartition(': ')[2]}"):
            body = f"importlib.import_module({row.asked_in!r})"
        else:
            body = f"return asked_in({row.asked_in!r}, {row.imported!r}, {row.call!r})"
        parts.append(f"\ndef row_{number}():\n    {body}\n")
    return "".join(parts) + _TAIL


def line_of(source: str, row: Row, number: int) -> int:
    """The line of the stage's own from which a row's source is asked."""
    sought = "    return eval(" if row.asked_in else f"def row_{number}():\n"
    return source[: source.index(sought)].count("\n") + (1 if row.asked_in else 2)


def _modules(call: str) -> Iterator[str]:
    """The modules that an expression names, as far as they have to be imported."""
    bound = {
        node.id
        for node in ast.walk(ast.parse(call))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    found: dict[str, None] = {}
    for node in ast.walk(ast.parse(call)):
        if isinstance(node, ast.Attribute) and (name := _module_of(node)):
            found[name] = None
    return (name for name in found if name.partition(".")[0] not in bound)


def _module_of(node: ast.expr) -> str | None:
    words = ast.unparse(node).split(".")
    for end in range(len(words), 0, -1):
        name = ".".join(words[:end])
        if all(word.isidentifier() for word in words[:end]) and _is_module(name):
            return name
    return None


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False
