"""Large values in a dictionary, for tests of those who need some; see tests/contract."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from noether_nix.errors import InternalError
from noether_nix.formats.store_path import StorePath, fixed_flat_path
from noether_nix.store.interface import HeldValue


class MemoryValues:
    """A ValueFiles without files; ``files`` may be spoilt by a test at will."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.roots: dict[str, float] = {}
        self.now = 0.0

    def add(self, values: Mapping[str, bytes]) -> dict[str, Path]:
        for text, data in values.items():
            name = StorePath.parse(text).name
            if str(fixed_flat_path(name, hashlib.sha256(data).digest())) != text:
                raise InternalError(f"{text} is not the path of its value")
        self.files.update(values)
        self.roots.update(dict.fromkeys(values, self.now))
        return {text: Path("/memory") / StorePath.parse(text).base_name for text in values}

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def remove(self, path: str) -> None:
        self.roots.pop(path, None)

    def held(self) -> tuple[HeldValue, ...]:
        return tuple(
            HeldValue(path, len(self.files.get(path, b"")), since)
            for path, since in sorted(self.roots.items())
        )
