"""Runs of large graphs whose events a test reads while they happen."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
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
