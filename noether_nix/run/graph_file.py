"""The bytes of a graph file and of its parts, and hardly more of them than a graph may have.

Which graph is run says the person who runs it, so that may be any file, pipe or device. Its parts
are named by the graph, which nobody need trust: they have to be files, and to lie below its folder.
"""

from pathlib import Path
from typing import BinaryIO

from noether_nix.database.regular_file import path_in_message, read_beginning, real_folder
from noether_nix.errors import FileUnreadableError
from noether_nix.graph.bounds import MAX_GRAPH_BYTES


def name_of(source: str) -> str:
    """A short name for a graph file: its own, or its folder's if it is just ``graph``."""
    if source == "-":
        return "graph"
    path = Path(source)
    return (path.absolute().parent.name if path.stem == "graph" else path.stem) or "graph"


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


def read_part(folder: Path, path: str) -> bytes:
    """What is in a file that Const or Import names; of one too large, enough to see that.

    Args:
        folder: that of the graph that is run, also for what its imports name.
        path: the file, from that folder. Where it lies is what counts, all links followed.

    Raises:
        FileUnreadableError: it lies elsewhere, is no regular file, or cannot be read.
    """
    home = real_folder(folder)

    def refuse_elsewhere(place: Path) -> None:
        if not place.is_relative_to(home):
            leads = f"{path_in_message(path)} leads to {path_in_message(place)}"
            raise FileUnreadableError(
                f"{leads}, which is not in the folder of the graph, {path_in_message(home)}",
                hint="copy it beside the graph, or give what is in it with --input @FILE",
            )

    return read_beginning(folder / path, MAX_GRAPH_BYTES + 1, refuse_elsewhere)
