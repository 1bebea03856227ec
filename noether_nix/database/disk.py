"""What the system says when a file cannot be written, in our words."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from noether_nix.errors import StoreError, StoreFullError, StoreUnwritableError

# EFBIG is a limit on the size of files, EDQUOT a quota: for the person, all three are "no room".
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Translate every ``OSError`` of the block, which writes at ``path``.

    Raises:
        StoreFullError: there is no room for more.
        StoreUnwritableError: any other reason.
    """
    try:
        yield
    except OSError as error:
        raise _as_ours(path, error) from error


def make_private_folder(folder: Path) -> None:
    """Make ``folder`` and what is missing above it, for this user's eyes only.

    Raises:
        StoreFullError: there is no room for it.
        StoreUnwritableError: it cannot be made, or something else has its name.
    """
    with writing(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def check_owner(folder: Path) -> None:
    """See that nobody but this user, and root, decides what lies in ``folder``.

    Whoever can write there can put other results, or links to anywhere, in the place of ours. A
    folder of this user's in which nobody has done so yet, like a fresh tmpfs, is closed to others.

    Raises:
        StoreUnwritableError: somebody else decides, or cannot be kept out.
    """
    ours = (os.geteuid(), 0)
    with writing(folder):
        found = folder.stat()
        if found.st_uid not in ours:
            raise _refused(folder, f"it belongs to user {found.st_uid}", f"chown {ours[0]}")
        if not found.st_mode & stat.S_IWOTH:
            return
        if found.st_uid == ours[0]:
            folder.chmod(0o700)  # first: what is seen next stays as it is
            if all(entry.lstat().st_uid in ours for entry in folder.iterdir()):
                return
            folder.chmod(stat.S_IMODE(found.st_mode))
    raise _refused(folder, "every user of the machine can write there", "chmod o-w")


def _refused(folder: Path, reason: str, remedy: str) -> StoreUnwritableError:
    return StoreUnwritableError(
        f"nothing is kept in {folder}: {reason}, and so decide what is found there",
        hint=f"{remedy} {folder} if nobody has put anything there, or name "
        "another folder with NOETHER_HOME",
    )


def full_disk(path: Path) -> StoreFullError:
    """The error for a write at ``path`` for which there was no room."""
    return StoreFullError(
        f"there is no room to write {path}",
        # Not `store gc` first: the database needs a little room to be opened at all.
        hint=f"free some space on the disk of {path.parent}, or raise the quota; after that "
        "`noether store gc` can let more go",
    )


def unwritable(path: Path, reason: str) -> StoreUnwritableError:
    """The error for a write at ``path`` that the system refused for ``reason``."""
    return StoreUnwritableError(
        f"{path} cannot be written: {reason}",
        hint="make it writable for this user, or name another folder with NOETHER_HOME",
    )


def _as_ours(path: Path, error: OSError) -> StoreError:
    if error.errno in _NO_ROOM:
        return full_disk(path)
    return unwritable(path, os.strerror(error.errno) if error.errno else str(error))
