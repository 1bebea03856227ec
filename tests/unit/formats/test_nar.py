import io
import os
import socket
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noether_nix.errors import FileUnreadableError, FormatError, StoreUnwritableError
from noether_nix.formats.digest import Digest
from noether_nix.formats.nar import HashingSink, nar_hash_of_path, nar_hash_of_tree, write_nar
from noether_nix.formats.nar_reader import NarEntry, list_nar, read_nar
from noether_nix.formats.nar_tree import MAXIMUM_DEPTH, Directory, RegularFile, SymbolicLink, Tree

entry_names = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1, max_size=8
).filter(lambda name: name not in {".", ".."})
files = st.builds(RegularFile, st.binary(max_size=40), st.booleans())
links = st.builds(SymbolicLink, entry_names)
trees: st.SearchStrategy[Tree] = st.recursive(
    files | links,
    lambda children: st.builds(Directory, st.dictionaries(entry_names, children, max_size=4)),
    max_leaves=12,
)
SAMPLE = Directory(
    {
        "run": RegularFile(b"#!/bin/sh\n", executable=True),
        "empty": Directory(),
        "data": Directory({"é": RegularFile(b"12345678"), "B": RegularFile(b"")}),
        "link": SymbolicLink("../out of here"),
    }
)


def nar(tree: Tree) -> bytes:
    stream = io.BytesIO()
    write_nar(tree, stream)
    return stream.getvalue()


def token(data: bytes) -> bytes:
    return len(data).to_bytes(8, "little") + data + bytes(-len(data) % 8)


def tokens(*words: bytes) -> bytes:
    return b"".join(map(token, words))


def entry(name: bytes, node: bytes) -> bytes:
    return tokens(b"entry", b"(", b"name", name, b"node") + node + token(b")")


def folder(*entries: bytes) -> bytes:
    return tokens(b"(", b"type", b"directory") + b"".join(entries) + token(b")")


MAGIC = token(b"nix-archive-1")
FILE = tokens(b"(", b"type", b"regular", b"contents", b"x", b")")


class InPieces:
    """A pipe: gives less than was asked for."""

    def __init__(self, data: bytes) -> None:
        self._stream = io.BytesIO(data)

    def read(self, size: int, /) -> bytes:
        return self._stream.read(min(size, 3))


def test_a_file_is_written_as_the_format_says() -> None:
    assert nar(RegularFile(b"x")) == MAGIC + FILE


@settings(max_examples=60)
@given(trees)
def test_what_is_unpacked_has_the_archive_that_it_came_from(
    tmp_path_factory: pytest.TempPathFactory, tree: Tree
) -> None:
    target = tmp_path_factory.mktemp("nar") / "target"
    archive = nar(tree)

    read_nar(InPieces(archive), target)

    assert nar_hash_of_path(target) == nar_hash_of_tree(tree) == (Digest.of(archive), len(archive))


def test_an_unpacked_tree_has_its_contents_links_and_permissions(tmp_path: Path) -> None:
    target = tmp_path / "target"

    read_nar(io.BytesIO(nar(SAMPLE)), target)

    assert sorted(path.name for path in target.iterdir()) == ["data", "empty", "link", "run"]
    assert (target / "data" / "é").read_bytes() == b"12345678"
    assert (target / "link").readlink() == Path("../out of here")
    assert os.access(target / "run", os.X_OK)
    assert not (target / "data" / "B").stat().st_mode & 0o111


def test_a_list_names_everything_each_folder_before_its_contents() -> None:
    assert list_nar(io.BytesIO(nar(SAMPLE))) == (
        NarEntry("", "directory"),
        NarEntry("data", "directory"),
        NarEntry("data/B", "regular"),
        NarEntry("data/é", "regular", size_bytes=8),
        NarEntry("empty", "directory"),
        NarEntry("link", "symlink", target="../out of here"),
        NarEntry("run", "regular", size_bytes=10, executable=True),
    )


def test_reading_leaves_what_follows_the_archive() -> None:
    stream = io.BytesIO(nar(SAMPLE) + b"rest")

    list_nar(stream)

    assert stream.read() == b"rest"


