"""What the machine looks like outside the sandbox, so that a change to it does not stay unseen."""

import hashlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

_SETTINGS = (
    "kernel/core_pattern", "kernel/hostname", "kernel/domainname", "kernel/modprobe",
    "kernel/printk", "kernel/randomize_va_space", "vm/overcommit_memory", "fs/suid_dumpable",
)  # fmt: skip
_TABLES = ("sysvipc/shm", "sysvipc/sem", "sysvipc/msg", "swaps", "self/mounts")
_FOLDERS = ("/", "/etc", "/dev", "/dev/mqueue")
# Where other programs have files too: those that attacks make are looked for by name.
_SHARED = ("/dev/shm", "/tmp", "/var/tmp")
_NAMES = ("closed", "disk", "large", "message", "own", "program", "python3", "x")


class HostWitness:
    """Looks at the machine before and after; ``home`` is the folder of the runs between.

    It listens on loopback, holds a file open with a secret in it, and is a process that could
    be signalled: whoever reached the machine would leave a trace with one of them.
    """

    def __init__(self, home: Path, listener: socket.socket) -> None:
        self._home = home
        self._listener = listener
        self._secret = home / "secret"
        self._secret.write_text("untouched")

    def look(self) -> dict[str, object]:
        """All that must be the same afterwards."""
        return {
            "settings": {name: _read(Path("/proc/sys", name)) for name in _SETTINGS},
            "tables": {name: _without(self._home, Path("/proc", name)) for name in _TABLES},
            "folders": {place: sorted(Path(place).iterdir()) for place in _FOLDERS if _is(place)},
            "shared": [
                f"{place}/{name}" for place in _SHARED for name in _NAMES if _is_there(place, name)
            ],
            "users": {name: _digest(Path("/etc", name)) for name in ("passwd", "group", "hosts")},
            "secret": self._secret.read_text(),
            "visitors": self._visitors(),
            "cores": [str(file) for file in self._home.rglob("core*") if file.is_file()],
            "setuid": [str(file) for file in _programs(self._home)],
            "toolchain": self._toolchain(),
            "parent": psutil.Process().parent() is not None,
        }

    def _visitors(self) -> int:
        try:
            self._listener.accept()[0].close()
        except BlockingIOError:
            return 0
        return 1

    def _toolchain(self) -> dict[str, str]:
        """The bytes of the interpreter that stages run with, and when its folder was changed."""
        store = self._home / "nix/nix/store"
        programs = sorted(store.glob("*/bin/python3"))
        return {
            program.parent.parent.name: f"{_digest(program)} {program.parent.stat().st_mtime_ns}"
            for program in programs
        }


@contextmanager
def host_witness(home: Path) -> Iterator[HostWitness]:
    """A witness that is there as long as the block is."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield HostWitness(home, listener)


def _is(place: str) -> bool:
    return Path(place).is_dir()


def _is_there(place: str, name: str) -> bool:
    return Path(place, name).exists()


def _read(file: Path) -> str:
    return file.read_text() if file.exists() else "none"


def _without(home: Path, file: Path) -> list[str]:
    if not file.exists():
        return []
    return [line for line in file.read_text().splitlines() if str(home) not in line]


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _programs(home: Path) -> Iterator[Path]:
    for file in (home / "tmp").rglob("*"):
        if file.is_file() and file.stat().st_mode & 0o6000:
            yield file
