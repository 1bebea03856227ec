"""Large values as files in the Nix store, each spared by a link of ours.

Reading opens the file and starts no process; adding starts one for all values together.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from noether_nix.database.disk import writing
from noether_nix.database.regular_file import read_regular_file
from noether_nix.errors import HashMismatchError, InternalError
from noether_nix.formats.store_path import StorePath, fixed_flat_path
from noether_nix.store.interface import HeldValue

# Other roots of ours lie in the same folder: toolchains.
_ROOT_PREFIX = "value-"


class NixStore(Protocol):
    """What is asked of Nix here; :class:`noether_nix.process.nix.Nix` can do it."""

    @property
    def roots_folder(self) -> Path:
        """Where the links lie that spare paths from collection."""
        ...

    def physical(self, path: StorePath) -> Path:
        """Where the bytes of a store path lie."""
        ...

    def add_flat_files(self, paths: Sequence[Path]) -> tuple[StorePath, ...]:
        """Add files by their bytes alone, each under its own name."""
        ...

    def add_root(self, name: str, path: StorePath) -> None:
        """Spare a path under a name."""
        ...

    def drop_root(self, name: str) -> None:
        """Let go what was spared under a name, if anything."""
        ...


class NixValueFiles:
    """The :class:`~noether_nix.store.interface.ValueFiles` of a Nix store."""

    def __init__(self, nix: NixStore) -> None:
        self._nix = nix

    def add(self, values: Mapping[str, bytes]) -> dict[str, Path]:
        """See :class:`~noether_nix.store.interface.ValueFiles`, here and below."""
        if not values:
            return {}
        wanted = {_check_path(text, data): data for text, data in values.items()}
        self._add_to_nix(wanted)
        for path, data in wanted.items():
            # A root for a path that Nix does not hold yet may be refused, so it comes second. A
            # collection between the two takes the file, and the result is computed again.
            self._nix.add_root(_root_name(path), path)
            if self._read(path) != data:
                self._mend(path, data)
        return {str(path): self._nix.physical(path) for path in wanted}

    def read(self, path: str) -> bytes | None:
        return self._read(StorePath.parse(path))

    def remove(self, path: str) -> None:
        self._nix.drop_root(_root_name(StorePath.parse(path)))

    def held(self) -> tuple[HeldValue, ...]:
        folder = self._nix.roots_folder
        links = sorted(folder.glob(f"{_ROOT_PREFIX}*")) if folder.is_dir() else []
        return tuple(self._held(link) for link in links if link.is_symlink())

    def _held(self, link: Path) -> HeldValue:
        path = StorePath.parse(str(link.readlink()))
        try:
            size = self._nix.physical(path).lstat().st_size
        except OSError:
            size = 0
        return HeldValue(str(path), size, link.lstat().st_mtime)

    def _read(self, path: StorePath) -> bytes | None:
        return read_regular_file(self._nix.physical(path))

    def _add_to_nix(self, values: Mapping[StorePath, bytes]) -> None:
        import tempfile  # costs a start of 5 ms, and most runs add no large value

        with tempfile.TemporaryDirectory(prefix="noether-values-") as name:
            files: list[Path] = []
            for number, (path, data) in enumerate(values.items()):
                file = Path(name, str(number), path.name)
                with writing(file):
                    file.parent.mkdir()
                    file.write_bytes(data)
                files.append(file)
            added = self._nix.add_flat_files(files)
        if set(added) != set(values):
            raise InternalError(f"Nix added {added} where {tuple(values)} were expected")

    def _mend(self, path: StorePath, data: bytes) -> None:
        """Put the bytes back where Nix believes that they are, as it would have put them."""
        target = self._nix.physical(path)
        aside = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            aside.write_bytes(data)
            aside.chmod(0o444)
            os.utime(aside, (1, 1))
            aside.replace(target)
        except OSError as error:
            raise HashMismatchError(
                f"{path} is damaged in the store and could not be mended: {error.strerror}",
                hint=f"delete it there: nix-store --delete --ignore-liveness {path}",
            ) from error


def _check_path(text: str, data: bytes) -> StorePath:
    path = StorePath.parse(text)
    if path != fixed_flat_path(path.name, hashlib.sha256(data).digest()):
        raise InternalError(f"{text} is not the store path of the {len(data)} bytes given for it")
    return path


def _root_name(path: StorePath) -> str:
    return f"{_ROOT_PREFIX}{path.digest}"
