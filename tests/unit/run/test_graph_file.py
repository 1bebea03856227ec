"""Graph files that are no files, or that never end."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from noether_nix.errors import FileUnreadableError
from noether_nix.graph.bounds import MAX_GRAPH_BYTES
from noether_nix.run.graph_file import read_graph_file, read_part


def test_of_what_never_ends_so_much_is_read_that_it_is_too_large() -> None:
    assert len(read_graph_file(Path("/dev/zero"))) == MAX_GRAPH_BYTES + 1


@pytest.mark.parametrize("name", [".", "absent", "x" * 300, "a\0b"])
def test_what_cannot_be_read_is_an_error_of_ours(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileUnreadableError):
        read_graph_file(tmp_path / name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A graph's folder with a file, beside it a file of somebody's, and links between the two."""
    folder = tmp_path / "graph"
    (folder / "parts").mkdir(parents=True)
    (folder / "parts/mine.txt").write_text("mine")
    (tmp_path / "theirs.txt").write_text("theirs")
    (tmp_path / "graph2").mkdir()
    (tmp_path / "graph2/theirs.txt").write_text("theirs")
    (folder / "link.txt").symlink_to("parts/mine.txt")
    (folder / "out.txt").symlink_to("../theirs.txt")
    (folder / "far.txt").symlink_to(tmp_path / "theirs.txt")
    (folder / "twice.txt").symlink_to("out.txt")
    (folder / "up").symlink_to("..")
    (tmp_path / "way").symlink_to("graph")
    return folder


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("./parts/mine.txt", id="below it"),
        pytest.param("./parts/../parts/mine.txt", id="there and back"),
        pytest.param("../graph/parts/mine.txt", id="out and in again"),
        pytest.param("./link.txt", id="a link to a file below it"),
        pytest.param("./up/way/link.txt", id="links out and in again"),
    ],
)
def test_a_part_may_be_what_lies_below_the_folder(folder: Path, path: str) -> None:
    assert read_part(folder, path) == b"mine"
    assert read_part(folder.parent / "way", path) == b"mine"


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("../theirs.txt", id="above"),
        pytest.param("./../theirs.txt", id="above, in other words"),
        pytest.param("./parts/../../theirs.txt", id="above by a way round"),
        pytest.param("../graph2/theirs.txt", id="a folder whose name begins alike"),
        pytest.param("./out.txt", id="a link"),
        pytest.param("./far.txt", id="a link that begins at the root"),
        pytest.param("./twice.txt", id="a link to a link"),
        pytest.param("./up/theirs.txt", id="a link to a folder"),
    ],
)
def test_a_part_that_lies_elsewhere_is_refused_whatever_leads_there(
    folder: Path, path: str
) -> None:
    with pytest.raises(FileUnreadableError) as caught:
        read_part(folder, path)

    error = caught.value
    assert f"which is not in the folder of the graph, {folder.resolve()}" in error.message
    assert error.message.startswith(f"{path} leads to {folder.parent.resolve()}/")
    assert "--input @FILE" in error.hint
    assert (folder / path).read_text() == "theirs"


def test_what_is_elsewhere_is_not_even_opened(folder: Path) -> None:
    """So that nobody learns by the message whether it could have been read."""
    (folder.parent / "theirs.txt").chmod(0o000)

    with pytest.raises(FileUnreadableError, match="is not in the folder of the graph"):
        read_part(folder, "./out.txt")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("./pipe", "is no regular file"),
        ("./zero", "is no regular file"),
        ("./parts", "is a folder, not a file"),
        ("./absent", "does not exist"),
        ("./link.txt/x", "Not a directory"),
        ("./~/x", "does not exist"),
        ("./%2e%2e/theirs.txt", "does not exist"),
        ("./" + "x" * 300, "File name too long"),
        ("./" + "x/" * 2500 + "x", "File name too long"),
        ("./a\0b", "is no name of a file"),
        ("./\ud800", "is no name of a file"),
    ],
)
def test_a_part_that_is_no_file_is_refused(folder: Path, path: str, words: str) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "zero").symlink_to("/dev/zero")

    with pytest.raises(FileUnreadableError, match=words):
        read_part(folder, path)


def test_of_a_part_that_is_too_large_so_much_is_read_that_it_shows(folder: Path) -> None:
    with (folder / "sparse.txt").open("wb") as file:
        file.truncate(10 << 30)

    assert len(read_part(folder, "./sparse.txt")) == MAX_GRAPH_BYTES + 1


READ_AS_OTHER = """
import os, sys
from pathlib import Path
from noether_nix.errors import NoetherError
from noether_nix.run.graph_file import read_part
folder = os.open(sys.argv[1], os.O_PATH)
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    read_part(Path(f"/proc/self/fd/{folder}"), "./mine.txt")
except NoetherError as error:
    print(error.code, error)
"""


def test_a_part_that_this_account_may_not_read_is_refused(folder: Path) -> None:
    """Permission bits do not bind root, so root becomes somebody else first."""
    (folder / "parts/mine.txt").chmod(0o000)

    done = subprocess.run(
        [sys.executable, "-P", "-c", READ_AS_OTHER, folder / "parts"],
        capture_output=True,
        check=True,
        timeout=100,
    )

    said = done.stdout.decode()
    assert said.startswith("file-unreadable")
    assert said.rstrip().endswith("mine.txt cannot be read: Permission denied")
