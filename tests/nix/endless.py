"""A run that goes on until somebody ends it."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import psutil

from tests.e2e.homes import Noether
from tests.nix.fused_runs import stage_text

_ENDLESS = "while True: pass"


@contextmanager
def running(noether: Noether) -> Iterator["subprocess.Popen[bytes]"]:
    """A run of a call that never ends, which has begun; reads its events on."""
    (noether.folder / "endless.py").write_text(stage_text(_ENDLESS))
    fifo = noether.folder / "events"
    os.mkfifo(fifo)
    words = ("stage", "run", "./endless.py", "--events", fifo, "--json")
    with noether.start(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        with fifo.open() as events:
            _await(events, "call-started")
            yield process
        process.kill()


def _await(events: TextIO, name: str) -> None:
    for line in events:
        if json.loads(line)["event"] == name:
            return
    raise AssertionError(f"there was no event {name}")


def builders(home: Path) -> list[psutil.Process]:
    """The processes inside of a build of that home, the first of it first."""
    found = []
    for process in psutil.process_iter():
        try:
            inside = str(home) in Path(f"/proc/{process.pid}/mountinfo").read_text()
            status = Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            continue
        spaces = re.search(r"^NSpid:((?:\s+\d+)+)", status, re.MULTILINE)
        if inside and spaces is not None and len(spaces[1].split()) > 1:
            found.append(process)
    return sorted(found, key=lambda process: process.create_time())
