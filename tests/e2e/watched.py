"""Runs of large graphs whose events a test reads while they happen."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e.homes import Noether

STAGE = '''"""Work for a moment.

Input: Any
Output: Any
Effects: [Pure]
"""

import time


def execute(given):
    time.sleep({seconds})
    return [given[0], given[1] + 1]
'''


def write_graph(
    folder: Path, salt: int, *, branches: int, length: int, seconds: float = 0.0
) -> Path:
    """A graph of chains side by side, each call with a key of its own."""
    (folder / "work.py").write_text(STAGE.format(seconds=seconds))
    call = {"op": "Stage", "id": "./work.py"}
    chains = {
        f"b{number}": {
            "op": "Sequential",
            "stages": [{"op": "Const", "value": [[salt, number], 0]}, *[call] * length],
        }
        for number in range(branches)
    }
    root = {"op": "Parallel", "branches": chains}
    graph = folder / f"graph-{salt}.json"
    graph.write_text(json.dumps({"description": "test", "version": "1.0.0", "root": root}))
    return graph


def expected(salt: int, *, branches: int, length: int) -> dict[str, Any]:
    """What such a graph gives."""
    return {f"b{number}": [[salt, number], length] for number in range(branches)}


ROWS = '''"""Make rows of what there is to do.

Input: Any
Output: List<List<Any>>
Effects: [Pure]
"""


def execute(given):
    salt, rows, columns = given
    return [[[[salt, row, column], 0] for column in range(columns)] for row in range(rows)]
'''
COUNT = '''"""Add up what was done in a row.

Input: {{ accumulator: Number, item: List<Any> }}
Output: Number
Effects: [Pure]
"""

import time


def execute(given):
    time.sleep({seconds})
    return given["accumulator"] + sum(done[1] for done in given["item"])
'''


def write_growing_graph(
    folder: Path, salt: int, *, rows: int, columns: int, seconds: float = 0.0
) -> Path:
    """A graph whose calls come to be while it runs: two an item, in rows, and one a row."""
    (folder / "rows.py").write_text(ROWS)
    (folder / "work.py").write_text(STAGE.format(seconds=seconds))
    (folder / "count.py").write_text(COUNT.format(seconds=seconds))
    work = {"op": "Stage", "id": "./work.py"}
    stages = [
        {"op": "Const", "value": [salt, rows, columns]},
        {"op": "Stage", "id": "./rows.py"},
        {"op": "Map", "body": {"op": "Map", "body": {"op": "Sequential", "stages": [work, work]}}},
        {"op": "Reduce", "body": {"op": "Stage", "id": "./count.py"}, "initial": 0},
    ]
    root = {"op": "Sequential", "stages": stages}
    graph = folder / f"graph-{salt}.json"
    graph.write_text(json.dumps({"description": "test", "version": "1.0.0", "root": root}))
    return graph


@dataclass(frozen=True)
class Shape:
    """A sort of graph: how it is written with a salt, what it then gives, how many calls it is."""

    write: Callable[[Path, int], Path]
    expected: Callable[[int], Any]
    calls: int
    grows: bool


def chains(branches: int, length: int, seconds: float = 0.0) -> Shape:
    """Chains side by side, each call of which is there from the start."""
    return Shape(
        lambda folder, salt: write_graph(
            folder, salt, branches=branches, length=length, seconds=seconds
        ),
        lambda salt: expected(salt, branches=branches, length=length),
        branches * length,
        grows=False,
    )


def growing(rows: int, columns: int, seconds: float = 0.0) -> Shape:
    """Rows of items, which are known only once the first call has ended."""
    return Shape(
        lambda folder, salt: write_growing_graph(
            folder, salt, rows=rows, columns=columns, seconds=seconds
        ),
        lambda _salt: 2 * rows * columns,
        1 + 2 * rows * columns + rows,
        grows=True,
    )


@dataclass
class Watched:
    """A run in a process of its own, and what it has told.

    Attributes:
        lines: every event so far.
    """

    process: "subprocess.Popen[bytes]"
    events: int
    out: Path
    lines: list[Mapping[str, Any]] = field(default_factory=list)
    _rest: bytes = b""

    @classmethod
    def start(cls, noether: Noether, *words: str | Path) -> "Watched":
        """Start ``noether run`` with these words; its output is JSON."""
        reader, writer = os.pipe()
        # A file, as nobody reads a pipe of it before the last event.
        out = noether.folder / f"out-{os.urandom(8).hex()}"
        with out.open("wb") as file:
            process = noether.start(
                "run", *words, "--json", "--events", f"/dev/fd/{writer}",
                stdout=file, stderr=subprocess.DEVNULL, pass_fds=(writer,),
            )  # fmt: skip
        os.close(writer)
        return cls(process, reader, out)

    def read(self) -> Iterator[Mapping[str, Any]]:
        """Each event when it has been told, to the end of the process."""
        while True:
            # Whoever stops reading in the middle and comes again misses nothing.
            while b"\n" in self._rest:
                line, _, self._rest = self._rest.partition(b"\n")
                self.lines.append(json.loads(line))
                yield self.lines[-1]
            if not (piece := os.read(self.events, 1 << 16)):
                return
            self._rest += piece

    def end(self, number: signal.Signals | None = None) -> bytes:
        """Send a signal, read all that is left, and wait; gives what was printed."""
        if number is not None:
            self.process.send_signal(number)
        for _ in self.read():
            pass
        os.close(self.events)
        self.process.wait(timeout=60)
        return self.out.read_bytes()

    @property
    def started(self) -> list[str]:
        """The nodes whose calls were said to run, in order."""
        return [line["node"] for line in self.lines if line["event"] == "call-started"]

    @property
    def computed(self) -> list[str]:
        """The nodes whose calls were said to have run and to have given a result."""
        return [line["node"] for line in self._succeeded() if not line["cached"]]

    @property
    def succeeded(self) -> set[str]:
        """The nodes whose calls were said to have a result, known or new."""
        return {line["node"] for line in self._succeeded()}

    def _succeeded(self) -> list[Mapping[str, Any]]:
        return [
            line
            for line in self.lines
            if line["event"] == "call-ended" and line["outcome"] == "succeeded"
        ]
