"""Reading what others named: regular files only, and nothing is opened to find out."""

import os
import socket
import threading
from pathlib import Path

import pytest

from noether_nix.database.regular_file import read_beginning, read_regular_file, real_folder
from noether_nix.errors import FileUnreadableError


def why_not(path: Path) -> str:
    with pytest.raises(FileUnreadableError) as caught:
        read_beginning(path, 10)
    assert read_regular_file(path) is None
    return caught.value.message.removeprefix(f"{path} ".replace("\0", "\\x00"))


def test_a_file_is_read_as_far_as_asked(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"123456")
    (tmp_path / "link").symlink_to("file")

    assert read_beginning(tmp_path / "link", 3) == b"123"
    assert read_beginning(tmp_path / "file", 30) == b"123456"
    assert read_regular_file(tmp_path / "file") == b"123456"
    assert read_regular_file(tmp_path / "file", most=6) == b"123456"
    assert read_regular_file(tmp_path / "file", most=5) is None


def test_a_file_that_says_it_is_empty_and_is_not_is_read_no_further_than_asked() -> None:
    """The kernel's own files have no size, and much in them."""
    assert len(read_beginning(Path("/proc/self/maps"), 7)) == 7
    assert read_regular_file(Path("/proc/self/maps"), most=7) is None


def test_what_is_no_regular_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    (tmp_path / "loop").symlink_to("loop")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))

    names = ["folder", "pipe", "device", "socket", "loop", "absent", "a\0", "\ud800"]
    found = {name: why_not(tmp_path / name) for name in names[:-1]}

    assert found == {
        "folder": "is a folder, not a file",
        "pipe": "is no regular file",
        "device": "is no regular file",
        "socket": "is no regular file",
        "loop": "cannot be read: Too many levels of symbolic links",
        "absent": "does not exist",
        "a\0": "is no name of a file: embedded null byte",
    }
    assert "is no name of a file" in why_not(tmp_path / "\ud800")


def test_who_waits_at_a_pipe_is_not_woken(tmp_path: Path) -> None:
    """Opening a pipe, be it for a moment, would let its writer begin, and then end by a signal."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    wrote = threading.Event()

    def write() -> None:
        with pipe.open("wb") as file:
            file.write(b"for another")
        wrote.set()

    writer = threading.Thread(target=write, daemon=True)
    writer.start()

    assert [why_not(pipe) for _ in range(100)] == ["is no regular file"] * 100

    assert not wrote.is_set()
    assert pipe.read_bytes() == b"for another"
    writer.join(timeout=60)
    assert wrote.is_set()


def test_where_a_file_really_lies_is_checked_before_it_is_opened(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/file").touch(0o000)
    (tmp_path / "link").symlink_to("folder/../folder/file")
    (tmp_path / "way").symlink_to("folder")
    places: list[Path] = []

    def refuse(place: Path) -> None:
        places.append(place)
        raise FileUnreadableError("not there")

    with pytest.raises(FileUnreadableError, match=r"^not there$"):
        read_beginning(tmp_path / "link", 10, refuse)

    home = real_folder(tmp_path / "way")
    assert home == tmp_path.resolve() / "folder"
    assert places == [home / "file"]


@pytest.mark.parametrize("name", ["absent", "file/folder", "a\0b"])
def test_a_folder_that_there_is_not_lies_nowhere(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(FileUnreadableError):
        real_folder(tmp_path / name)


def test_the_name_of_a_file_makes_up_no_lines_of_ours(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadableError) as caught:
        read_beginning(tmp_path / "a\nerror: \x1b[31mb", 10)

    assert caught.value.message == f"{tmp_path}/a\\nerror: \\x1b[31mb does not exist"


def test_a_long_name_is_told_by_its_ends(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadableError) as caught:
        read_beginning(tmp_path / ("x/" * 5000 + "name.txt"), 10)

    message = caught.value.message
    assert message.startswith(f"{tmp_path}/x/x/")
    assert message.endswith("x/x/name.txt cannot be read: File name too long")
    assert len(message) < 500
