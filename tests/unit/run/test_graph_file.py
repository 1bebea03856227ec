"""Graph files that are no files, or that never end."""

from pathlib import Path

import pytest

from noether_nix.errors import FileUnreadableError
from noether_nix.graph.bounds import MAX_GRAPH_BYTES
from noether_nix.run.graph_file import read_graph_file


def test_of_what_never_ends_so_much_is_read_that_it_is_too_large() -> None:
    assert len(read_graph_file(Path("/dev/zero"))) == MAX_GRAPH_BYTES + 1


@pytest.mark.parametrize("name", [".", "absent", "x" * 300, "a\0b"])
def test_what_cannot_be_read_is_an_error_of_ours(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileUnreadableError):
        read_graph_file(tmp_path / name)
