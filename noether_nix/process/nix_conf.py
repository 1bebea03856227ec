"""What the machine's own ``nix.conf`` says; Nix that we start reads it only where it may fetch."""

from pathlib import Path

MACHINE_FILE = Path("/etc/nix/nix.conf")

# The setting's name, and those that it had.
_SANDBOX_PATHS = ("sandbox-paths", "build-sandbox-paths", "build-chroot-dirs")
_MOST_FILES = 64


def names_sandbox_paths(file: Path = MACHINE_FILE) -> bool:
    """Whether the machine's keeper has said what builds are shown of the machine."""
    settings = read_nix_conf(file)
    return any(
        settings.get(f"{extra}{name}") for extra in ("", "extra-") for name in _SANDBOX_PATHS
    )


def read_nix_conf(file: Path) -> dict[str, str]:
    """The settings of a ``nix.conf`` with all that it includes; the last one counts."""
    found: dict[str, str] = {}
    _read_into(found, file, [])
    return found


def _read_into(found: dict[str, str], file: Path, seen: list[Path]) -> None:
    if file in seen or len(seen) > _MOST_FILES:
        return
    seen.append(file)
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError):  # the latter of a name that no file can have
        return
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if len(words) == 2 and words[0] in ("include", "!include"):
            _read_into(found, file.parent / words[1], seen)
        elif len(words) >= 2 and words[1] == "=":
            found[words[0]] = " ".join(words[2:])
