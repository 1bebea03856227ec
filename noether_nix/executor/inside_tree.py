"""Our in-sandbox code as one store path, put there when it is missing."""

import functools
import hashlib
import importlib.util
from pathlib import Path

from noether_nix.database.scratch import scratch_folder
from noether_nix.errors import FormatError
from noether_nix.formats.store_path import STORE_DIR, StorePath
from noether_nix.plan.inside_files import inside_folder
from noether_nix.process.nix import Nix

_TREE = "noether-inside"
_ROOT = "inside-"
_FOLDERS = ("noether_nix", "inside")


def place_inside(nix: Nix, scratch: Path) -> StorePath:
    """The store path of the tree, which is in the store afterwards and stays there.

    It is found again by the link that spares it, which is named after what the tree was made of.

    Raises:
        NoetherError: Nix cannot add it.
    """
    name = _ROOT + _digest()
    known = find_rooted(nix, name)
    if known is not None:
        return known
    with scratch_folder(scratch, "inside-") as folder:
        tree = folder / _TREE
        _write(tree.joinpath(*_FOLDERS))
        path = nix.add_tree(tree)
    nix.add_root(name, path)
    for link in nix.roots_folder.glob(f"{_ROOT}*"):
        if link.name != name:
            nix.drop_root(link.name)  # of another version; it is put back if it is used again
    return path


def is_placed(nix: Nix) -> bool:
    """Whether the tree is in the store already."""
    return find_rooted(nix, _ROOT + _digest()) is not None


def find_rooted(nix: Nix, name: str) -> StorePath | None:
    """The path that is spared under a name; None when there is none, or it is gone."""
    try:
        path = StorePath.parse(f"{STORE_DIR}/{(nix.roots_folder / name).readlink().name}")
    except (OSError, FormatError):
        return None
    return path if nix.physical(path).is_dir() else None


def _write(folder: Path) -> None:
    """Write the sources, and their code as this Python compiles it.

    The toolchain's Python is mostly the same one, and would otherwise compile all of it at the
    start of every build; another one passes over code that is not in its own form.
    """
    import py_compile

    folder.mkdir(parents=True)
    for name, data in _sources().items():
        file = folder / name
        file.write_bytes(data)
        py_compile.compile(
            str(file),
            dfile=name,
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )


@functools.cache
def _sources() -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in inside_folder().glob("*.py")}


def _digest() -> str:
    """A name for what the tree is made of: the sources, and the form of the compiled code."""
    whole = hashlib.sha256(importlib.util.MAGIC_NUMBER)
    for name, data in sorted(_sources().items()):
        whole.update(f"{name}\0{len(data)}\0".encode())
        whole.update(data)
    return whole.hexdigest()[:32]
