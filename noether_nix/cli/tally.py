"""How the calls of items ended, counted by node."""

from collections import Counter

from noether_nix.cli.safe import safely_on_one_line
from noether_nix.run.labels import ITEM

# Of a large run not every call is worth a line; failures always are.
MOST_LINES = 40
_WORDS = {"not-taken": "not taken"}
_WELL = frozenset({"known", "run", "not-taken"})


class Tally:
    """Counts ends of calls whose pointers name items."""

    def __init__(self) -> None:
        self._of_nodes: dict[str, Counter[str]] = {}
        self._names: dict[str, str] = {}

    def add(self, name: str, pointer: str, outcome: str, *, cached: bool) -> None:
        """Take note of how a call ended."""
        node = ITEM.sub("", pointer)
        self._names[node] = name
        sort = "known" if cached else "run" if outcome == "succeeded" else outcome
        self._of_nodes.setdefault(node, Counter())[sort] += 1

    def lines(self, *, known: bool) -> list[str]:
        """One line for each node; ``known``, also for those of which all was known."""
        return [
            self._line(node, ends)
            for node, ends in sorted(self._of_nodes.items())
            if known or ends.keys() - {"known"}
        ]

    def _line(self, node: str, ends: Counter[str]) -> str:
        words = [f"{count} {_WORDS.get(sort, sort)}" for sort, count in sorted(ends.items())]
        name = safely_on_one_line(self._names[node], 24)
        mark = "✓" if ends.keys() <= _WELL else "✗"
        return f"{mark} {name:<24} {ends.total()} items: {', '.join(words)}"
