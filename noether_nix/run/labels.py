"""What calls are called on a screen: their stage, and which item they are of."""

import re

ITEM = re.compile(r"#[0-9]+(?=/|$)")
"""Which item a call is of, in the name of its node."""


def label_of(name: str, pointer: str) -> str:
    """A call's stage, and which item it is of; ``name`` alone for the others."""
    items = "".join(ITEM.findall(pointer)) if "#" in pointer else ""
    return f"{name} {items}" if items else name
