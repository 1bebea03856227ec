"""What a call that runs has taken, as the kernel tells those who watch it from outside."""

import os

_TICKS = os.sysconf("SC_CLK_TCK")
_EXITING = 0x4  # PF_EXITING: its memory and its files may be gone already
PROCESSORS = os.cpu_count() or 1


def held_memory(pid: int) -> int:
    """What a process holds beside pages of files, in bytes; 0 when it is gone."""
    held = 0
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:  # noqa: PTH123
            for line in file:
                if line.startswith(("RssAnon:", "RssShmem:")):
                    held += int(line.split()[1]) << 10
    except OSError:
        return 0
    return held


def is_ending(folder: str) -> bool:
    """Whether the process or thread with this folder below /proc is past its last instruction.

    Raises:
        OSError: it is gone.
    """
    with open(f"{folder}/stat", "rb") as file:  # noqa: PTH123
        return bool(int(file.read().rpartition(b")")[2].split()[6]) & _EXITING)  # proc(5), 9


def cpu_seconds(pid: int) -> float:
    """Processor time of all its threads, those that have ended too; 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:  # noqa: PTH123
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS  # utime and stime: proc(5), 14 and 15


def scratch(pid: int) -> tuple[int, int] | None:
    """What its own folders hold, in bytes and in files, the folders themselves among these.

    None when it is gone or cannot be looked into.
    """
    try:
        found = os.statvfs(f"/proc/{pid}/root/tmp")
    except OSError:
        return None
    return (found.f_blocks - found.f_bfree) * found.f_frsize, found.f_files - found.f_ffree
