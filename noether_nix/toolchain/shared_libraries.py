"""Which shared libraries a program takes, as its own loader answers."""

import struct
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from noether_nix.errors import ToolchainUnusableError
from noether_nix.process.child import run

_PT_INTERP = 3
_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")


def read_loader(program: Path) -> Path:
    """The loader that an ELF program asks for.

    Raises:
        ToolchainUnusableError: the file is no dynamically linked 64-bit ELF program.
    """
    content = program.read_bytes()
    try:
        if content[:6] != b"\x7fELF\x02\x01":
            raise ToolchainUnusableError(f"{program} is no 64-bit ELF program")
        header = _HEADER.unpack_from(content)
        offset, size, count = header[5], header[9], header[10]
        for number in range(count):
            part = _PROGRAM_HEADER.unpack_from(content, offset + number * size)
            if part[0] == _PT_INTERP:
                return Path(content[part[2] : part[2] + part[5]].rstrip(b"\0").decode())
    except (struct.error, UnicodeDecodeError, OverflowError) as error:
        raise ToolchainUnusableError(f"{program} is a damaged ELF program") from error
    raise ToolchainUnusableError(f"{program} is linked statically and cannot be moved")


def parse_list(text: str) -> dict[str, Path] | None:
    """Read the loader's list into library names and files; None when one is not found.

    A library that is asked for by a whole path counts as not found: elsewhere it is not there.
    """
    libraries: dict[str, Path] = {}
    for line in text.splitlines():
        name, arrow, place = line.strip().partition(" => ")
        if not arrow:
            # The loader itself, and the kernel's own page, which is no file.
            bare = name.split(" (")[0]
            if bare.startswith("/") and not Path(bare).name.startswith("ld-"):
                return None
            continue
        if place.startswith("not found"):
            return None
        libraries[name] = Path(place.split(" (")[0])
    return libraries


def find_libraries(
    loader: Path, files: Sequence[Path], *, jobs: int
) -> tuple[dict[str, Path], frozenset[Path]]:
    """Find what all of ``files`` need, and which of them cannot be loaded here at all."""
    with ThreadPoolExecutor(jobs) as pool:
        answers = list(pool.map(lambda file: _ask(loader, file), files))
    found: dict[str, Path] = {}
    for answer in answers:
        found.update(answer or {})
    broken = {file for file, answer in zip(files, answers, strict=True) if answer is None}
    return found, frozenset(broken)


def _ask(loader: Path, file: Path) -> dict[str, Path] | None:
    end = run((str(loader), "--list", str(file)), environment={"LC_ALL": "C"}, timeout_seconds=60)
    return parse_list(end.stdout.decode(errors="replace")) if end.ok else None
