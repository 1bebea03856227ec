"""Lines for people and programs, without what knows terminals: a start is mostly imports."""

import sys
from typing import TextIO


def tell(text: str = "") -> None:
    """Print a line that was asked for to standard output."""
    _print(text, sys.stdout)


def say(text: str = "") -> None:
    """Print a line about it to standard error."""
    _print(text, sys.stderr)


def _print(text: str, stream: TextIO) -> None:
    # As one piece: what several processes say to one terminal stays in lines.
    stream.write(f"{text}\n")
    stream.flush()
