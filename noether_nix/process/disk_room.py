"""Whether a disk has any room left: found out by taking some, as quotas show in no figure."""

import errno
import tempfile
from pathlib import Path

# What SQLite needs to open a database at all, and as much again.
_PROBE_BYTES = 64 << 10
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def is_full(folder: Path) -> bool:
    """Whether there is no room for a small file in ``folder``; one we may not write is not."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(_PROBE_BYTES))
    except OSError as error:
        return error.errno in _NO_ROOM
    return False
