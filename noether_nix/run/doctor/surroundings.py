"""What a person's settings and variables say, and what others on the machine could take away."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from noether_nix.inside.contract import Json
from noether_nix.process.nix_conf import MACHINE_FILE, read_nix_conf
from noether_nix.process.watchers import HOOKS, find_hooks, find_watchers
from noether_nix.run.doctor.finding import Finding, odd, well
from noether_nix.run.settings import Settings, known_variables
from noether_nix.stage.problems import nearest

_OURS = "NOETHER_"
# Python reads these as it starts: they change what noether itself imports and prints.
_PYTHON_VARIABLES = (
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONSTARTUP",
    "PYTHONWARNINGS",
    "PYTHONOPTIMIZE",
)


def settings_finding(settings: Settings) -> Finding:
    """What was chosen, and where."""
    sources = dict(settings.sources or {})
    there = settings.settings_file.exists()
    facts: dict[str, Json] = {
        "file": str(settings.settings_file),
        "exists": there,
        "home": str(settings.home),
        "chosen": dict(sources),
    }
    words = str(settings.settings_file) if there else f"no file {settings.settings_file}"
    chosen = f"{len(sources)} chosen" if sources else "all as built in"
    return well("settings", f"{words}; {chosen}; home {settings.home}", facts)


def variables_finding(environment: Mapping[str, str]) -> Finding:
    """Variables that mean nothing to us, or more to Python than to us."""
    known = known_variables()
    unknown = sorted(name for name in environment if name.startswith(_OURS) and name not in known)
    python = [name for name in _PYTHON_VARIABLES if environment.get(name)]
    facts: dict[str, Json] = {"unknown": list(unknown), "python": list(python)}
    if unknown:
        near = [_nearest(name, known) for name in unknown]
        hint = "; ".join(
            f"did you mean {guess}?" if guess else f"unset {name}"
            for name, guess in zip(unknown, near, strict=True)
        )
        return odd("variables", f"{', '.join(unknown)}: nothing reads that", hint, facts)
    if python:
        return odd(
            "variables",
            f"{', '.join(python)} change how noether itself runs; no stage sees them",
            f"unset {' '.join(python)} if something is odd",
            facts,
        )
    return well("variables", "none is misspelt, and none changes how Python runs", facts)


def _nearest(name: str, known: Iterable[str]) -> str | None:
    """What was meant; what all have in common makes none of them likely."""
    near = nearest(name.removeprefix(_OURS), [one.removeprefix(_OURS) for one in known])
    return near and f"{_OURS}{near}"


def terminal_finding(environment: Mapping[str, str], encoding: str) -> Finding:
    """How text reaches the person."""
    locale = environment.get("LC_ALL") or environment.get("LC_CTYPE") or environment.get("LANG")
    facts: dict[str, Json] = {
        "locale": locale,
        "encoding": encoding,
        "term": environment.get("TERM"),
    }
    if encoding.lower().replace("-", "") != "utf8":
        return odd(
            "terminal",
            f"text is printed as {encoding}, which has not all of its characters",
            "set LC_ALL=C.UTF-8",
            facts,
        )
    return well("terminal", f"text is printed as {encoding}; stages have their own locale", facts)


def hooks_finding(
    *, private: bool, nix_conf: Path = MACHINE_FILE, processes: Path = Path("/proc")
) -> Finding:
    """Who could take values out of the store."""
    hooks = find_hooks(read_nix_conf(nix_conf))
    watchers, seen = find_watchers(processes)
    facts: dict[str, Json] = {
        "nix_conf": str(nix_conf),
        "hooks": dict(hooks),
        "watchers": [
            {"pid": one.pid, "command": one.command, "what": one.what} for one in watchers
        ],
        "processes_seen": seen,
        "in_reach": not private,
    }
    found = [*(f"{name} ({HOOKS[name]})" for name in hooks)]
    found += [f"process {one.pid}, {one.command} ({one.what})" for one in watchers]
    if not found:
        words = f"no hook in {nix_conf}, and none of {seen} processes uploads what is built"
        return well("hooks", words, facts)
    if private:
        words = f"{'; '.join(found)}: out of reach of the private store, which reads no nix.conf"
        return well("hooks", words, facts)
    return odd(
        "hooks",
        f"values may leave this machine: {'; '.join(found)}",
        "leave the setting `store` out (a private store is out of their reach), or stop them",
        facts,
    )


def leftovers_finding(found: Mapping[Path, int]) -> Finding:
    """What killed processes left behind."""
    facts: dict[str, Json] = {"folders": {str(path): size for path, size in found.items()}}
    if not found:
        return well("leftovers", "no killed process left anything behind", facts)
    total = sum(found.values())
    names = ", ".join(path.name for path in found)
    return odd(
        "leftovers",
        f"{len(found)} folders of killed processes, {total / 1e6:.1f} MB: {names}",
        "`noether store gc` removes them, and so does the next command that needs such a folder",
        facts,
    )
