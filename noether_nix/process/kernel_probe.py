"""What this kernel lets an ordinary process do, found out by a child that does it.

Settings below ``/proc/sys`` are told beside it, because they are what a person can change: a
security module, a container or a filter may refuse what they all allow.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from noether_nix.errors import ProgramMissingError
from noether_nix.frozen import dataclass
from noether_nix.process.question import ask

_TRIAL = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from noether_nix.process.kernel_trial import main; main()"
)
_SETTINGS = (
    "kernel/unprivileged_userns_clone",
    "kernel/apparmor_restrict_unprivileged_userns",
    "user/max_user_namespaces",
    "user/max_mnt_namespaces",
    "user/max_pid_namespaces",
)
DONE = "done"


@dataclass(frozen=True, slots=True)
class KernelFeatures:
    """What a process could do.

    Attributes:
        features: what was tried → ``done``, or what the kernel said; of Landlock the version.
        settings: the kernel's settings that have a say in it, as far as they exist.
        file_systems: those that can be mounted and matter here.
    """

    features: Mapping[str, str]
    settings: Mapping[str, str]
    file_systems: tuple[str, ...]

    @property
    def refused(self) -> Mapping[str, str]:
        """What the kernel refused, and in which words."""
        return {
            name: said
            for name, said in self.features.items()
            if said != DONE and not said.isdigit()
        }


def probe_kernel(sysctl: Path = Path("/proc/sys")) -> KernelFeatures:
    """Have a child try what the sandbox needs, one after the other.

    Raises:
        ProgramMissingError: this Python cannot be started again.
    """
    package = Path(__file__).parents[2]
    words = (sys.executable, "-S", "-P", "-X", "utf8", "-c", _TRIAL, str(package))
    end = ask(words, environment={"LC_ALL": "C.UTF-8"})
    if not end.ok:
        said = end.stderr_tail.decode(errors="replace").strip().rpartition("\n")[2]
        raise ProgramMissingError(f"{sys.executable} does not start again: {said}")
    found = {str(name): str(said) for name, said in json.loads(end.stdout).items()}
    return KernelFeatures(found, _settings(sysctl), _file_systems())


def _settings(sysctl: Path) -> dict[str, str]:
    found = {}
    for name in _SETTINGS:
        try:
            found[name.replace("/", ".")] = (sysctl / name).read_text().strip()
        except OSError:
            continue
    return found


def _file_systems() -> tuple[str, ...]:
    try:
        text = Path("/proc/filesystems").read_text(encoding="ascii")
    except OSError:
        return ()
    known = {line.split()[-1] for line in text.splitlines() if line.strip()}
    return tuple(sorted(known & {"overlay", "tmpfs", "fuse"}))
