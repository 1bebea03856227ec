import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from noether_nix.errors import RunInterruptedError
from noether_nix.process.child import Cancellation
from noether_nix.process.daemon import wait_for_daemon


def leave_socket(place: Path) -> None:
    """As a daemon does that was killed: the file is there, and nobody listens."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(place))


@contextmanager
def answering(place: Path, answer: bytes = b"oixd\0\0\0\0") -> Iterator[None]:
    """One who greets back whoever greets him, as real daemons do in ``tests/nix``."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(place))
        server.listen()

        def answer_one() -> None:
            with server.accept()[0] as client:
                assert client.recv(8) == b"cxin\0\0\0\0"
                client.sendall(answer)

        thread = threading.Thread(target=answer_one)
        thread.start()
        yield
        thread.join(60.0)


def test_one_that_answers_is_there_at_once(tmp_path: Path) -> None:
    with answering(tmp_path / "socket"):
        assert wait_for_daemon(place=tmp_path / "socket", wait_seconds=0.0)


@pytest.mark.parametrize("answer", [b"", b"cxin\0\0\0\0", b"oixd"])
def test_one_that_answers_otherwise_is_none(tmp_path: Path, answer: bytes) -> None:
    with answering(tmp_path / "socket", answer):
        assert not wait_for_daemon(place=tmp_path / "socket", wait_seconds=0.0)


def test_one_that_is_just_ending_and_never_answers_is_not_taken_for_a_daemon(
    tmp_path: Path,
) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        server.listen()

        assert not wait_for_daemon(place=tmp_path / "socket", wait_seconds=0.0)


def test_one_that_comes_back_is_waited_for(tmp_path: Path) -> None:
    place = tmp_path / "socket"
    leave_socket(place)
    found: list[bool] = []
    waiting = threading.Thread(
        target=lambda: found.append(wait_for_daemon(place=place, wait_seconds=60.0))
    )
    waiting.start()

    with answering(tmp_path / "new"):
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
