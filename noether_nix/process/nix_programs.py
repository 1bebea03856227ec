"""Finding the programs of Nix, and telling which Nix they are.

Finding starts no process. Which version it is costs 20 ms, so callers keep the answer beside
:attr:`NixPrograms.identity` and ask again only when that changed.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from noether_nix.errors import NixMissingError, NixTooOldError, ProgramMissingError
from noether_nix.frozen import dataclass
from noether_nix.process.question import ask

OLDEST = (2, 8, 0)
PROGRAMS = ("nix-build", "nix-store", "nix-instantiate")

# Looked at after PATH, which services and fresh logins do not have in full.
_USUAL_FOLDERS = ("/nix/var/nix/profiles/default/bin", "/run/current-system/sw/bin", "/usr/bin")
_REMEDY = (
    "on Debian and Ubuntu: apt-get install nix-bin; elsewhere: the installer from nixos.org; "
    "a Nix that lies elsewhere: set NOETHER_NIX to the folder of nix-build"
)
_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?(?:pre\w*|-\w+)*")
_LINE = re.compile(r"\S+ \((?P<flavour>[^)]*)\) (?P<version>\S+)")


@dataclass(frozen=True, slots=True)
class NixVersion:
    """Which Nix this is; ``flavour`` is ``Nix``, ``Lix`` or ``Determinate Nix``.

    ``numbers`` count on Nix's scale for all three: Lix began at 2.90 as a branch of 2.18.
    """

    flavour: str
    numbers: tuple[int, int, int]
    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what ``nix-instantiate --version`` prints, or a bare version.

        Raises:
            NixTooOldError: there is no version in it.
        """
        line = text.strip().partition("\n")[0]
        described = _LINE.fullmatch(line)
        # A bare version, or words without brackets, as some build it for fun.
        flavour, version = (
            ("Nix", line.rpartition(" ")[2])
            if described is None
            else (described["flavour"], described["version"])
        )
        found = _VERSION.match(version)
        if found is None:
            raise NixTooOldError(f"{line!r} is no version of Nix that is known here", hint=_REMEDY)
        words = re.sub(r"[\d.]+$", "", flavour.partition(",")[0]).strip()
        numbers = (int(found[1]), int(found[2]), int(found[3] or 0))
        return cls(words or "Nix", numbers, f"{words or 'Nix'} {version}")

    def check_supported(self) -> Self:
        """Give the version back when it is new enough.

        Raises:
            NixTooOldError: it is not.
        """
        if self.numbers < OLDEST:
            oldest = ".".join(map(str, OLDEST))
            raise NixTooOldError(
                f"{self.text} is too old, {oldest} is the oldest that works", hint=_REMEDY
            )
        return self

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class NixPrograms:
    """A folder in which every program of Nix that is needed lies."""

    folder: Path

    @property
    def build(self) -> str:
        """The program that instantiates and builds."""
        return str(self.folder / "nix-build")

    @property
    def store(self) -> str:
        """The program that adds, queries, verifies and deletes."""
        return str(self.folder / "nix-store")

    @property
    def instantiate(self) -> str:
        """The program that makes derivations of expressions."""
        return str(self.folder / "nix-instantiate")

    @property
    def identity(self) -> str:
        """Changes when another Nix lies here: the real file, its size and its time.

        Raises:
            NixMissingError: it lies here no longer.
        """
        real = Path(self.store).resolve()
        try:
            found = real.stat()
        except OSError as error:
            raise NixMissingError(f"{real}: {error.strerror}", hint=_REMEDY) from error
        return f"{real}:{found.st_size}:{found.st_mtime_ns}"


def find_nix(bin_setting: Path | None, path_variable: str) -> NixPrograms:
    """Find Nix where the setting says, or else along PATH and in the usual folders.

    Raises:
        NixMissingError: it is not there. A setting that leads nowhere is never overruled.
    """
    if bin_setting is not None:
        folder = bin_setting if bin_setting.is_dir() else bin_setting.parent
        if not bin_setting.exists() or not _lies_in(folder):
            raise NixMissingError(
                f"NOETHER_NIX is {bin_setting}, and there is no {PROGRAMS[0]} there",
                hint=f"set it to the folder of {PROGRAMS[0]}, or unset it to search PATH",
            )
        return NixPrograms(folder)
    for folder in _folders(path_variable):
        if _lies_in(folder):
            return NixPrograms(folder)
    raise NixMissingError("there is no Nix on this machine, or not on PATH", hint=_REMEDY)


def list_nix(path_variable: str) -> tuple[NixPrograms, ...]:
    """Every Nix along PATH and in the usual folders, the one that is found first at the head."""
    folders = dict.fromkeys(filter(_lies_in, _folders(path_variable)))
    return tuple(NixPrograms(folder) for folder in folders)


def read_version(programs: NixPrograms, *, home: Path) -> NixVersion:
    """Ask the programs which Nix they are.

    Raises:
        NixMissingError: they cannot be started, or do not answer as Nix does.
        NixTooOldError: they are older than what is supported.
    """
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LC_ALL": "C"}
    # nix-store 2.8 opens the machine's store before it says its version, and fails without one.
    try:
        end = ask((programs.instantiate, "--version"), environment=environment)
    except ProgramMissingError as error:
        raise NixMissingError(error.message, hint=_REMEDY) from error
    if not end.ok:
        said = end.stderr_tail.decode(errors="replace").strip()
        raise NixMissingError(f"{programs.instantiate} does not start: {said}", hint=_REMEDY)
    return NixVersion.parse(end.stdout.decode(errors="replace")).check_supported()


def _folders(path_variable: str) -> Iterable[Path]:
    # An empty or relative part of PATH means where we stand, where anyone's files may lie.
    parts = (*path_variable.split(os.pathsep), *_USUAL_FOLDERS)
    return (Path(part) for part in parts if part.startswith("/"))


def _lies_in(folder: Path) -> bool:
    return all(os.access(folder / program, os.X_OK) for program in PROGRAMS)