OUTSIDE = [
    pytest.param(folder(entry(b"..", FILE)), id="the folder above"),
    pytest.param(folder(entry(b".", FILE)), id="the folder itself"),
    pytest.param(folder(entry(b"", FILE)), id="an empty name"),
    pytest.param(folder(entry(b"a/b", FILE)), id="a slash"),
    pytest.param(folder(entry(b"/etc", FILE)), id="an absolute name"),
    pytest.param(folder(entry(b"a\0b", FILE)), id="a NUL"),
    pytest.param(folder(entry(b"a" * 256, FILE)), id="a name that no file system takes"),
    pytest.param(folder(entry(b"a", FILE), entry(b"a", FILE)), id="a name twice"),
    pytest.param(folder(entry(b"b", FILE), entry(b"a", FILE)), id="unsorted"),
    pytest.param(
        folder(
            entry(b"a", tokens(b"(", b"type", b"symlink", b"target", b"/etc", b")")),
            entry(b"a", folder(entry(b"passwd", FILE))),
        ),
        id="through a link of its own",
    ),
    pytest.param(tokens(b"(", b"type", b"symlink", b"target", b"", b")"), id="a link to nothing"),
    pytest.param(tokens(b"(", b"type", b"symlink", b"target", b"\0", b")"), id="a link to NUL"),
    pytest.param(
        tokens(b"(", b"type", b"symlink", b"target") + token(b"a" * 5000), id="an endless link"
    ),
    pytest.param(tokens(b"(", b"type", b"fifo", b")"), id="a pipe"),
    pytest.param(tokens(b"(", b"type", b"regular", b")"), id="a file without contents"),
    pytest.param(
        tokens(b"(", b"type", b"regular", b"executable", b"yes", b"contents", b"", b")"),
        id="executable is yes",
    ),
    pytest.param(FILE[:-1], id="cut off"),
    pytest.param(FILE.replace(b"x\0\0", b"x\0y"), id="padding that is not zero"),
    pytest.param(
        tokens(b"(", b"type", b"regular", b"contents") + b"\xff" * 8, id="a size beyond all disks"
    ),
    pytest.param(token(b"(") + b"\xff" * 8, id="a word beyond all memory"),
]


@pytest.mark.parametrize("node", OUTSIDE)
def test_an_archive_that_leads_astray_is_refused(tmp_path: Path, node: bytes) -> None:
    with pytest.raises(FormatError):
        list_nar(io.BytesIO(MAGIC + node))
    with pytest.raises(FormatError):
        read_nar(io.BytesIO(MAGIC + node), tmp_path / "target")

    assert set(tmp_path.iterdir()) <= {tmp_path / "target"}


def test_bytes_that_are_no_archive_are_refused() -> None:
    with pytest.raises(FormatError):
        list_nar(io.BytesIO(b"nix-archive-1"))


@given(st.binary(max_size=80), st.integers(0, 400), st.integers(0, 20))
def test_reading_damage_raises_only_our_error(piece: bytes, place: int, removed: int) -> None:
    data = nar(SAMPLE)
    try:
        list_nar(io.BytesIO(data[:place] + piece + data[place + removed :]))
    except FormatError:
        return


def nested(depth: int) -> Tree:
    tree: Tree = Directory()
    for _ in range(depth):
        tree = Directory({"a": tree})
    return tree


def test_a_tree_may_be_deep_but_not_without_end() -> None:
    deepest = io.BytesIO(nar(nested(MAXIMUM_DEPTH)))

    assert len(list_nar(deepest)) == MAXIMUM_DEPTH + 1
    with pytest.raises(FormatError, match="deep"):
        nar(nested(MAXIMUM_DEPTH + 1))
    with pytest.raises(FormatError, match="deep"):
        list_nar(
            io.BytesIO(
                MAGIC
                + tokens(b"(", b"type", b"directory")
                + 10_000
                * tokens(b"entry", b"(", b"name", b"a", b"node", b"(", b"type", b"directory")
            )
        )


def test_nothing_is_written_over_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    (tmp_path / "link").symlink_to(tmp_path / "file")

    for name in ("file", "link"):
        with pytest.raises(StoreUnwritableError):
            read_nar(io.BytesIO(nar(RegularFile(b"theirs"))), tmp_path / name)

    assert (tmp_path / "file").read_bytes() == b"mine"


def test_a_socket_has_no_archive(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(tmp_path / "s"))

        with pytest.raises(FormatError, match="no file, folder or link"):
            nar_hash_of_path(tmp_path)


def test_a_path_that_is_not_there_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadableError, match="nowhere"):
        nar_hash_of_path(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\0", "\ud800", "a" * 256])
def test_a_tree_in_memory_with_an_impossible_name_is_refused(name: str) -> None:
    with pytest.raises(FormatError):
        nar(Directory({name: RegularFile(b"")}))


def test_a_name_that_is_no_utf_8_survives_the_round_trip(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / os.fsdecode(b"\xff")).write_bytes(b"")
    stream = io.BytesIO()

    write_nar(source, stream)
    read_nar(io.BytesIO(stream.getvalue()), tmp_path / "target")

    assert [os.fsencode(path.name) for path in (tmp_path / "target").iterdir()] == [b"\xff"]


def test_a_hashing_sink_hands_on_what_it_hashes() -> None:
    onward = io.BytesIO()
    sink = HashingSink(onward)

    write_nar(SAMPLE, sink)

    assert onward.getvalue() == nar(SAMPLE)
    assert (sink.digest, sink.size_bytes) == (Digest.of(nar(SAMPLE)), len(nar(SAMPLE)))
