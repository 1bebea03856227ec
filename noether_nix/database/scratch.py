"""Folders for a while, which are told from those that a killed process left behind.

Whoever made one holds a lock on it, and the kernel lets go of that when the process ends, however
it ends.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from noether_nix.database.disk import make_private_folder, writing


@contextmanager
def scratch_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """A new folder in ``parent``, which is made too; gone with all that is in it afterwards.

    Raises:
        StoreFullError: there is no room for it.
        StoreUnwritableError: it cannot be made.
    """
    make_private_folder(parent)
    folder, descriptor = _make_held(parent, prefix)
    try:
        yield folder
    finally:
        _remove(folder)
        os.close(descriptor)


def find_abandoned(parent: Path, prefixes: Sequence[str] = ("",)) -> tuple[Path, ...]:
    """The folders in ``parent`` with one of the prefixes that no living process holds."""
    return tuple(_abandoned(parent, prefixes, remove=False))


def remove_abandoned(parent: Path, prefixes: Sequence[str] = ("",)) -> tuple[Path, ...]:
    """Remove what :func:`find_abandoned` finds; says what is gone."""
    return tuple(_abandoned(parent, prefixes, remove=True))


def _make_held(parent: Path, prefix: str) -> tuple[Path, int]:
    while True:
        folder = parent / f"{prefix}{os.urandom(8).hex()}"
        with writing(folder):
            folder.mkdir(mode=0o700)
        # Before the lock is ours, another may take it for abandoned.
        descriptor = _hold(folder)
        if descriptor is not None:
            return folder, descriptor


def _abandoned(parent: Path, prefixes: Sequence[str], *, remove: bool) -> Iterator[Path]:
    try:
        with os.scandir(parent) as entries:
            found = [
                parent / entry.name
                for entry in entries
                if entry.name.startswith(tuple(prefixes)) and entry.is_dir(follow_symlinks=False)
            ]
    except OSError:
        return
    for folder in sorted(found):
        descriptor = _hold(folder)
        if descriptor is None:
            continue
        if remove:
            _remove(folder)
        os.close(descriptor)
        if folder.exists() != remove:
            yield folder


def _remove(folder: Path) -> None:
    try:
        with os.scandir(folder) as entries:
            files = [entry.path for entry in entries if not entry.is_dir(follow_symlinks=False)]
        for file in files:
            os.unlink(file)  # noqa: PTH108
        folder.rmdir()
    except OSError:
        import shutil  # there are folders in it, or some of it is gone already

        shutil.rmtree(folder, ignore_errors=True)


def _hold(folder: Path) -> int | None:
    """The lock on a folder that is there and that nobody else holds."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_nlink:
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None
