"""How each outcome is come by: a stage that ends so, and what is told of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Row:
    """A stage that ends in one way.

    Attributes:
        code: the body of its ``execute(given)``, or what defines it.
        detail: facts that the outcome has; a pattern: what a fact fits.
        words: of the command line, for limits.
        takes: its input type; what it is given is of another one where it is not ``Any``.
        alone: what the call's own derivation says when Nix builds it without the scheduler;
            empty where only the scheduler can know, None where it succeeds.
    """

    outcome: str
    code: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    takes: str = "Any"
    gives: str = "Any"
    alone: str | None = ""


_HERE = {"file": "tried.py", "line": re.compile("[0-9]+")}

ROWS = (
    Row("succeeded", "return ['result', given]", alone=None),
    Row(
        "stage-raised",
        "raise ValueError('as asked')",
        {"type": "ValueError", "message": "as asked", **_HERE},
        alone='"outcome": "stage-raised"',
    ),
    Row(
        "input-invalid",
        "return 1",
        {"expected": "Number", "got": re.compile(".+")},
        takes="Number",
    ),
    Row(
        "output-invalid",
        "return {'a': float('nan')}",
        {"pointer": "/a", "message": re.compile("at /a: .*nan.*", re.IGNORECASE)},
        alone='"outcome": "output-invalid"',
    ),
    Row(
        "timed-out",
        "while True: pass",
        {"limit": "wall_seconds", "allowed": 1},
        ("--limit", "wall=1s"),
    ),
    Row(
        "timed-out",
        "import time\ntime.sleep(100)",
        {"limit": "silence_seconds", "allowed": 2},
        ("--limit", "silence=2s"),
    ),
    Row(
        "cpu-exceeded",
        "while True: pass",
        {"limit": "cpu_seconds", "allowed": 1},
        ("--limit", "cpu=1s"),
    ),
    Row(
        "memory-exceeded",
        "return len(bytearray(1 << 30))",
        {"type": "MemoryError", **_HERE},
        ("--limit", "memory=256MiB"),
        alone='"type": "MemoryError"',
    ),
    Row(
        "output-too-large",
        "return 'x' * 100_000",
        {"limit": "output_bytes", "allowed": 50_000},
        ("--limit", "output=50kB"),
    ),
    Row(
        "log-too-large",
        "print('x' * 100_000)",
        {"limit": "log_bytes", "allowed": 50_000},
        ("--limit", "log=50kB"),
    ),
    Row(
        "killed",
        "import ctypes\nctypes.string_at(0)",
        {"signal": "SIGSEGV"},
        alone="failed due to signal 11",
    ),
    Row(
        "effect-denied",
        "import socket\nsocket.socket()",
        {"effect": "Network", "event": "socket.__new__", **_HERE},
        alone='"outcome": "effect-denied"',
    ),
    Row(
        "import-missing",
        "__import__('numpy' + '')",
        {"module": "numpy", **_HERE},
        alone='"outcome": "import-missing"',
    ),
)  # fmt: skip
