"""A folder for a while is gone afterwards, and one of the dead is told from one of the living."""

import signal
import subprocess
import sys
from pathlib import Path

from noether_nix.database.scratch import find_abandoned, remove_abandoned, scratch_folder

HOLD = """
import os, sys, time
from pathlib import Path
from noether_nix.database.scratch import scratch_folder
with scratch_folder(Path(sys.argv[1]), "try-") as folder:
    (folder / "file").write_text("half")
    print(folder, flush=True)
    time.sleep(60)
"""


def test_it_is_gone_with_all_that_is_in_it(tmp_path: Path) -> None:
    with scratch_folder(tmp_path / "made", "try-") as folder:
        (folder / "inner").mkdir()
        (folder / "inner/file").touch()
        assert folder.stat().st_mode & 0o777 == 0o700

    assert list((tmp_path / "made").iterdir()) == []


def test_that_of_a_killed_process_is_found_and_removed_and_that_of_a_living_one_is_not(
    tmp_path: Path,
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        theirs = Path(process.stdout.readline().strip())
        held = find_abandoned(tmp_path, ("try-",)), remove_abandoned(tmp_path)
        process.send_signal(signal.SIGKILL)
        process.wait()

    with scratch_folder(tmp_path, "try-") as ours:
        abandoned = find_abandoned(tmp_path, ("try-",))
        others = find_abandoned(tmp_path, ("other-",))
        removed = remove_abandoned(tmp_path, ("try-",))
        assert ours.is_dir()

    assert held == ((), ())
    assert (abandoned, others, removed) == ((theirs,), (), (theirs,))
    assert not theirs.exists()


def test_files_links_and_a_folder_that_is_not_there_are_no_leftovers(tmp_path: Path) -> None:
    (tmp_path / "try-file").touch()
    (tmp_path / "try-link").symlink_to("/")

    assert find_abandoned(tmp_path) == ()
    assert remove_abandoned(tmp_path / "absent") == ()
