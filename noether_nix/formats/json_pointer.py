"""JSON Pointers (RFC 6901): the names of places in a JSON document."""

import re
from collections.abc import Iterable

from noether_nix.errors import FormatError

_STRAY_TILDE = re.compile("~(?![01])")


def escape(token: str) -> str:
    """Write one name of a key so that it can stand in a pointer."""
    return token.replace("~", "~0").replace("/", "~1")


def join(tokens: Iterable[str | int]) -> str:
    """Write the pointer that follows these keys and indices; of none, the whole document's."""
    return "".join(f"/{escape(str(token))}" for token in tokens)


def parse(pointer: str) -> tuple[str, ...]:
    """Read a pointer into its tokens; an index stays the text that it is.

    Raises:
        FormatError: ``pointer`` does not begin with a slash, or holds a stray tilde.
    """
    if not pointer:
        return ()
    if not pointer.startswith("/"):
        raise FormatError(f"{pointer!r} is no JSON Pointer: it does not begin with '/'")
    if _STRAY_TILDE.search(pointer):
        raise FormatError(f"{pointer!r} is no JSON Pointer: a '~' is written '~0', a '/' '~1'")
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in pointer[1:].split("/"))
