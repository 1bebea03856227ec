"""Facts of this machine that are recorded beside results, because nothing can fix them."""

import os
from pathlib import Path

from noether_nix.frozen import dataclass

_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """What this machine is: ``system`` in Nix's words, the rest as the kernel says it."""

    system: str
    kernel: str
    cpu_model: str
    cores: int


def read_facts(cpuinfo: Path = Path("/proc/cpuinfo")) -> MachineFacts:
    """Read the facts; ``cores`` are those that this process may use."""
    names = os.uname()
    return MachineFacts(
        system=f"{names.machine}-{names.sysname.lower()}",
        kernel=names.release,
        cpu_model=_cpu_model(cpuinfo),
        cores=len(os.sched_getaffinity(0)),
    )


def _cpu_model(cpuinfo: Path) -> str:
    """The processor's name; on ARM, which has none, the numbers that stand for it."""
    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return _UNKNOWN
    first = text.partition("\n\n")[0]
    facts = {
        name.strip(): value.strip()
        for name, _, value in (line.partition(":") for line in first.splitlines())
    }
    if "model name" in facts:
        return facts["model name"]
    arm = (facts.get(f"CPU {part}", "") for part in ("implementer", "part", "variant", "revision"))
    return " ".join(filter(None, arm)) or _UNKNOWN
