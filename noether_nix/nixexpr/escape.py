"""The only way a value gets into Nix code."""

import re

from noether_nix.formats.store_path import StorePath

# Nix gives up on strings with a NUL and knows no escape for one.
_ESCAPES = {
    "\\": "\\\\",
    '"': '\\"',
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
}
_SPECIAL = re.compile(r'[\\"\n\r\t]|\$(?=\{)|\0')


class NixText(str):
    """Text that is Nix code: made by the functions here, never from a value directly."""

    __slots__ = ()


def nix_string(value: str) -> NixText:
    """A Nix string literal of ``value``.

    Raises:
        ValueError: ``value`` has a NUL, which no Nix string can hold.
    """
    return NixText(f'"{_SPECIAL.sub(_escape, value)}"')


def nix_path(path: StorePath) -> NixText:
    """An expression for a store path that the derivation may then read.

    ``builtins.storePath`` would be refused in flakes; the context says the same (design 2).
    """
    text = nix_string(str(path))
    return NixText(f"(inStore {text})")


def nix_paths(paths: tuple[StorePath, ...]) -> NixText:
    """One string of store paths with a space between each two."""
    return NixText(f'"{" ".join(f"${{{nix_path(path)}}}" for path in paths)}"')


def only_nix_text(value: object) -> object:
    """Refuse to print anything that did not pass one of the functions here.

    Raises:
        TypeError: a bare value in a template.
    """
    if not isinstance(value, NixText):
        raise TypeError(f"a {type(value).__name__} was about to become Nix code unescaped")
    return value


def _escape(match: re.Match[str]) -> str:
    found = match.group()
    if found == "\0":
        raise ValueError("no Nix string can hold a NUL")
    return _ESCAPES.get(found, "\\$")
