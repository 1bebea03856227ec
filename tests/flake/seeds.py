"""What the small nixpkgs is made of: this machine's Python, Nix and shells, and locked wheels."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from noether_nix.formats.store_path import StorePath
from noether_nix.process.nix import Nix
from noether_nix.toolchain.host import make_host_toolchain
from noether_nix.toolchain.interpreter import running_interpreter
from noether_nix.toolchain.shared_libraries import find_libraries, read_loader

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements/dev.txt"
SMALL_NIXPKGS = Path(__file__).with_name("nixpkgs")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a folder for one process at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield


def locked_wheels() -> Sequence[Path]:
    """The wheels of the lock file for this Python, fetched once by pip, which compares hashes."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]
    tag = f"{sys.implementation.cache_tag}-{os.uname().machine}-{digest}"
    folder = cache / "noether-tests/wheels" / tag
    with alone(folder.parent):
        if not folder.exists():
            aside = folder.with_name(f"{folder.name}.part")
            shutil.rmtree(aside, ignore_errors=True)
            argv = (
                sys.executable, "-P", "-m", "pip", "download", "--quiet", "--no-deps",
                "--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:",
                "--requirement", str(LOCK), "--dest", str(aside),
            )  # fmt: skip
            done = subprocess.run(argv, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            aside.rename(folder)
    return sorted(folder.glob("*.whl"))


def describe_wheels(wheels: Sequence[Path]) -> dict[str, dict[str, Any]]:
    """What the small nixpkgs has to know of each wheel, by the name of its package.

    ``requires`` names everything that is needed, also by what is needed: the lock has it all.
    """
    locked = set(_HASH.findall(LOCK.read_text()))
    found: dict[str, dict[str, Any]] = {}
    wanted: dict[str, list[str]] = {}
    for wheel in wheels:
        parsed, version, _build, _tags = parse_wheel_filename(wheel.name)
        name = str(parsed)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        assert digest in locked, f"{wheel.name} is not what the lock file names"
        found[name] = {"file": wheel.name, "hash": digest, "version": str(version)}
        wanted[name] = list(_requirements(wheel))
    for name, description in found.items():
        description["requires"] = _all_of(name, wanted)
    return found


def _requirements(wheel: Path) -> Iterator[str]:
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        headers = BytesHeaderParser().parsebytes(archive.read(metadata))
    for text in headers.get_all("Requires-Dist", []):
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield canonicalize_name(requirement.name)


def _all_of(name: str, wanted: Mapping[str, Sequence[str]]) -> list[str]:
    reached: dict[str, None] = {}
    open_ends = list(wanted[name])
    while open_ends:
        one = open_ends.pop()
        if one not in reached and one in wanted:
            reached[one] = None
            open_ends.extend(wanted[one])
    return sorted(reached)


def gather(programs: Sequence[Path], tree: Path) -> Path:
    """Copy programs of this machine, with links to them, and the libraries that they load."""
    (tree / "bin").mkdir(parents=True)
    (tree / "lib").mkdir()
    for program in programs:
        real = program.resolve()
        if not (tree / "bin" / real.name).exists():
            shutil.copy(real, tree / "bin" / real.name)
        if program.name != real.name:
            (tree / "bin" / program.name).symlink_to(real.name)
    first = programs[0].resolve()
    loader = read_loader(first)
    libraries, broken = find_libraries(loader, [first], jobs=1)
    assert not broken
    for name, file in {**libraries, loader.name: loader}.items():
        shutil.copy(file, tree / "lib" / name)
    # Loaded by its name when a program asks for hosts, as Nix does when it starts.
    resolver = libraries["libc.so.6"].with_name("libnss_dns.so.2")
    if resolver.exists():
        shutil.copy(resolver, tree / "lib" / resolver.name)
    return tree


def plant(nix: Nix, small: Path, scratch: Path) -> dict[str, StorePath]:
    """Put all seeds into the store, and beside the small nixpkgs at ``small`` their names.

    Returns:
        The store paths of those that are no wheels.
    """
    shutil.copytree(SMALL_NIXPKGS, small)
    busybox = shutil.which("busybox")
    bash = shutil.which("bash")
    assert busybox is not None
    assert bash is not None
    trees = {
        "bash": gather([Path(bash)], scratch / "bash"),
        "glibc": _c_library(Path(sys.executable), scratch / "glibc"),
        "busybox": _static(Path(busybox), scratch / "busybox"),
        "nix": _nix(nix.programs.folder, scratch / "nix"),
    }
    added = {name: nix.add_tree(tree) for name, tree in trees.items()}
    added["python"] = make_host_toolchain(nix, running_interpreter(), say=lambda _words: None).path
    wheels = locked_wheels()
    nix.add_flat_files(wheels)
    listed = {
        "trees": {name: _fixed(nix, path) for name, path in added.items()},
        "wheels": describe_wheels(wheels),
    }
    (small / "seeds.json").write_text(json.dumps(listed, indent=2) + "\n")
    return added


def _c_library(program: Path, tree: Path) -> Path:
    """All of the C library that ``program`` uses: wheels ask for parts that Python does not."""
    (tree / "lib").mkdir(parents=True)
    real = program.resolve()
    libraries, _broken = find_libraries(read_loader(real), [real], jobs=1)
    folder = libraries["libc.so.6"].parent
    for name in ("libc", "libdl", "libm", "libpthread", "libresolv", "librt", "libutil"):
        for file in folder.glob(f"{name}.so.[0-9]"):
            shutil.copy(file, tree / "lib" / file.name)
    return tree


def _static(program: Path, tree: Path) -> Path:
    (tree / "bin").mkdir(parents=True)
    shutil.copy(program.resolve(), tree / "bin" / program.name)
    return tree


def _nix(folder: Path, tree: Path) -> Path:
    nix = (folder / "nix").resolve()
    links = [path for path in sorted(folder.glob("nix-*")) if path.resolve() == nix]
    gather([nix, *links], tree)
    # What Nix asks whether another machine would build; Debian has it in a folder of its own.
    (tree / "bin/build-remote").symlink_to(nix.name)
    return tree


def _fixed(nix: Nix, path: StorePath) -> dict[str, str]:
    recorded = nix.nar_hash(path)
    assert recorded is not None
    return {"name": path.name, "hash": recorded.hex}
