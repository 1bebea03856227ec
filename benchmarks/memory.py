"""The most memory that noether's processes have at one time, the calls in the sandbox aside.

A call is a process two process namespaces below us: the first is Nix's, the second its own.
"""

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.contestants import BenchmarkError
from benchmarks.workloads import Workload

_PAGE = os.sysconf("SC_PAGE_SIZE")
_SECONDS = 0.02


@dataclass
class Peak:
    """The largest sum of resident sets over all samples, and whose they were.

    Pages that processes share count once for each of them, so the truth is below it.
    """

    total: int = 0
    by_program: Mapping[str, int] = field(default_factory=dict)
    samples: int = 0

    def take(self, sizes: Mapping[str, int]) -> None:
        """One sample: bytes by program."""
        self.samples += 1
        if sum(sizes.values()) > self.total:
            self.total = sum(sizes.values())
            self.by_program = dict(sizes)


def peak_of(workload: Workload) -> Peak:
    """Run ``noether run`` on the workload and look at its processes all the while.

    Raises:
        BenchmarkError: the run failed.
    """
    argv = [sys.executable, "-P", "-m", "noether_nix", "run", str(workload.graph)]
    argv += ["--input", f"@{workload.input}", "--quiet"]
    peak = Peak()
    own_depth = _depth(os.getpid())
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        ended = threading.Event()

        def look() -> None:
            while not ended.wait(_SECONDS):
                peak.take(_sizes(process.pid, own_depth))

        watcher = threading.Thread(target=look)
        watcher.start()
        process.wait()
        ended.set()
        watcher.join()
    if process.returncode != 0:
        raise BenchmarkError(f"the run whose memory is measured ended with {process.returncode}")
    return peak


def _sizes(root: int, own_depth: int) -> Mapping[str, int]:
    """Resident bytes of the process and what descends from it, by the programs' names."""
    sizes: Counter[str] = Counter()
    for process in _family(root):
        try:
            if _depth(process) >= own_depth + 2:
                continue
            pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
            sizes[Path(f"/proc/{process}/comm").read_text().strip()] += pages * _PAGE
        except (OSError, IndexError):
            continue  # it has ended meanwhile
    return sizes


def _family(root: int) -> Iterator[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                stat = (entry / "stat").read_text(errors="replace")
            except OSError:
                continue
            parent = int(stat.rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(entry.name))
    waiting = [root]
    while waiting:
        process = waiting.pop()
        yield process
        waiting += children.get(process, [])


def _depth(process: int) -> int:
    """In how many process namespaces it has a number, from ours on."""
    for line in Path(f"/proc/{process}/status").read_text(errors="replace").splitlines():
        if line.startswith("NSpid:"):
            return len(line.split()) - 1
    raise OSError("the process has ended")
