"""Nix without its sandbox: level *none*, for those who ask for it.

In a sandbox Nix shows a private store as ``/nix/store``. Without one builds see it where it
lies, and paths are named after that, so it is another store, with a toolchain of its own. As root
builds run as other users, who cannot enter a private folder: they use the machine's store.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from noether_nix.database.scratch import scratch_folder
from noether_nix.executor.inside_tree import find_rooted
from noether_nix.formats.store_path import StorePath
from noether_nix.frozen import replace
from noether_nix.inside.region import Region
from noether_nix.plan.interpreter import Interpreter
from noether_nix.process.nix import Nix

_FOLDER = "unsandboxed"


def without_sandbox(nix: Nix) -> Nix:
    """The same Nix, told to build without a sandbox."""
    if nix.private and os.geteuid() == 0:
        return replace(nix, sandbox=False, private=False)
    if nix.private:
        return replace(nix, sandbox=False, folder=nix.folder.with_name(_FOLDER))
    return replace(nix, sandbox=False)


def with_values(region: Region, files: Mapping[StorePath, bytes]) -> Region:
    """The region with its large values in the plan: in another store they have other paths."""
    texts = {str(path): data.decode() for path, data in files.items()}
    values = [given if isinstance(given, str) else texts[given["path"]] for given in region.values]
    return replace(region, values=tuple(values))


def place_toolchain(nix: Nix, source: Nix, interpreter: Interpreter, scratch: Path) -> Interpreter:
    """The same interpreter in another store, put there when it is missing.

    Raises:
        NoetherError: Nix cannot add it.
    """
    toolchain = interpreter.toolchain
    if nix.name_of(toolchain) == source.name_of(toolchain) and nix.physical(toolchain).is_dir():
        return interpreter
    name = f"toolchain-{toolchain.digest}"
    placed = find_rooted(nix, name)
    if placed is None:
        with scratch_folder(scratch, "toolchain-") as folder:
            tree = folder / toolchain.name
            shutil.copytree(source.physical(toolchain), tree, symlinks=True)
            placed = nix.add_tree(tree)
            for part in (tree, *tree.rglob("*")):
                if part.is_dir() and not part.is_symlink():
                    part.chmod(0o700)  # copied with the rights of the store, it cannot be removed
        nix.add_root(name, placed)
    return replace(interpreter, toolchain=placed)
