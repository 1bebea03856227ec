"""A real nix-daemon in a machine of the test's own, with the machine's store behind it."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.nix.machines import Machine, boot
from tests.nix.which_nix import PROGRAMS

SOCKET = "nix/var/nix/daemon-socket/socket"


@dataclass
class Daemon:
    """The daemon of one machine; its store is ``/nix`` there, and lives as long as the machine."""

    machine: Machine
    log: Path
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def start(self) -> None:
        """Start it, and return when it listens."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.machine.command([PROGRAMS.folder / "nix-daemon"]),
                env=self.machine.environment(0, {}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        ends = time.monotonic() + 30
        while not self._listens():
            assert self._process.poll() is None, self.log.read_text(errors="replace")
            assert time.monotonic() < ends
            self.machine.run(["true"])  # gives it time

    def stop(self) -> None:
        """Kill it and all that it started; the socket's file stays, as after a crash."""
        self.machine.run(["pkill", "-KILL", "-x", "nix-daemon"])
        if self._process is not None:
            self._process.wait(timeout=30)
            self._process = None

    def restart(self) -> None:
        """As a keeper of a machine does it, whatever is being built."""
        self.stop()
        self.start()

    def _listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(str(self.machine.root / SOCKET))
            except OSError:
                return False
        return True


@contextmanager
def serve(folder: Path, *, build_users: int = 2, nix_conf: str = "") -> Iterator[Daemon]:
    """A machine with a running daemon; ``folder`` is an empty one. See :func:`boot`."""
    place = folder / "machine"
    place.mkdir()
    with boot(place, build_users=build_users, nix_conf=nix_conf) as machine:
        daemon = Daemon(machine, folder / "daemon.log")
        daemon.start()
        try:
            yield daemon
        finally:
            daemon.stop()
