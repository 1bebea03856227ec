import socket
import threading
from pathlib import Path

import pytest

from noether_nix.errors import RunInterruptedError
from noether_nix.process.child import Cancellation
from noether_nix.process.daemon import wait_for_daemon


def leave_socket(place: Path) -> None:
    """As a daemon does that was killed: the file is there, and nobody listens."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(place))


def test_one_that_listens_is_there_at_once(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        server.listen()

        assert wait_for_daemon(place=tmp_path / "socket", wait_seconds=0.0)


def test_one_that_comes_back_is_waited_for(tmp_path: Path) -> None:
    place = tmp_path / "socket"
    leave_socket(place)
    found: list[bool] = []
    waiting = threading.Thread(
        target=lambda: found.append(wait_for_daemon(place=place, wait_seconds=60.0))
    )
    waiting.start()

    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "new"))
        server.listen()
        (tmp_path / "new").rename(place)
        waiting.join(60.0)

    assert found == [True]


def test_one_that_stays_away_is_given_up(tmp_path: Path) -> None:
    leave_socket(tmp_path / "socket")

    assert not wait_for_daemon(place=tmp_path / "socket", wait_seconds=0.2)


def test_where_none_ever_listened_nothing_is_waited_for(tmp_path: Path) -> None:
    assert not wait_for_daemon(place=tmp_path / "socket", wait_seconds=1e9)


def test_who_stops_the_run_does_not_wait_on(tmp_path: Path) -> None:
    leave_socket(tmp_path / "socket")
    with Cancellation() as cancellation:
        cancellation.cancel()

        with pytest.raises(RunInterruptedError):
            wait_for_daemon(cancellation, place=tmp_path / "socket", wait_seconds=1e9)
