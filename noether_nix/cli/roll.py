"""The calls of a run by name, and how those of a node with many items ended."""

from collections import Counter

from noether_nix.cli.safe import safely_on_one_line
from noether_nix.run.events import CallsAdded, RunStarted
from noether_nix.run.labels import ITEM, label_of
from noether_nix.run.report import CallReport

# Of a large run not every call is worth a line; failures always are.
MOST_LINES = 40
_WORDS = {"not-taken": "not taken"}


class Roll:
    """Who is called what; it grows with its run.

    Attributes:
        started: how the run began.
        labels: of the calls, by index.
    """

    def __init__(self, started: RunStarted) -> None:
        self.started = started
        self.labels = list(started.names)
        self._of_items: dict[str, Counter[str]] = {}
        self._names: dict[str, str] = {}

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
            node = ITEM.sub("", call.pointer)
            self._names[node] = call.stage_name
            sort = "known" if call.cached else "run" if call.ok else call.outcome
            self._of_items.setdefault(node, Counter())[sort] += 1

    def lines(self) -> list[str]:
        """One line for each node of which more ran than is worth a line each."""
        if not self.is_long:
            return []
        return [
            self._line(node, ends)
            for node, ends in sorted(self._of_items.items())
            if ends.keys() - {"known"}
        ]

    def _line(self, node: str, ends: Counter[str]) -> str:
        words = [f"{count} {_WORDS.get(sort, sort)}" for sort, count in sorted(ends.items())]
        mark = "✓" if ends.keys() <= {"known", "run", "not-taken"} else "✗"
        name = safely_on_one_line(self._names[node], 24)
        return f"{mark} {name:<24} {ends.total()} items: {', '.join(words)}"
