"""Disks that are full, folders that cannot be written: our errors, and a sound file after."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import noether_nix
from noether_nix.database.connection import Database
from noether_nix.database.disk import make_private_folder, writing
from noether_nix.errors import StoreFullError, StoreUnwritableError

SOURCE = Path(noether_nix.__file__).parents[1]
INSERT = "INSERT INTO stages VALUES (?, ?, '', 0)"


def run(program: str, *arguments: object) -> str:
    """What another interpreter prints that runs ``program``."""
    prelude = (
        "import os, resource, sys; from pathlib import Path\n"
        "from noether_nix.database.connection import Database\n"
        "from noether_nix.errors import *\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", prelude + program, *map(str, arguments)],
        stdout=subprocess.PIPE,
        cwd=SOURCE,
        check=True,
        text=True,
    )
    return done.stdout.strip()


FILL = """
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
try:
    with Database.open(Path(sys.argv[1])) as database:
        for number in range(10_000):
            with database.transaction():
                database.execute("INSERT INTO stages VALUES (?, ?, '', 0)", (number, "x" * 9000))
except NoetherError as error:
    print(error.code, number)
"""


def test_a_limit_on_file_sizes_is_a_full_store_and_the_file_stays_sound(tmp_path: Path) -> None:
    path = tmp_path / "noether.sqlite"

    code, number = run(FILL, path).split()

    assert code == "store-full"
    with Database.open(path) as database:
        assert database.row(int, "SELECT count(*) FROM stages") == int(number) > 5
        assert database.find_damage() == []


MAKE = """
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    Database.open(Path(sys.argv[1]))
except NoetherError as error:
    print(error.code)
"""


@pytest.mark.parametrize("size", [0, 5000, 40_000])
def test_no_room_for_a_new_database_is_a_full_store(tmp_path: Path, size: int) -> None:
    path = tmp_path / "noether.sqlite"

    assert run(MAKE, path, size) == "store-full"

    Database.open(path).close()


def test_a_full_disk_undoes_the_transaction(tmp_path: Path) -> None:
    with Database.open(tmp_path / "noether.sqlite") as database:
        database.execute(INSERT, ("kept", ""))
        database.rows(int, f"PRAGMA max_page_count = {database.row(int, 'PRAGMA page_count')}")

        with pytest.raises(StoreFullError, match="no room to write"):
            database.execute_many(INSERT, [(str(number), "x" * 9000) for number in range(100)])

        assert database.rows(str, "SELECT id FROM stages") == ["kept"]


@contextmanager
def folder_for_all() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        folder.chmod(0o755)


# Permission bits do not bind root, so root becomes somebody else first.
OPEN_AS_OTHER = """
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    Database.open(Path(sys.argv[1]))
except NoetherError as error:
    print(error.code, error)
"""


def test_a_read_only_file_is_unwritable(tmp_path: Path) -> None:
    with folder_for_all() as folder:
        path = folder / "noether.sqlite"
        Database.open(path).close()
        path.chmod(0o444)
        folder.chmod(0o555)

        said = run(OPEN_AS_OTHER, path)

        assert said.startswith(f"store-unwritable {path} cannot be written")


@pytest.mark.parametrize("name", ["noether.sqlite", "deeper/noether.sqlite"])
def test_a_read_only_folder_is_unwritable(name: str) -> None:
    with folder_for_all() as folder:
        folder.chmod(0o555)

        said = run(OPEN_AS_OTHER, folder / name)

        assert said.startswith("store-unwritable")


def test_a_folder_that_nobody_may_enter_is_unwritable() -> None:
    with folder_for_all() as folder:
        (folder / "closed").mkdir(mode=0)

        said = run(OPEN_AS_OTHER, folder / "closed" / "noether.sqlite")

        assert said.startswith("store-unwritable")


@pytest.mark.parametrize("name", ["file/noether.sqlite", "file/deeper/noether.sqlite"])
def test_a_file_where_the_folder_should_be_is_unwritable(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(StoreUnwritableError) as caught:
        Database.open(tmp_path / name)

    assert "NOETHER_HOME" in caught.value.hint


def test_a_folder_where_the_file_should_be_is_unwritable(tmp_path: Path) -> None:
    (tmp_path / "noether.sqlite").mkdir()

    with pytest.raises(StoreUnwritableError):
        Database.open(tmp_path / "noether.sqlite")


def write(path: Path, content: bytes) -> None:
    with writing(path):
        path.write_bytes(content)


def test_system_errors_of_a_write_are_ours() -> None:
    with pytest.raises(StoreFullError):
        write(Path("/dev/full"), b"x")
    with pytest.raises(StoreUnwritableError, match="File exists"):
        make_private_folder(Path("/dev/null"))
