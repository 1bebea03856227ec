"""Lines for people and programs, without what knows terminals: a start is mostly imports."""

import sys
from typing import TextIO


def tell(text: str = "", end: str = "\n") -> None:
    """Print a line that was asked for to standard output, or with ``end`` empty a whole text."""
    _print(f"{text}{end}", sys.stdout)


def say(text: str = "") -> None:
    """Print a line about it to standard error."""
    _print(f"{text}\n", sys.stderr)


def _print(text: str, stream: TextIO) -> None:
    # As one piece: what several processes say to one terminal stays in lines.
    stream.write(text)
    stream.flush()
