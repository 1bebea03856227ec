"""Bugs that are planted in a copy of the package, and the laws that have to find each.

``scripts/plant NAME`` makes the copy and runs them; nothing here is ever part of the package.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_GRAPH, _RUN = "tests/unit/graph", "tests/unit/run"
_MEANING = (f"{_GRAPH}/test_dataflow.py", f"{_GRAPH}/test_laws.py", f"{_RUN}/test_laws.py")


@dataclass(frozen=True)
class Bug:
    """A text that stands once in a file, and what stands there with the bug.

    Attributes:
        laws: the files of tests that have to find it, each of them.
    """

    name: str
    words: str
    file: str
    old: str
    new: str
    laws: tuple[str, ...]


BUGS = (
    Bug(
        "captured-variable",
        "a variable of a stage is taken for one of the same name that flows in",
        "noether_nix/types/instantiate.py",
        "    taken, given = rename_apart((taken, given), variables_of(produced))\n",
        "",
        (f"{_GRAPH}/test_generic_laws.py",),
    ),
    Bug(
        "variable-once",
        "the variables of a signature stand for what they stood for where it was used first",
        "noether_nix/types/instantiate.py",
        "    found = _Bounds(_union)\n    _from_below",
        "    found = vars(instantiate).setdefault((taken, given), _Bounds(_union))\n"
        "    _from_below",
        (f"{_GRAPH}/test_generic_laws.py",),
    ),
    Bug(
        "let-shadowing",
        "a field of the input hides what a Let binds to its name",
        "noether_nix/inside/dataflow.py",
        "return {**under, **over} if isinstance(under, dict) else over",
        "return {**over, **under} if isinstance(under, dict) else over",
        _MEANING,
    ),
    Bug(
        "let-shadowing-known",
        "an outer Let hides an inner one of the same name where that is known beforehand",
        "noether_nix/graph/expression.py",
        "            case Overlaid(_, over) if name in over.fields:\n"
        "                source = over.fields[name]\n",
        "            case Overlaid(Overlaid(_, over), _) if name in over.fields:\n"
        "                source = over.fields[name]\n"
        "            case Overlaid(_, over) if name in over.fields:\n"
        "                source = over.fields[name]\n",
        (f"{_RUN}/test_laws.py",),
    ),
    Bug(
        "let-leaks",
        "a binding sees those that were bound before it",
        "noether_nix/graph/flow.py",
        "                bound = {name: self.add(one, source, around) for name, one in bindings}\n",
        "                bound = {}\n"
        "                for name, one in bindings:\n"
        "                    seen = Overlaid(source, Assembled(dict(bound)))\n"
        "                    bound[name] = self.add(one, seen if bound else source, around)\n",
        _MEANING,
    ),
    Bug(
        "parallel-order",
        "what a Parallel gives is put under the names in the order of the file",
        "noether_nix/graph/flow.py",
        "                return Assembled(\n"
        "                    {name: self.add(one, select(name, source), around)"
        " for name, one in branches}\n"
        "                )\n",
        "                made = [self.add(one, select(name, source), around)"
        " for name, one in branches]\n"
        "                return Assembled(dict(zip(node.branches, made)))\n",
        _MEANING,
    ),
    Bug(
        "fanout-order",
        "the last target of a Fanout comes first",
        "noether_nix/graph/flow.py",
        "return Listed(tuple(self.add(one, source, around) for one in node.targets))",
        "return Listed(tuple(self.add(one, source, around) for one in node.targets)[::-1])",
        (f"{_GRAPH}/test_laws.py",),
    ),
    Bug(
        "body-let-number",
        "the shared expressions of a body keep their numbers when it grows",
        "noether_nix/inside/growing.py",
        '"let": len(self.shared), "each"',
        '"let": 0, "each"',
        (f"{_RUN}/test_growth.py",),
    ),
    Bug(
        "body-let-late",
        "the shared expressions of a body are numbered as if each stood before itself",
        "noether_nix/inside/growing.py",
        "            if kind in bases:\n",
        '            if kind == "let":\n'
        "                return {kind: len(self.shared) + inner - len(body.shared)}\n"
        "            if kind in bases:\n",
        (f"{_RUN}/test_growth.py",),
    ),
    Bug(
        "body-let-of-first",
        "calls and eaches of every item look at the shared expressions of the first item",
        "noether_nix/inside/growing.py",
        "        for each in body.eaches:\n",
        '        first = vars(self).setdefault(repr(body), bases["let"])\n'
        '        bases = {**bases, "let": first}\n'
        "        for each in body.eaches:\n",
        (f"{_RUN}/test_growth.py",),
    ),
    Bug(
        "wrong-arm",
        "a Branch that is decided beforehand gives the other arm",
        "noether_nix/graph/folding.py",
        "return one if known.value else other",
        "return other if known.value else one",
        (f"{_GRAPH}/test_folding.py",),
    ),
    Bug(
        "guard-dropped",
        "a guard that never holds is taken for one that always does",
        "noether_nix/graph/folding.py",
        "                    guards.append((_FALSE, True))\n                    break\n",
        "                    continue\n",
        (f"{_GRAPH}/test_folding.py",),
    ),
)


def root() -> Path:
    """The folder of the project."""
    return _ROOT


def plant(folder: Path, bug: Bug) -> None:
    """Put a copy of the package and its tests into ``folder``, with the bug in it."""
    ignored = shutil.ignore_patterns("__pycache__", ".hypothesis")
    for part in ("noether_nix", "tests"):
        shutil.copytree(_ROOT / part, folder / part, ignore=ignored)
    shutil.copy(_ROOT / "pyproject.toml", folder)
    (folder / bug.file).write_text(planted(bug))


def planted(bug: Bug) -> str:
    """The text of the file with the bug in it.

    Raises:
        ValueError: what it is to stand for does not stand there once.
    """
    text = (_ROOT / bug.file).read_text()
    if text.count(bug.old) != 1:
        raise ValueError(f"{bug.name}: {bug.file} has {text.count(bug.old)} times\n{bug.old}")
    return text.replace(bug.old, bug.new)
