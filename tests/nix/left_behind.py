"""What a build leaves on the machine when it should leave nothing."""

import os
import time
from pathlib import Path

import psutil


def left_behind(home: Path, *, within_seconds: float = 0.0) -> list[str]:
    """Processes that belong to a build of that home, and mounts that do.

    Looks again for as long as ``within_seconds`` while there are some.
    """
    ends = time.monotonic() + within_seconds
    while (found := _look(home)) and time.monotonic() < ends:
        os.sched_yield()
    return found


def _look(home: Path) -> list[str]:
    mounts = Path("/proc/self/mounts").read_text().splitlines()
    found = [line for line in mounts if str(home) in line]
    for process in psutil.process_iter():
        try:
            # A build's own mounts name the folder of the store, whatever it was started with.
            place = Path(f"/proc/{process.pid}/mountinfo").read_text()
            words = [*process.cmdline(), *process.environ().values()]
        except (psutil.Error, OSError):
            continue
        if process.pid != os.getpid() and str(home) in place + "\0".join(words):
            found.append(f"{process.pid} {process.ppid()}: {words[:4]}")
    return found
