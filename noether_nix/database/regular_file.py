"""Reading files that somebody may have replaced since they were written."""

import os
import stat
from pathlib import Path


def read_regular_file(path: Path, *, most: int | None = None) -> bytes | None:
    """What is in a file; None where there is none, no regular one, or more than ``most`` bytes.

    Opening does not block: a pipe that nobody writes to would be waited for for ever.
    """
    try:
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
        with os.fdopen(os.open(path, flags), "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode) or (most is not None and found.st_size > most):
                return None
            return file.read()
    except OSError:
        return None
