"""Waits for a nix-daemon that went away, as when the machine's keeper starts it again."""

import socket
import time
from pathlib import Path

from noether_nix.errors import RunInterruptedError
from noether_nix.process.child import Cancellation

DAEMON_SOCKET = Path("/nix/var/nix/daemon-socket/socket")

# A restart takes a second; a daemon that was stopped for good is not waited for any longer.
WAIT_SECONDS = 10.0
_LOOK_SECONDS = 0.1
# To answer a greeting; the process that answers has to be started first.
_ANSWER_SECONDS = 2.0
# Little-endian words of 8 bytes: WORKER_MAGIC_1 and _2 of Nix's libstore/worker-protocol.hh.
_GREETING = 0x6E697863.to_bytes(8, "little")
_ANSWER = 0x6478696F.to_bytes(8, "little")


def wait_for_daemon(
    cancellation: Cancellation | None = None,
    *,
    place: Path = DAEMON_SOCKET,
    wait_seconds: float = WAIT_SECONDS,
) -> bool:
    """Wait until a daemon answers at ``place``; says whether it does.

    Raises:
        RunInterruptedError: ``cancellation`` was pulled meanwhile.
    """
    ends = time.monotonic() + wait_seconds
    while not _answers(place):
        # A daemon that is restarted leaves its socket behind. Where there is none, none ran.
        if time.monotonic() >= ends or not place.exists():
            return False
        if cancellation is None:
            time.sleep(_LOOK_SECONDS)
        elif cancellation.wait(_LOOK_SECONDS):
            raise RunInterruptedError("waiting for nix-daemon: stopped")
    return True


def _answers(place: Path) -> bool:
    """Whether somebody greets back: the kernel connects also to one that is just ending."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(_ANSWER_SECONDS)
        try:
            client.connect(str(place))
            client.sendall(_GREETING)
            return client.recv(len(_ANSWER), socket.MSG_WAITALL) == _ANSWER
        except OSError:
            return False
