"""A disk that is really full: a file system of 1 MB, which needs user namespaces as Nix does."""

import subprocess
import sys
from pathlib import Path

import pytest

import noether_nix

pytestmark = pytest.mark.nix

UNSHARED = ("unshare", "--user", "--map-root-user", "--mount")
SOURCE = Path(noether_nix.__file__).parents[1]

FILL = """
import sys; from pathlib import Path
from noether_nix.database.connection import Database
from noether_nix.errors import NoetherError
folder, written = Path(sys.argv[1]), 0
try:
    with Database.open(folder / "noether.sqlite") as database:
        while True:
            database.execute("INSERT INTO stages VALUES (?, ?, '', 0)", (written, "x" * 9000))
            written += 1
except NoetherError as error:
    print(error.code)
(folder / "ballast").unlink()
with Database.open(folder / "noether.sqlite") as database:
    print(database.row(int, "SELECT count(*) FROM stages") - written, database.find_damage())
"""


@pytest.mark.parametrize("ballast", [1_000, 900_000, 980_000, 1_020_000, 1_044_480])
def test_a_full_disk_is_a_full_store_and_the_database_stays_sound(
    tmp_path: Path, ballast: int
) -> None:
    commands = (
        f'mount -t tmpfs -o size=1m none "$1" && head -c {ballast} /dev/zero > "$1/ballast"'
        ' && exec "$2" -c "$3" "$1"'
    )

    done = subprocess.run(
        [*UNSHARED, "sh", "-c", commands, "sh", str(tmp_path), sys.executable, FILL],
        stdout=subprocess.PIPE,
        cwd=SOURCE,
        check=True,
        text=True,
    )

    assert done.stdout.split("\n") == ["store-full", "0 []", ""]
