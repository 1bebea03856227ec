"""Where a store's bytes lie; imports little, so that reading a value costs no more than that."""

from pathlib import Path

from noether_nix.formats.store_path import STORE_DIR


def store_folder(folder: Path, *, private: bool) -> Path:
    """The folder that holds the paths of the private store in ``folder``, or of the machine's."""
    return Path(f"{folder}{STORE_DIR}") if private else Path(STORE_DIR)
