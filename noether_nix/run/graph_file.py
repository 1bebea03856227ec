"""The bytes of a graph file, and hardly more of them than a graph may have."""

from pathlib import Path
from typing import BinaryIO

from noether_nix.errors import FileUnreadableError
from noether_nix.graph.bounds import MAX_GRAPH_BYTES


def read_graph_file(path: Path) -> bytes:
    """What is in a graph file; of one that is too large, enough to see that.

    Raises:
        FileUnreadableError: there is no such file, or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return read_graph_bytes(file)
    except OSError as error:
        raise FileUnreadableError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise FileUnreadableError(f"{str(path)!r}: {error}") from error


def read_graph_bytes(file: BinaryIO) -> bytes:
    """What an open file gives, but no more than shows that it is too large for a graph.

    Devices and pipes have no size to be asked for, and some never end.
    """
    return file.read(MAX_GRAPH_BYTES + 1)
