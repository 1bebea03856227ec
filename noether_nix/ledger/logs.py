"""The logs of calls: one file a call, named by its number and never by anything a user wrote."""

import re
from contextlib import suppress
from pathlib import Path

from noether_nix.database.disk import make_private_folder, writing
from noether_nix.errors import InternalError

RUN_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{6}")


class LogFiles:
    """The folder of all logs, with a folder for every run that has some."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, run: str, number: int, text: bytes) -> Path:
        """Keep the log of a call, in place of what was kept of it before; says where.

        Raises:
            StoreFullError: there is no room for it.
            StoreUnwritableError: the folder cannot be written.
        """
        file = self._file(run, number)
        make_private_folder(file.parent)
        with writing(file):
            file.write_bytes(text)
        return file

    def read(self, run: str, number: int) -> bytes | None:
        """The log of a call as it was written, control characters and all; None: there is none."""
        try:
            return self._file(run, number).read_bytes()
        except OSError:
            return None

    def size_bytes(self, run: str) -> int:
        """How much room the logs of a run take."""
        size = 0
        # Another process may remove them meanwhile.
        with suppress(FileNotFoundError, NotADirectoryError):
            for file in self._run_folder(run).iterdir():
                size += file.lstat().st_size
        return size

    def runs(self) -> dict[str, float]:
        """Every run that has logs, with the time at which the last one was begun."""
        if not self._folder.is_dir():
            return {}
        found = {}
        for folder in self._folder.iterdir():
            with suppress(FileNotFoundError):
                if RUN_ID.fullmatch(folder.name):
                    found[folder.name] = folder.lstat().st_mtime
        return found

    def remove(self, run: str) -> None:
        """Delete the logs of a run, if there are any.

        Raises:
            StoreUnwritableError: the folder cannot be written.
        """
        import shutil  # costs a start of 3 ms, and only a collection needs it

        folder = self._run_folder(run)
        with writing(folder):
            while folder.exists():
                # Another collection may be at it, and take a file that was just seen.
                with suppress(FileNotFoundError):
                    shutil.rmtree(folder)

    def _file(self, run: str, number: int) -> Path:
        return self._run_folder(run) / f"{number:04}.log"

    def _run_folder(self, run: str) -> Path:
        if not RUN_ID.fullmatch(run):
            raise InternalError(f"{run!r} is no id of a run")
        return self._folder / run
