"""What calls are called on a screen: their stage, and which item they are of."""

import re

ITEM = re.compile(r"#[0-9]+(?=/|\Z)")
"""Which item a call is of, in the name of its node."""


def without_items(pointer: str) -> str:
    """The outermost node of those that a call is an item of; its own where it is of none."""
    return ITEM.split(pointer, maxsplit=1)[0]


def label_of(name: str, pointer: str) -> str:
    """A call's stage, and which item it is of; ``name`` alone for the others."""
    items = "".join(ITEM.findall(pointer)) if "#" in pointer else ""
    return f"{name} {items}" if items else name
