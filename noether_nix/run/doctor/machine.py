"""What the machine gives: its kernel, its disks, its bounds, its clock."""

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import noether_nix
from noether_nix.errors import ToolError
from noether_nix.inside.contract import Json
from noether_nix.process.bounds import Bounds
from noether_nix.process.kernel_probe import KernelFeatures, probe_kernel
from noether_nix.process.nix_failure import USER_NAMESPACES_HINT
from noether_nix.process.system import MachineFacts
from noether_nix.run.doctor.finding import Finding, odd, well

# Below these a large value, a log or a toolchain (75 MB, 2,500 files) may not fit.
_FEW_BYTES, _FEW_FILES = 500 << 20, 10_000
_FEW_DESCRIPTORS, _FEW_PROCESSES = 256, 100
_DAY = 86_400.0


def kernel_finding(machine: MachineFacts) -> Finding:
    """What the kernel lets an ordinary process do."""
    try:
        found = probe_kernel()
    except ToolError as error:
        return odd("kernel", f"{machine.kernel}: {error.message}", error.hint)
    facts: dict[str, Json] = {
        "release": machine.kernel,
        "processor": machine.cpu_model,
        "processors": machine.cores,
        "features": dict(found.features),
        "settings": dict(found.settings),
        "file_systems": list(found.file_systems),
    }
    refused = found.refused
    if refused:
        said = "; ".join(f"{name}: {why}" for name, why in refused.items())
        return odd("kernel", f"{machine.kernel} refuses {said}", _remedy(found), facts)
    landlock = found.features.get("Landlock", "")
    return well("kernel", f"{machine.kernel}, Landlock {landlock}, seccomp, namespaces", facts)


def _remedy(found: KernelFeatures) -> str:
    if found.refused.keys() <= {"Landlock"}:
        return "the other fences stand without it; boot with lsm=landlock,… to have it too"
    return USER_NAMESPACES_HINT


def disk_finding(places: Mapping[str, Path]) -> Finding:
    """How much room there is where we write."""
    rows: dict[str, Json] = {}
    low, words = [], []
    for name, path in places.items():
        there = _existing(path)
        try:
            found = os.statvfs(there)
        except OSError:
            continue
        free, files = found.f_bavail * found.f_frsize, found.f_favail
        rows[name] = {
            "path": str(path),
            "free_bytes": free,
            # File systems without a fixed number of files say that there are none at all.
            "free_files": files if found.f_files else None,
            "programs_start": not found.f_flag & os.ST_NOEXEC,
            "read_only": bool(found.f_flag & os.ST_RDONLY),
        }
        words.append(f"{name} {in_words(free)} free")
        if free < _FEW_BYTES:
            low.append(f"{in_words(free)} at {there}")
        elif found.f_files and files < _FEW_FILES:
            low.append(f"room for {files} files at {there}")
        if found.f_flag & os.ST_NOEXEC and name == "store":
            low.append(f"no program may start from {there}")
    facts: dict[str, Json] = {"places": rows}
    if low:
        hint = "free some, or set NOETHER_HOME to a folder on another disk"
        return odd("disk", f"little room: {', '.join(low)}", hint, facts)
    return well("disk", ", ".join(words), facts)


def in_words(size: int) -> str:
    """A number of bytes for people."""
    return f"{size / 1e9:.1f} GB" if size >= 10**9 else f"{size / 1e6:.0f} MB"


def _existing(path: Path) -> Path:
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def bounds_finding(bounds: Bounds, *, call_memory: int) -> Finding:
    """What the shell and the control group allow, against what calls may use."""
    facts: dict[str, Json] = {"shell": dict(bounds.shell), "group": dict(bounds.group)}
    tight = [*_tight_shell(bounds.shell, call_memory), *_tight_group(bounds.group, call_memory)]
    if tight:
        hint = "raise them (ulimit, the container's or the unit's limits), or lower those of calls"
        return odd("limits", "; ".join(tight), hint, facts)
    set_ones = [f"{name} {amount:g}" for name, amount in bounds.group.items()]
    group = f"control group {', '.join(set_ones)}" if set_ones else "no control group bounds us"
    return well("limits", f"the shell's are wide enough; {group}", facts)


def _tight_shell(shell: Mapping[str, int | None], call_memory: int) -> list[str]:
    least = {
        "open files (-n)": _FEW_DESCRIPTORS,
        "processes (-u)": _FEW_PROCESSES,
        "file size (-f)": _FEW_BYTES,
        "address space (-v)": 4 * call_memory,
        "data (-d)": call_memory,
        "CPU seconds (-t)": 3600,
    }
    return [
        f"ulimit: {name} is {amount}"
        for name, amount in shell.items()
        if amount is not None and amount < least.get(name, 0)
    ]


def _tight_group(group: Mapping[str, float], call_memory: int) -> list[str]:
    found = [
        f"control group: {name} is {in_words(int(group[name]))}, and one call may use "
        f"{in_words(call_memory)}"
        for name in ("memory.max", "memory.high")
        if group.get(name, call_memory) < call_memory
    ]
    if group.get("pids.max", _FEW_PROCESSES) < _FEW_PROCESSES:
        found.append(f"control group: pids.max is {group['pids.max']:g}")
    return found


def clock_finding(now: float, earlier: Sequence[float]) -> Finding:
    """Whether the clock is later than what is known to be past."""
    facts: dict[str, Json] = {"now": now, "latest_known": max(earlier, default=0.0)}
    written = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(now))
    latest = max(earlier, default=0.0)
    if latest > now + _DAY:
        last = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(latest))
        return odd(
            "clock",
            f"it is {written} here, and something was written on {last}",
            "set the clock: ages of results and runs are counted by it",
            facts,
        )
    return well("clock", written, facts)


def installed_at() -> float:
    """When this package was written to this disk; a time that is surely past."""
    return Path(noether_nix.__file__).stat().st_mtime
