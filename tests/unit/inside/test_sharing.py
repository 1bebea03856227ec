import ctypes
import mmap
import os
import socket
from pathlib import Path

import pytest

from noether_nix.inside.sharing import SharedPlace


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "shared"
    folder.mkdir(0o700)
    return folder


def place_of(*folders: Path, emptied: int = 1) -> SharedPlace:
    return SharedPlace([str(one) for one in folders], emptied=emptied, bounded=True)


def test_whatever_a_call_leaves_in_a_folder_is_gone_before_the_next(folder: Path) -> None:
    place = place_of(folder)
    (folder / "locked/within").mkdir(parents=True)
    (folder / "locked/within/file").write_text("left")
    (folder / "locked/within").chmod(0)
    (folder / "locked").chmod(0)
    (folder / "link").symlink_to("/etc/passwd")
    (folder / "loop").symlink_to("loop")
    os.mkfifo(folder / "pipe")
    (folder / os.fsdecode(b"\xff\xfe")).mkdir()
    folder.chmod(0)

    place.make_ready()

    assert os.listdir(folder) == []  # noqa: PTH208
    assert folder.stat().st_mode & 0o7777 == 0o700


def test_no_depth_of_folders_is_too_deep_to_be_emptied(folder: Path) -> None:
    place = place_of(folder)
    here = os.open(folder, os.O_RDONLY)
    for _ in range(3000):  # far beyond the longest path
        os.mkdir("x" * 100, dir_fd=here)
        deeper = os.open("x" * 100, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(here)

    place.make_ready()

    assert os.listdir(folder) == []  # noqa: PTH208


def test_times_and_attributes_of_a_folder_tell_nothing_of_the_call_before(folder: Path) -> None:
    place = place_of(folder)
    os.utime(folder, (1, 1))
    os.setxattr(folder, "user.message", b"hello")

    place.make_ready()

    assert os.listxattr(folder) == []
    assert folder.stat().st_mtime > 1_000_000_000


def test_what_a_link_leads_to_is_not_touched(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "file").write_text("stays")
    (folder / "link").symlink_to(other)

    place_of(folder).make_ready()

    assert (other / "file").read_text() == "stays"


def test_what_is_the_machines_is_left_alone(folder: Path, tmp_path: Path) -> None:
    machines = tmp_path / "machines"
    machines.mkdir()
    (machines / "file").write_text("stays")

    place_of(folder, machines, emptied=1).make_ready()

    assert (machines / "file").read_text() == "stays"


def test_files_count_by_the_room_they_take_named_or_not(folder: Path) -> None:
    place = place_of(folder)
    (folder / "sparse").touch()
    os.truncate(folder / "sparse", 1 << 40)
    empty = place.scratch_bytes(os.getpid())
    (folder / "below").mkdir()
    (folder / "below/file").write_bytes(bytes(range(256)) * 4096)
    with (folder / "nameless").open("w+b", buffering=0) as file:
        file.write(bytes(range(256)) * 8192)
        (folder / "nameless").unlink()
        os.fsync(file.fileno())
        full = place.scratch_bytes(os.getpid())

    assert empty < 1 << 20
    assert 3 << 20 <= full - empty < 4 << 20


def test_more_files_than_a_call_may_have_are_too_much(folder: Path) -> None:
    place = place_of(folder)
    for number in range(16_400):
        (folder / str(number)).touch()

    assert place.scratch_bytes(os.getpid()) > 1 << 60


def test_folders_that_are_nested_out_of_sight_are_too_much(folder: Path) -> None:
    place = place_of(folder)
    (folder / "/".join("x" * 250)).mkdir(parents=True)

    assert place.scratch_bytes(os.getpid()) > 1 << 60


def test_a_folder_that_is_closed_for_a_while_is_looked_into_and_stays_closed(folder: Path) -> None:
    place = place_of(folder)
    (folder / "closed").mkdir()
    (folder / "closed/file").write_bytes(bytes(range(256)) * 4096)
    (folder / "closed").chmod(0)

    used = place.scratch_bytes(os.getpid())

    assert 1 << 20 <= used < 2 << 20
    assert (folder / "closed").stat().st_mode & 0o777 == 0


def test_a_file_without_a_name_counts_as_long_as_it_is_open(folder: Path) -> None:
    place = place_of(folder)
    with (folder / "file").open("wb") as file:
        file.write(b"x" * (1 << 20))
        file.flush()
        (folder / "file").unlink()
        assert place.scratch_bytes(os.getpid()) >= 1 << 20

    assert place.scratch_bytes(os.getpid()) < 1 << 20


def test_a_nameless_file_that_is_mapped_and_open_counts_once(folder: Path) -> None:
    place = place_of(folder)
    with (folder / "file").open("wb+") as file:
        file.write(b"x" * (1 << 20))
        file.flush()
        (folder / "file").unlink()
        with mmap.mmap(file.fileno(), 4096):
            file.close()  # a mapping of Python's keeps a descriptor of its own
            assert 1 << 20 <= place.scratch_bytes(os.getpid()) < 2 << 20


def test_a_nameless_file_that_only_a_mapping_holds_is_more_than_all(folder: Path) -> None:
    place = place_of(folder)
    library = ctypes.CDLL(None)
    library.mmap.restype = ctypes.c_void_p
    number = os.open(folder / "a\nfile", os.O_RDWR | os.O_CREAT)
    os.write(number, b"x" * 4096)
    (folder / "a\nfile").unlink()
    private, read = 2, 1
    at = library.mmap(None, ctypes.c_size_t(4096), read, private, number, ctypes.c_long(0))
    os.close(number)

    try:
        assert place.scratch_bytes(os.getpid()) == 1 << 62
    finally:
        library.munmap(ctypes.c_void_p(at), ctypes.c_size_t(4096))


def test_a_file_on_its_way_through_a_socket_is_more_than_all_until_it_is_taken(
    folder: Path,
) -> None:
    place = place_of(folder)
    one, other = socket.socketpair()
    with one, other, (folder / "file").open("wb") as file:
        socket.send_fds(one, [b"x"], [file.fileno()])
        on_its_way = place.scratch_bytes(os.getpid())
        _, (taken,), _, _ = socket.recv_fds(other, 1, 1)
        os.close(taken)

        assert on_its_way == 1 << 62
        assert place.scratch_bytes(os.getpid()) < 1 << 20


def test_a_file_that_is_mapped_by_one_of_its_names_and_has_another_is_no_matter(
    folder: Path,
) -> None:
    place = place_of(folder)
    (folder / "other").write_bytes(b"x" * 4096)
    (folder / "file").hardlink_to(folder / "other")
    with (
        (folder / "file").open("rb") as file,
        mmap.mmap(file.fileno(), 4096, prot=mmap.PROT_READ),
    ):
        (folder / "file").unlink()
        assert place.scratch_bytes(os.getpid()) < 1 << 20
