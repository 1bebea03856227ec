"""What may be used at most here: by the shell's limits, and by the group this process is in."""

import resource
from collections.abc import Mapping
from pathlib import Path

from noether_nix.frozen import dataclass

# As `ulimit` of a shell names them, with its letter.
_KINDS: Mapping[str, int] = {
    "open files (-n)": resource.RLIMIT_NOFILE,
    "processes (-u)": resource.RLIMIT_NPROC,
    "file size (-f)": resource.RLIMIT_FSIZE,
    "address space (-v)": resource.RLIMIT_AS,
    "data (-d)": resource.RLIMIT_DATA,
    "stack (-s)": resource.RLIMIT_STACK,
    "locked memory (-l)": resource.RLIMIT_MEMLOCK,
    "CPU seconds (-t)": resource.RLIMIT_CPU,
    "core (-c)": resource.RLIMIT_CORE,
}
_GROUP_FILES = ("memory.max", "memory.high", "pids.max", "cpu.max")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What may be used; what is not bounded is None in ``shell`` and not in ``group``.

    Attributes:
        shell: by ``ulimit``'s word, the soft limit in bytes, seconds or pieces.
        group: of the control group and all above it the least; ``cpu.max`` in processors.
    """

    shell: Mapping[str, int | None]
    group: Mapping[str, float]


def read_bounds(
    *, mounted: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")
) -> Bounds:
    """The bounds of this process."""
    shell = {}
    for name, kind in _KINDS.items():
        soft = resource.getrlimit(kind)[0]
        shell[name] = None if soft == resource.RLIM_INFINITY else soft
    return Bounds(shell, _group(mounted, own))


def _group(mounted: Path, own: Path) -> dict[str, float]:
    """Bounds of control groups of version 2, the one that has been everywhere for years."""
    try:
        lines = own.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return {}
    path = next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), None)
    if path is None or ".." in path.split("/"):
        return {}
    found: dict[str, float] = {}
    folder = mounted / path
    while folder.is_relative_to(mounted):
        for name in _GROUP_FILES:
            bound = _read_bound(folder / name)
            if bound is not None:
                found[name] = min(bound, found.get(name, bound))
        folder = folder.parent
    return found


def _read_bound(file: Path) -> float | None:
    try:
        words = file.read_text().split()
        if not words or words[0] == "max":
            return None
        return int(words[0]) / int(words[1]) if len(words) == 2 else int(words[0])
    except (OSError, ValueError, ZeroDivisionError):
        return None
