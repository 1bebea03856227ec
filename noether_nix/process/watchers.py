"""Who on this machine could take values out of the machine's Nix store: hooks and watchers.

A private store is out of their reach: our Nix reads no ``nix.conf``, and they know one store only.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from noether_nix.frozen import dataclass

# Settings of Nix that start a program or send something away, each with what it does.
HOOKS: Mapping[str, str] = {
    "post-build-hook": "starts a program with every path that was built, mostly to upload it",
    "pre-build-hook": "starts a program before every build",
    "diff-hook": "shows a program the outputs that differ",
    "build-hook": "hands builds to a program, mostly for another machine",
    "builders": "sends builds, with all their inputs, to other machines",
}
# What is at its default when it says this.
_HARMLESS = {"builders": {"", "@/etc/nix/machines"}}

# Programs that upload or serve all of a store: words of their command lines.
_WATCHERS: Mapping[tuple[str, ...], str] = {
    ("cachix", "watch-store"): "uploads every new path",
    ("cachix", "daemon"): "uploads what is built",
    ("attic", "watch-store"): "uploads every new path",
    ("nix-serve",): "serves every path to who knows its name",
    ("harmonia",): "serves every path to who knows its name",
    ("nix-upload-daemon",): "uploads what is built",
    ("upload-daemon",): "uploads what is built",
    ("queued-build-hook", "daemon"): "uploads what is built",
}


@dataclass(frozen=True, slots=True)
class Watcher:
    """A process that reads all of the machine's store."""

    pid: int
    command: str
    what: str


def find_hooks(settings: Mapping[str, str]) -> dict[str, str]:
    """Those of the settings that start a program or send something away."""
    found = {}
    for name in HOOKS:
        value = settings.get(name, settings.get(f"extra-{name}", ""))
        harmless = _HARMLESS.get(name, {""})
        if value not in harmless or (value.startswith("@") and Path(value[1:]).exists()):
            found[name] = value
    return found


def find_watchers(processes: Path = Path("/proc")) -> tuple[tuple[Watcher, ...], int]:
    """The watchers among the processes, and of how many processes the command was seen."""
    found, seen = [], 0
    for pid, words in _commands(processes):
        seen += 1
        watcher = _watcher(pid, words)
        if watcher is not None:
            found.append(watcher)
    return tuple(found), seen


def _commands(processes: Path) -> Iterator[tuple[int, list[str]]]:
    for folder in sorted(processes.glob("[0-9]*")):
        try:
            data = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        words = [word.decode(errors="replace") for word in data.split(b"\0") if word]
        if words and folder.name.isdigit():
            yield int(folder.name), words


def _watcher(pid: int, words: list[str]) -> Watcher | None:
    names = [Path(word).name for word in words]
    for pattern, what in _WATCHERS.items():
        # The program, or the script that an interpreter runs; then its subcommand.
        starts = [at for at, name in enumerate(names[:2]) if name == pattern[0]]
        if any(set(pattern[1:]) <= set(names[at + 1 :]) for at in starts):
            return Watcher(pid, " ".join(words)[:200], what)
    return None
