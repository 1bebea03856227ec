"""That a full disk is full is seen on one, in tests/e2e/test_scarce_disk.py."""

from pathlib import Path

from noether_nix.process.disk_room import is_full


def test_a_disk_with_room_is_not_full_and_nothing_is_left_on_it(tmp_path: Path) -> None:
    assert not is_full(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_not_full(tmp_path: Path) -> None:
    assert not is_full(tmp_path / "absent")
