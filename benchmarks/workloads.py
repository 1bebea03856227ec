"""What is measured: graphs written into folders, with sources that nobody has seen before."""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# The salts differ from folder to folder and the values never do: contestants that meet on
# folders of their own come to the same value.
_LINK = '''"""One link of a chain.

Input: Number
Output: Number
Effects: [Pure]
"""

# {salt}
OFFSET = {number}


def execute(value):
    return (value * 31 + OFFSET) % 1000003
'''

_TURN = '''"""A text, turned by some places.

Input: Text
Output: Text
Effects: [Pure]
"""

# {salt}
OFFSET = {number}


def execute(text):
    return text[OFFSET + 1 :] + text[: OFFSET + 1]
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

_WORK = '''"""The last of some numbers that follow on each other.

Input: {{ seed: Number, rounds: Number }}
Output: Number
Effects: [Pure]
"""

# {salt}


def execute(value):
    number = value["seed"]
    for _ in range(value["rounds"]):
        number = (number * 31 + 7) % 1000003
    return number
'''

# Some 0.7 s on the machine of the committed table.
_SLOW_ROUNDS = 10_000_000


@dataclass(frozen=True)
class Workload:
    """A graph in a folder, and the same as a plain list of calls for those who know no graphs.

    ``graph.json`` and ``input.json`` are for noether. ``plan.json`` says the same: a chain hands
    one value through all its stages, otherwise one stage takes each of the inputs by name.

    Attributes:
        folder: where the files are; the peers put theirs beside them.
        calls: how many there are.
        chain: the stages of a chain in order; empty where one stage takes many inputs.
        listed: the value is a list in the order of the inputs' names, not an object by name.
    """

    folder: Path
    calls: int
    chain: tuple[str, ...] = ()
    listed: bool = False

    @property
    def graph(self) -> Path:
        return self.folder / "graph.json"

    @property
    def input(self) -> Path:
        return self.folder / "input.json"

    @property
    def plan(self) -> Path:
        return self.folder / "plan.json"

    def read_plan(self) -> dict[str, Any]:
        """The plan as it is in the folder."""
        plan: dict[str, Any] = json.loads(self.plan.read_bytes())
        return plan

    def value(self, outputs: Mapping[str, Any]) -> Any:
        """The value of the graph, from the outputs by the inputs' names."""
        if self.listed:
            return [outputs[name] for name in sorted(outputs)]
        return dict(outputs)


def write_chain(folder: Path, length: int) -> Workload:
    """Stages of different sources, each taking what the one before gave."""
    return _chain(folder, length, _LINK, 7)


def write_large_chain(folder: Path, length: int, characters: int = 1_000_000) -> Workload:
    """A chain whose values are texts of so many characters."""
    blocks = (hashlib.sha256(b"%d" % number).hexdigest() for number in range(characters // 64 + 1))
    return _chain(folder, length, _TURN, "".join(blocks)[:characters])


def _chain(folder: Path, length: int, source: str, value: Any) -> Workload:
    salt = secrets.token_hex(8)
    names = tuple(f"link_{number:04d}.py" for number in range(length))
    folder.mkdir(parents=True)
    for number, name in enumerate(names):
        (folder / name).write_text(source.format(salt=salt, number=number))
    stages = [{"op": "Stage", "id": f"./{name}"} for name in names]
    root = stages[0] if length == 1 else {"op": "Sequential", "stages": stages}
    _write(folder, root, value, {"chain": names, "input": value})
    return Workload(folder, length, chain=names)


def write_wide(folder: Path, width: int) -> Workload:
    """One stage, called side by side on different numbers."""
    return _wide(folder, _SQUARE, dict(enumerate(range(width))))


def write_one_slow(folder: Path, width: int, rounds: int = _SLOW_ROUNDS) -> Workload:
    """One stage, called side by side; the call in the middle takes as long as hundreds."""
    quick = {number: {"seed": number, "rounds": 1} for number in range(width)}
    return _wide(folder, _WORK, {**quick, width // 2: {"seed": 1, "rounds": rounds}})


def _wide(folder: Path, source: str, values: Mapping[int, Any]) -> Workload:
    folder.mkdir(parents=True)
    (folder / "stage.py").write_text(source.format(salt=secrets.token_hex(8)))
    inputs = {_name(number): value for number, value in values.items()}
    branches = {name: {"op": "Stage", "id": "./stage.py"} for name in inputs}
    plan = {"stage": "stage.py", "input": inputs}
    _write(folder, {"op": "Parallel", "branches": branches}, inputs, plan)
    return Workload(folder, len(inputs))


def write_map(folder: Path, length: int) -> Workload:
    """A Map over so many numbers."""
    folder.mkdir(parents=True)
    (folder / "stage.py").write_text(_SQUARE.format(salt=secrets.token_hex(8)))
    root = {"op": "Map", "body": {"op": "Stage", "id": "./stage.py"}}
    inputs = {_name(number): number for number in range(length)}
    _write(folder, root, list(inputs.values()), {"stage": "stage.py", "input": inputs})
    return Workload(folder, length, listed=True)


def _name(number: int) -> str:
    return f"call_{number:05d}"


def change_item(workload: Workload) -> None:
    """Put a number that was never there in the place of the one in the middle of a list."""
    plan = json.loads(workload.plan.read_text())
    items = plan["input"]
    items[_name(len(items) // 2)] = secrets.randbits(40) + len(items)
    workload.plan.write_text(json.dumps(plan))
    workload.input.write_text(json.dumps(list(items.values())))


def middle(workload: Workload) -> int:
    """The place of the stage that an edit changes."""
    return len(workload.chain) // 2


def edit_one(workload: Workload, changed: int | None = None) -> Path:
    """Change the source of the stage in the middle of a chain.

    Args:
        workload: the chain.
        changed: without it no value changes; with a number that is not zero, what the stage
            gives does, and the same number always gives the same.
    """
    place = middle(workload)
    stage = workload.folder / workload.chain[place]
    source = stage.read_text()
    if changed is not None:
        source = re.sub(r"(?m)^OFFSET = .*$", f"OFFSET = {place + changed}", source)
    stage.write_text(f"{source}\n# edited: {secrets.token_hex(8)}\n")
    return stage


def _write(folder: Path, root: Any, value: Any, plan: Mapping[str, Any]) -> None:
    graph = {"description": "A benchmark", "version": "1.0.0", "root": root}
    (folder / "graph.json").write_text(json.dumps(graph, indent=1))
    (folder / "input.json").write_text(json.dumps(value))
    (folder / "plan.json").write_text(json.dumps(plan))
