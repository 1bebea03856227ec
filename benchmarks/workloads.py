"""What is measured: graphs written into folders, with sources that nobody has seen before."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LINK = '''"""One link of a chain.

Input: Number
Output: Number
Effects: [Pure]
"""

# {salt}


def execute(value):
    return (value * 31 + {number}) % 1000003
'''

_SQUARE = '''"""A number with its square.

Input: Number
Output: {{ n: Number, square: Number }}
Effects: [Pure]
"""

# {salt}


def execute(n):
    return {{"n": n, "square": n * n}}
'''


@dataclass(frozen=True)
class Workload:
    """A graph in a folder, and the same as a plain list of calls for those who know no graphs.

    ``graph.json`` and ``input.json`` are for noether. ``plan.json`` says the same: a chain hands
    one value through all its stages, otherwise one stage takes each of the inputs by name.
    """

    folder: Path
    calls: int

    @property
    def graph(self) -> Path:
        return self.folder / "graph.json"

    @property
    def input(self) -> Path:
        return self.folder / "input.json"

    @property
    def plan(self) -> Path:
        return self.folder / "plan.json"


def write_chain(folder: Path, length: int) -> Workload:
    """Stages of different sources, each taking what the one before gave."""
    salt = secrets.token_hex(8)
    names = [f"link_{number:04d}.py" for number in range(length)]
    folder.mkdir(parents=True)
    for number, name in enumerate(names):
        (folder / name).write_text(_LINK.format(salt=salt, number=number))
    stages = [{"op": "Stage", "id": f"./{name}"} for name in names]
    root = stages[0] if length == 1 else {"op": "Sequential", "stages": stages}
    _write(folder, root, 7, {"chain": names})
    return Workload(folder, length)


def write_wide(folder: Path, width: int) -> Workload:
    """One stage, called side by side on different numbers."""
    folder.mkdir(parents=True)
    (folder / "square.py").write_text(_SQUARE.format(salt=secrets.token_hex(8)))
    inputs = {f"call_{number:05d}": number for number in range(width)}
    branches = {name: {"op": "Stage", "id": "./square.py"} for name in inputs}
    _write(folder, {"op": "Parallel", "branches": branches}, inputs, {"stage": "square.py"})
    return Workload(folder, width)


def edit_one(workload: Workload) -> Path:
    """Change the source of the stage in the middle of a chain so that no value changes."""
    stages = sorted(workload.folder.glob("link_*.py"))
    stage = stages[len(stages) // 2]
    source = stage.read_text()
    stage.write_text(f"{source}\n# edited: {secrets.token_hex(8)}\n")
    return stage


def _write(folder: Path, root: Any, value: Any, plan: dict[str, Any]) -> None:
    graph = {"description": "A benchmark", "version": "1.0.0", "root": root}
    (folder / "graph.json").write_text(json.dumps(graph, indent=1))
    (folder / "input.json").write_text(json.dumps(value))
    (folder / "plan.json").write_text(json.dumps({**plan, "input": value}))
