"""Every type inside a type."""

from collections.abc import Iterator

from noether_nix.types.model import Type, parts


def walk(whole: Type) -> Iterator[Type]:
    """``whole`` and every type inside it."""
    pending = [whole]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(parts(current))


def nesting(whole: Type) -> int:
    """How many types stand inside each other, ``whole`` included."""
    levels = 0
    layer: tuple[Type, ...] = (whole,)
    while layer:
        levels += 1
        layer = tuple(part for one in layer for part in parts(one))
    return levels
