"""Where a store's bytes lie; imports little, so that reading a value costs no more than that."""

import os
from pathlib import Path

from noether_nix.formats.store_path import STORE_DIR

_STATE = Path("/nix/var/nix")


def store_folder(folder: Path, *, private: bool) -> Path:
    """The folder that holds the paths of the private store in ``folder``, or of the machine's."""
    return Path(f"{folder}{STORE_DIR}") if private else Path(STORE_DIR)


def machine_store(state: Path = _STATE) -> str:
    """How Nix must open the machine's store: itself (``local``), or through its ``daemon``.

    Said to Nix outright. Left to itself a newer Nix takes neither where it can have neither, but a
    third store in the user's home, whose values nobody would find under ``/nix/store``.
    """
    while not state.exists():
        state = state.parent
    return "local" if os.access(state, os.W_OK) else "daemon"
