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


def wait_for_daemon(
    cancellation: Cancellation | None = None,
    *,
    place: Path = DAEMON_SOCKET,
    wait_seconds: float = WAIT_SECONDS,
) -> bool:
    """Wait until something listens at ``place``; says whether it does.

    Raises:
        RunInterruptedError: ``cancellation`` was pulled meanwhile.
    """
    ends = time.monotonic() + wait_seconds
    while not _listens(place):
        # A daemon that is restarted leaves its socket behind. Where there is none, none ran.
        if time.monotonic() >= ends or not place.exists():
            return False
        if cancellation is None:
            time.sleep(_LOOK_SECONDS)
        elif cancellation.wait(_LOOK_SECONDS):
            raise RunInterruptedError("waiting for nix-daemon: stopped")
    return True


def _listens(place: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(_LOOK_SECONDS)
        try:
            client.connect(str(place))
        except OSError:
            return False
    return True
