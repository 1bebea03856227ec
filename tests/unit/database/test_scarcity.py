"""The room that is set aside, and how a database opens where there is none or none may be used."""

import subprocess
import sys
from pathlib import Path

import pytest

from noether_nix.database.connection import Access, Database
from noether_nix.database.scarcity import (
    give_reserve,
    open_anyway,
    read_left_behind,
    set_reserve_aside,
)
from noether_nix.database.schema import MIGRATIONS
from noether_nix.errors import StoreUnwritableError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with one stage in it."""
    path = tmp_path / "noether.sqlite"
    with Database.open(path) as database:
        database.execute("INSERT INTO stages VALUES ('a', 'b', '', 0)")
    return path


def stages(database: Database) -> int | None:
    return database.row(int, "SELECT count(*) FROM stages")


def test_a_reserve_takes_its_room_at_once_and_is_given_up_once(path: Path) -> None:
    set_reserve_aside(path)
    set_reserve_aside(path)

    (reserve,) = path.parent.glob("*-reserve")
    assert reserve.stat().st_blocks * 512 >= 2 << 20
    assert reserve.stat().st_mode & 0o777 == 0o600
    assert give_reserve(path)
    assert not give_reserve(path)
    assert not reserve.exists()


def test_where_no_reserve_can_be_made_none_is_and_nothing_is_said() -> None:
    set_reserve_aside(Path("/proc/noether.sqlite"))


def test_a_database_opened_alone_needs_no_file_for_sharing(path: Path) -> None:
    with Database.open(path, access=Access.ALONE) as database:
        assert stages(database) == 1
        database.execute("DELETE FROM stages")
        assert [file.name for file in path.parent.glob("*-shm")] == []
    with open_anyway(path) as database:
        assert stages(database) == 0


def test_a_database_that_is_only_read_refuses_what_would_write(path: Path) -> None:
    with Database.open(path, access=Access.READ_ONLY) as database:
        assert stages(database) == 1
        with pytest.raises(StoreUnwritableError):
            database.execute("DELETE FROM stages")
        assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_what_another_process_has_written_last_is_read_too(path: Path) -> None:
    with Database.open(path) as writer:
        writer.execute("INSERT INTO stages VALUES ('c', 'd', '', 0)")
        with Database.open(path, access=Access.READ_ONLY) as reader:
            assert stages(reader) == 2


def test_a_database_of_an_older_version_is_not_changed_by_reading(path: Path) -> None:
    before = path.read_bytes()
    later = (*MIGRATIONS, ("CREATE TABLE later (number)",))

    with pytest.raises(StoreUnwritableError, match="older version"):
        Database.open(path, access=Access.READ_ONLY, migrations=later)

    assert path.read_bytes() == before


WRITE_AND_DIE = """
import os, signal, sys
from pathlib import Path
from noether_nix.database.connection import Database
database = Database.open(Path(sys.argv[1]))
database.execute("INSERT INTO stages VALUES ('c', 'd', '', 0)")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("shared", [True, False], ids=["all that it left", "without its index"])
def test_what_a_killed_writer_has_left_is_read_without_a_write_beside_it(
    path: Path, *, shared: bool
) -> None:
    subprocess.run([sys.executable, "-P", "-c", WRITE_AND_DIE, str(path)], check=False)
    if not shared:
        path.with_name(f"{path.name}-shm").unlink()
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}

    with read_left_behind(path) as database:
        assert stages(database) == 2
        assert database.path == path
        with pytest.raises(StoreUnwritableError):
            database.execute("DELETE FROM stages")

    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == before


def test_a_log_that_is_not_there_cannot_be_read(path: Path) -> None:
    with pytest.raises(StoreUnwritableError):
        read_left_behind(path)
