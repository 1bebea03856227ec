"""Whether the process that wrote a row is still the one that has its number.

A process is told from a later one of the same number by its start; a start is told from one
before the last boot by the boot's own id.
"""

import os
from pathlib import Path

_PROC = Path("/proc")


def process_mark(pid: int | None = None) -> str | None:
    """What tells this process, or the one of that number, from all others; None: there is none."""
    number = os.getpid() if pid is None else pid
    if not (_PROC / "self/stat").exists():
        return _portable_mark(number)
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        text = (_PROC / str(number) / "stat").read_text(errors="replace")
    except OSError:
        return None
    # The second field is the program's name, in parentheses and with anything in it; the third
    # is the state, the 22nd the start in ticks since the boot (proc(5)).
    fields = text.rpartition(")")[2].split()
    if fields[0] in "ZX":
        return None
    return f"{boot}:{fields[19]}"


def is_alive(pid: int, mark: str) -> bool:
    """Does the process still run that had this number and this mark?"""
    return process_mark(pid) == mark


def _portable_mark(pid: int) -> str | None:
    import psutil  # costs a start of 15 ms, and is not needed on Linux

    try:
        return f"started:{psutil.Process(pid).create_time()}"
    except psutil.Error:
        return None
