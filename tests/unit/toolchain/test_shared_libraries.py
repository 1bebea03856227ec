from pathlib import Path

import pytest

from noether_nix.errors import ToolchainUnusableError
from noether_nix.toolchain.shared_libraries import find_libraries, parse_list, read_loader

LISTED = """\
\tlinux-vdso.so.1 (0x00007ff404a35000)
\tlibpython3.11.so.1.0 => /opt/my python/lib/libpython3.11.so.1.0 (0x00007ff404400000)
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007ff40421e000)
\t/lib64/ld-linux-x86-64.so.2 (0x00007ff404a37000)
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            LISTED,
            {
                "libpython3.11.so.1.0": Path("/opt/my python/lib/libpython3.11.so.1.0"),
                "libc.so.6": Path("/lib/x86_64-linux-gnu/libc.so.6"),
            },
            id="names and places",
        ),
        pytest.param("", {}, id="nothing"),
        pytest.param("\tlibx.so.1 => not found\n" + LISTED, None, id="one is missing"),
        pytest.param("\t/opt/lib/libx.so (0x00007ff4)\n", None, id="by a whole path"),
    ],
)
def test_the_loader_s_list_is_read(text: str, expected: dict[str, Path] | None) -> None:
    assert parse_list(text) == expected


def test_a_program_names_its_loader() -> None:
    assert read_loader(Path("/usr/bin/env")).name.startswith("ld-")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"#!/bin/sh\n", "no 64-bit ELF", id="a script"),
        pytest.param(b"", "no 64-bit ELF", id="empty"),
        pytest.param(b"\x7fELF\x01\x01" + b"\0" * 64, "no 64-bit ELF", id="32 bits"),
        pytest.param(b"\x7fELF\x02\x01" + b"\0" * 20, "damaged", id="cut short"),
        pytest.param(b"\x7fELF\x02\x01" + b"\0" * 58, "statically", id="no loader"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "program").write_bytes(content)

    with pytest.raises(ToolchainUnusableError, match=words):
        read_loader(tmp_path / "program")


def test_what_cannot_be_loaded_here_is_set_apart(tmp_path: Path) -> None:
    (tmp_path / "broken.so").write_bytes(b"no library")
    loader = read_loader(Path("/usr/bin/env"))

    libraries, broken = find_libraries(
        loader, [Path("/usr/bin/env"), tmp_path / "broken.so"], jobs=2
    )

    assert "libc.so.6" in libraries
    assert broken == {tmp_path / "broken.so"}
