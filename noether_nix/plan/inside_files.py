"""The files of the room ``inside`` as they lie in this installation.

Read as files, not as resources: what finds resources in archives takes longer to import than a
key takes to compute, and this package is never in one.
"""

import functools
from pathlib import Path

from noether_nix.inside import contract


@functools.cache
def read_inside(name: str) -> bytes:
    """The bytes of one file."""
    return inside_folder().joinpath(name).read_bytes()


def inside_folder() -> Path:
    """The folder that all of them lie in."""
    return Path(contract.__file__).parent
