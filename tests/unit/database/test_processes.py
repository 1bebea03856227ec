"""Several processes on one file: made once, written by all, sound after kill -9."""

import signal
import subprocess
import sys
from pathlib import Path

import noether_nix
from noether_nix.database.connection import Database

SOURCE = Path(noether_nix.__file__).parents[1]


def start(program: str, *arguments: object) -> subprocess.Popen[bytes]:
    """Another interpreter that runs ``program`` once a line comes in; says ``ready`` first."""
    prelude = (
        "import os, sys; from pathlib import Path\n"
        "from noether_nix.database.connection import Database\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", prelude + program, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=SOURCE,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    return child


def go(children: list[subprocess.Popen[bytes]]) -> list[int]:
    for child in children:
        assert child.stdin is not None
        child.stdin.write(b"\n")
        child.stdin.flush()
    for child in children:
        child.communicate()
    return [child.returncode for child in children]


WRITE = """
for round in range(20):
    with Database.open(Path(sys.argv[1]) / str(round) / "noether.sqlite") as database:
        with database.transaction():
            database.execute("INSERT INTO stages VALUES (?, '', '', 0)", (sys.argv[2],))
"""


def test_several_processes_make_one_database_at_once(tmp_path: Path) -> None:
    codes = go([start(WRITE, tmp_path, number) for number in range(4)])

    assert codes == [0, 0, 0, 0]
    for number in range(20):
        with Database.open(tmp_path / str(number) / "noether.sqlite") as database:
            stages = database.rows(str, "SELECT id FROM stages ORDER BY id")
            assert stages == ["0", "1", "2", "3"]
            assert database.find_damage() == []


COUNT = """
with Database.open(Path(sys.argv[1])) as database:
    for _ in range(100):
        with database.transaction():
            seen = database.row(float, "SELECT added FROM stages")
            database.execute("UPDATE stages SET added = ?", (seen + 1,))
"""


def test_a_transaction_sees_no_write_of_others_between(tmp_path: Path) -> None:
    path = tmp_path / "noether.sqlite"
    with Database.open(path) as database:
        database.execute("INSERT INTO stages VALUES ('counter', '', '', 0)")

    codes = go([start(COUNT, path) for _ in range(3)])

    assert codes == [0, 0, 0]
    with Database.open(path) as database:
        assert database.row(float, "SELECT added FROM stages") == 300


DIE = """
database = Database.open(Path(sys.argv[1]))
with database.transaction():
    database.execute("INSERT INTO stages VALUES ('kept', '', '', 0)")
with database.transaction():
    database.execute("DELETE FROM stages")
    database.execute_many(
        "INSERT INTO stages VALUES (?, ?, '', 0)", ((str(n), "x" * 9000) for n in range(2000))
    )
    os.kill(os.getpid(), 9)
"""


def test_what_a_killed_process_had_not_finished_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "noether.sqlite"

    codes = go([start(DIE, path)])

    assert codes == [-signal.SIGKILL]
    with Database.open(path) as database:
        assert database.rows(str, "SELECT id FROM stages") == ["kept"]
        assert database.find_damage() == []


DIE_WHILE_MAKING = """
import resource
from noether_nix.database import migrations
end = int(sys.argv[2])
steps = tuple((f"CREATE TABLE t{n} (a)",) for n in range(30))
class Killed(tuple):
    def __getitem__(self, part):
        for n, step in enumerate(tuple.__getitem__(self, part)):
            if n == end:
                os.kill(os.getpid(), 9)
            yield step
Database.open(Path(sys.argv[1]), migrations=Killed(steps))
"""


def test_a_database_whose_maker_was_killed_is_made_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "noether.sqlite"

    codes = go([start(DIE_WHILE_MAKING, path, 7)])

    assert codes == [-signal.SIGKILL]
    with Database.open(path) as database:
        assert database.rows(str, "SELECT id FROM stages") == []
        assert database.rows(str, "SELECT name FROM sqlite_master WHERE name LIKE 't_'") == []
    assert [file.name for file in tmp_path.iterdir()] == ["noether.sqlite"]


WRITE_ON = """
with Database.open(Path(sys.argv[1])) as database:
    number = 0
    while True:
        database.execute("INSERT INTO stages VALUES (?, '', '', 0)", (f"{sys.argv[2]}{number}",))
        print(number, flush=True)
        number += 1
"""


def test_what_a_killed_process_had_finished_is_there(tmp_path: Path) -> None:
    path = tmp_path / "noether.sqlite"
    for round_number in range(6):
        writers = [start(WRITE_ON, path, f"{round_number}-{each}-") for each in range(2)]
        for writer in writers:
            assert writer.stdin is not None
            writer.stdin.write(b"\n")
            writer.stdin.flush()

        finished = []
        for each, writer in enumerate(writers):
            assert writer.stdout is not None
            told = [writer.stdout.readline() for _ in range(5 * round_number + 1)]
            writer.kill()
            writer.communicate()
            finished += [f"{round_number}-{each}-{int(line)}" for line in told]

        with Database.open(path) as database:
            assert set(finished) <= set(database.rows(str, "SELECT id FROM stages"))
            assert database.find_damage() == []
