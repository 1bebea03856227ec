"""The calls of a run by name, and how those of a node with many items ended."""

from noether_nix.cli.tally import MOST_LINES, Tally
from noether_nix.run.events import CallsAdded, RunStarted
from noether_nix.run.labels import label_of
from noether_nix.run.report import CallReport


class Roll:
    """Who is called what; it grows with its run.

    Attributes:
        started: how the run began.
        labels: of the calls, by index.
    """

    def __init__(self, started: RunStarted) -> None:
        self.started = started
        self.labels = list(started.names)
        self._tally = Tally()

    @property
    def is_long(self) -> bool:
        """Whether there are too many calls to tell of each."""
        return len(self.labels) > MOST_LINES

    def add(self, added: CallsAdded) -> None:
        """Take calls that are there now that items are known."""
        for pointer, name in zip(added.pointers, added.names, strict=True):
            self.labels.append(label_of(name, pointer))

    def end(self, call: CallReport) -> None:
        """Take note of how a call ended."""
        if call.index >= len(self.started.pointers):
            self._tally.add(call.stage_name, call.pointer, call.outcome, cached=call.cached)

    def lines(self) -> list[str]:
        """One line for each node of which more ran than is worth a line each."""
        return self._tally.lines(known=False) if self.is_long else []
