"""A machine with nothing but Nix's store on it, as a mount namespace of this one."""

import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from noether_nix.process.nix import Nix
from noether_nix.process.nix_programs import NixPrograms
from tests.flake.seeds import ROOT, alone, plant

SYSTEM = f"{platform.machine()}-linux"
_ENTER = Path(__file__).with_name("enter.sh")
_FEATURES = ("--extra-experimental-features", "nix-command flakes")
_SECONDS = 420


@dataclass(frozen=True, slots=True)
class BareMachine:
    """``folder`` holds all of it: the store, the checkout, the small nixpkgs and a home.

    ``nix`` and ``busybox`` are folders in the store with what is started first.
    """

    folder: Path
    nix: str
    busybox: str

    def run(
        self, *words: str, variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of the store in the checkout, with only the variables that are given."""
        environment = {
            "HOME": "/home",
            "NIX_CONFIG": "substituters =",
            "PATH": f"{self.nix}/bin:{self.busybox}/bin",
            "USER": "someone",
            **(variables or {}),
        }
        given = [f"{name}={value}" for name, value in environment.items()]
        busybox = f"{self.busybox}/bin/busybox"
        with tempfile.TemporaryDirectory(dir=self.folder, prefix="root-") as root:
            argv = (
                *_namespace(), "sh", str(_ENTER), root, str(self.folder), busybox,
                busybox, "env", "-i", *given, *words,
            )  # fmt: skip
            return subprocess.run(
                argv,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=_SECONDS,
            )

    def run_nix(
        self, command: str, *words: str, variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run ``nix COMMAND`` with the small nixpkgs in the place of the real one."""
        override = ("--override-input", "nixpkgs", "path:/small")
        argv = (f"{self.nix}/bin/nix", *_FEATURES, *command.split(), *override, *words)
        return self.run(*argv, variables=variables)


def render_configuration(nix: str, busybox: str) -> str:
    """The machine's nix.conf: what a Nix of nixpkgs, installed there, would have by itself.

    For any other store than its own, the machine's store is where results can be fetched: it
    signs nothing, so that is what everyone can check, the seeds.
    """
    options = {
        "build-hook": f"{nix}/bin/build-remote",
        "sandbox": "true",
        "sandbox-fallback": "false",
        "sandbox-paths": f"/bin/sh={busybox}/bin/busybox",
        "substituters": "local",
    }
    return "".join(f"{name} = {value}\n" for name, value in options.items())


def set_up(folder: Path, programs: NixPrograms) -> BareMachine:
    """Make the machine in ``folder``, or find the one that another process made there."""
    nix = Nix(programs, folder / "store")
    with alone(folder):
        names = folder / "names"
        if not names.exists():
            copy_checkout(folder / "checkout")
            scratch = folder / "scratch"
            scratch.mkdir()
            plant(nix, folder / "small", scratch)
            shutil.rmtree(scratch)
            built = [_build(nix, name, folder) for name in ("nix", "busybox")]
            (folder / "nix.conf").write_text(render_configuration(*built))
            names.write_text("\n".join(built))
        return BareMachine(folder, *names.read_text().split())


def copy_checkout(target: Path) -> None:
    """What git keeps, or would keep, of this checkout: no environment, no caches."""
    # Whoever owns it: the tests of an ordinary user may stand in a checkout of root's.
    git = ("git", "-c", "safe.directory=*")
    listing = (*git, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, names.decode().split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)


def _build(nix: Nix, name: str, folder: Path) -> str:
    expression = folder / f"{name}.nix"
    expression.write_text(f"(import ./small {{ }}).{name}\n")
    build = nix.build_file(expression)
    assert build.out is not None, build.exit.stderr_tail.decode()
    nix.add_root(name, build.out)
    return str(build.out)


def _namespace() -> tuple[str, ...]:
    """What starts a program apart from this machine; nothing outlives it."""
    apart = ("--mount", "--net", "--pid", "--fork", "--kill-child=KILL")
    if os.geteuid() == 0:
        return ("unshare", *apart)
    return ("unshare", "--user", "--map-current-user", "--keep-caps", *apart)
