"""Our in-sandbox code as one store path, put there when it is missing."""

import functools
import importlib.resources
import tempfile
from pathlib import Path

from noether_nix.errors import InternalError
from noether_nix.formats.nar import nar_hash_of_tree
from noether_nix.formats.nar_tree import Directory, RegularFile
from noether_nix.formats.store_path import StorePath, fixed_recursive_path
from noether_nix.process.nix import Nix

_NAME = "noether-inside"
_FOLDERS = ("noether_nix", "inside")


def place_inside(nix: Nix, scratch: Path) -> StorePath:
    """The store path of the tree, which is in the store afterwards and stays there.

    Raises:
        NoetherError: Nix cannot add it.
    """
    path = _path()
    if not nix.physical(path).is_dir():
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            tree = Path(folder) / _NAME
            inner = tree.joinpath(*_FOLDERS)
            inner.mkdir(parents=True)
            for name, data in _sources().items():
                (inner / name).write_bytes(data)
            added = nix.add_tree(tree)
        if added != path:
            raise InternalError(f"Nix put our in-sandbox code at {added}, not at {path}")
        nix.add_root(_NAME, path)
    return path


@functools.cache
def _sources() -> dict[str, bytes]:
    folder = importlib.resources.files("noether_nix.inside")
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.name.endswith(".py")}


def _path() -> StorePath:
    files = {name: RegularFile(data) for name, data in _sources().items()}
    tree = Directory({_FOLDERS[0]: Directory({_FOLDERS[1]: Directory(files)})})
    digest, _ = nar_hash_of_tree(tree)
    return fixed_recursive_path(_NAME, digest.raw)
