"""Who looks on at a run."""

from pathlib import Path

import pytest

from noether_nix.cli.progress import EventFile
from noether_nix.errors import FileUnreadableError
from noether_nix.run.events import Warned


def test_events_that_cannot_be_written_are_an_error_that_names_the_file() -> None:
    with (
        pytest.raises(FileUnreadableError, match="/dev/full: events cannot be written"),
        EventFile(Path("/dev/full")) as events,
    ):
        events.see(Warned("a word"))
