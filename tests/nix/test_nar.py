"""Archives written in Python are those of the real Nix, and the other way round."""

import io
import subprocess
from pathlib import Path

import pytest

from noether_nix.formats.nar import write_nar
from noether_nix.formats.nar_reader import read_nar
from noether_nix.formats.nar_tree import Directory, RegularFile, SymbolicLink, Tree

pytestmark = pytest.mark.nix

TREES: list[tuple[str, Tree]] = [
    ("an empty file", RegularFile(b"")),
    ("a program", RegularFile(b"#!/bin/sh\n", executable=True)),
    ("a large file", RegularFile(bytes(range(256)) * 4100)),
    ("a link", SymbolicLink("/nowhere/é")),
    ("an empty folder", Directory()),
    (
        "a folder with all of them",
        Directory(
            {
                **{f"f{size}": RegularFile(b"x" * size) for size in range(17)},
                "B": RegularFile(b"upper case before lower", executable=True),
                "a.b": SymbolicLink("a"),
                "a": Directory({"a": Directory({"a": Directory()}), "é\n": RegularFile(b"1")}),
                "\U0001f600": Directory({"\uffee": SymbolicLink("..")}),
            }
        ),
    ),
]


def archive(source: Path | Tree) -> bytes:
    stream = io.BytesIO()
    write_nar(source, stream)
    return stream.getvalue()


@pytest.mark.parametrize("tree", [pytest.param(tree, id=name) for name, tree in TREES])
def test_nix_and_python_write_and_read_the_same_archive(tmp_path: Path, tree: Tree) -> None:
    written = archive(tree)

    read_nar(io.BytesIO(written), tmp_path / "ours")
    restored = subprocess.run(
        ["nix-store", "--restore", str(tmp_path / "theirs")], input=written, check=True
    )
    dumped = subprocess.run(
        ["nix-store", "--dump", str(tmp_path / "ours")], check=True, capture_output=True
    )

    assert restored.returncode == 0
    assert dumped.stdout == written == archive(tmp_path / "theirs")
