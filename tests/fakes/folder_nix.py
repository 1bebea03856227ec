"""A Nix store that is a folder, for tests of those who keep files in one."""

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from noether_nix.formats.store_path import StorePath, fixed_flat_path


class FolderNix:
    """The file side of :class:`noether_nix.process.nix.Nix`; like it, adds only what is missing.

    ``valid`` is what Nix's own database would say is there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.valid: set[StorePath] = set()

    @property
    def roots_folder(self) -> Path:
        return self._folder / "roots"

    def physical(self, path: StorePath) -> Path:
        return self._folder / "store" / path.base_name

    def add_flat_files(self, paths: Sequence[Path]) -> tuple[StorePath, ...]:
        added = []
        for file in paths:
            path = fixed_flat_path(file.name, hashlib.sha256(file.read_bytes()).digest())
            target = self.physical(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            if path not in self.valid:
                shutil.copyfile(file, target)
            self.valid.add(path)
            added.append(path)
        return tuple(added)

    def add_root(self, name: str, path: StorePath) -> None:
        self.roots_folder.mkdir(parents=True, exist_ok=True)
        self.drop_root(name)
        (self.roots_folder / name).symlink_to(str(path))

    def drop_root(self, name: str) -> None:
        (self.roots_folder / name).unlink(missing_ok=True)
