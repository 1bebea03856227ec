"""Logs: named by number, private, kept byte for byte."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from noether_nix.errors import InternalError, StoreUnwritableError
from noether_nix.ledger.logs import LogFiles

RUN = "20261120-101530-4f9c2a"


def test_a_log_is_kept_byte_for_byte_under_its_number(tmp_path: Path) -> None:
    logs = LogFiles(tmp_path / "logs")
    text = b"\x1b[31mred\x00\xff\r\n"

    file = logs.write(RUN, 7, text)
    logs.write(RUN, 12345, b"far")

    assert file == tmp_path / "logs" / RUN / "0007.log"
    assert (logs.read(RUN, 7), logs.read(RUN, 12345)) == (text, b"far")
    assert logs.size_bytes(RUN) == len(text) + 3
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_a_log_that_is_written_again_is_replaced(tmp_path: Path) -> None:
    logs = LogFiles(tmp_path)
    logs.write(RUN, 0, b"long ago")

    logs.write(RUN, 0, b"now")

    assert logs.read(RUN, 0) == b"now"


def test_a_log_that_is_not_there_is_none(tmp_path: Path) -> None:
    logs = LogFiles(tmp_path / "logs")

    assert logs.read(RUN, 0) is None
    assert logs.size_bytes(RUN) == 0
    assert logs.runs() == {}
    logs.remove(RUN)


def test_removed_logs_are_gone_and_others_stay(tmp_path: Path) -> None:
    logs = LogFiles(tmp_path)
    other = "20261120-101530-000000"
    logs.write(RUN, 0, b"x")
    logs.write(other, 0, b"y")
    (tmp_path / "notes").mkdir()

    logs.remove(RUN)

    assert set(logs.runs()) == {other}
    assert logs.read(other, 0) == b"y"


@pytest.mark.parametrize("run", ["", "..", "../../etc", "20261120-101530-4f9c2a/..", "last"])
def test_a_folder_is_never_named_by_what_is_no_run(tmp_path: Path, run: str) -> None:
    logs = LogFiles(tmp_path)

    with pytest.raises(InternalError):
        logs.read(run, 0)
    with pytest.raises(InternalError):
        logs.write(run, 0, b"")
    with pytest.raises(InternalError):
        logs.remove(run)


def test_a_folder_that_cannot_be_made_is_unwritable(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("in the way")

    with pytest.raises(StoreUnwritableError):
        LogFiles(tmp_path / "logs").write(RUN, 0, b"x")


def test_several_may_remove_the_same_logs_at_once(tmp_path: Path) -> None:
    logs, run = LogFiles(tmp_path / "logs"), "20260801-101500-a1b2c3"
    for number in range(300):
        logs.write(run, number, b"text")

    with ThreadPoolExecutor(4) as pool:
        sizes = [pool.submit(logs.size_bytes, run) for _ in range(4)]
        removals = [pool.submit(logs.remove, run) for _ in range(4)]

    assert [one.result() for one in removals] == [None] * 4
    assert all(one.result() <= 1200 for one in sizes)
    assert logs.runs() == {}
