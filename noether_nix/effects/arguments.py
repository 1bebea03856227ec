"""What stands in the brackets of a call: paths, modes, hosts, and how to show them to people."""

import ast
import posixpath
import re
from collections.abc import Iterable

from noether_nix.effects.scopes import Made, Meaning, Own, Words
from noether_nix.effects.sources import OWN_FOLDERS, PATH_CLASSES
from noether_nix.stage.effect import EffectKind

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/@?#]*@)?(\[[^]]*\]|[^/:?#]+)")
_LONGEST = 60  # characters of code in a reason
PATH_NAMES = ("file", "path", "filename", "name", "src", "database")
MODE_NAMES = ("mode", "flags", "flag")
HOST_NAMES = ("url", "fullurl", "host", "address", "uri")
_FLAGS_OF_WRITING = frozenset({"O_WRONLY", "O_RDWR", "O_CREAT", "O_APPEND", "O_TRUNC"})


def argument_of(node: ast.Call, place: int | str | None, names: Iterable[str]) -> ast.expr | None:
    """The argument at that place or of one of these names."""
    if isinstance(place, int) and place < len(node.args):
        found = node.args[place]
        return None if isinstance(found, ast.Starred) else found
    wanted = (place,) if isinstance(place, str) else tuple(names)
    return next((word.value for word in node.keywords if word.arg in wanted), None)


def kinds_of_mode(mode: ast.expr | None) -> tuple[EffectKind, ...]:
    """What opening a file in this mode comes to; both where the mode cannot be told."""
    read, write = (EffectKind.FS_READ,), (EffectKind.FS_WRITE,)
    if mode is None:
        return read
    if isinstance(mode, ast.Constant) and isinstance(mode.value, str):
        writes, reads = set(mode.value) & set("wax+nc"), set(mode.value) & set("r+")
        return (*(read if reads or not writes else ()), *(write if writes else ()))
    flags = {getattr(part, "attr", getattr(part, "id", "")) for part in ast.walk(mode)}
    if not any(flag.startswith("O_") for flag in flags):
        return (*read, *write)
    writes_too = bool(flags & _FLAGS_OF_WRITING)
    return (*(() if "O_WRONLY" in flags else read), *(write if writes_too else ()))


def path_words(one: Meaning | None) -> Words | None:
    """The text of a path, where something is a path with a text."""
    if isinstance(one, Made) and one.kind in PATH_CLASSES:
        one = one.given
    return one if isinstance(one, Words) and (one.text or one.whole) else None


def is_no_path(one: Meaning) -> bool:
    """Whether this is an object that is no path, or a path of the call itself."""
    match one:
        case Made(kind, given) if kind in PATH_CLASSES:
            return isinstance(given, Own)
        case Made() | Own():
            return True
        case _:
            return False


def is_own_path(path: str) -> bool:
    """Whether a path leads into a folder of the call's own."""
    normal = posixpath.normpath(path) if not path.endswith("/") else f"{posixpath.normpath(path)}/"
    return normal in OWN_FOLDERS or normal.startswith(tuple(f"{one}/" for one in OWN_FOLDERS))


def host_of(found: Iterable[Meaning]) -> str | None:
    """The host of a URL, or the text that stands there instead."""
    for one in found:
        inner = one.given if isinstance(one, Made) else one
        if isinstance(inner, Words) and (url := _URL.match(inner.text)):
            # Of a text that goes on, the host is known where something follows it.
            return url[1].lower() if inner.whole or url.end(1) < len(inner.text) else None
        if isinstance(inner, Words) and inner.whole and "://" not in inner.text:
            return inner.text.lower() or None
    return None


def host_of_pair(node: ast.expr | None) -> str | None:
    """The host of a pair of host and port."""
    return text_of(node.elts[0]) if isinstance(node, ast.Tuple) and node.elts else None


def text_of(node: ast.expr | None) -> str | None:
    """A literal text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
        value = node.value
        return value if isinstance(value, str) else value.decode("utf-8", "replace")
    return None


def is_none(node: ast.expr) -> bool:
    """Whether None stands there."""
    return isinstance(node, ast.Constant) and node.value is None


def gives_seed(node: ast.AST) -> bool:
    """Whether a generator gets a seed here."""
    match node:
        case ast.Call(
            func=ast.Attribute(attr="seed" | "setstate") | ast.Name(id="seed"), args=[one]
        ):
            return not is_none(one)
        case _:
            return False


def shown(text: str | None) -> str:
    """A text for a reason: quoted and short."""
    if text is None:
        return "…"
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return '"' + short.encode("unicode_escape").decode().replace('"', '\\"') + '"'


def written_as(node: ast.AST, name: str = "…") -> str:
    """A name as it stands in the code; ``name`` stands for what is no name there."""
    if isinstance(node, ast.Attribute) and name.startswith("pathlib.Path()."):
        return f"Path.{node.attr}"
    if not isinstance(node, ast.Name | ast.Attribute | ast.Constant):
        return name.removeprefix("builtins.")
    parts: list[str] = []
    while isinstance(node, ast.Attribute) and len(parts) < 4:
        parts.append(node.attr)
        node = node.value
    match node:
        case ast.Name(id=name):
            parts.append(name)
        case ast.Call(func=function) if parts:
            parts.append(f"{written_as(function)}(…)" if isinstance(function, ast.Name) else "…")
        case ast.Constant(value=value):
            parts.append(repr(value)[:_LONGEST])
        case _:
            parts.append("…")
    return ".".join(reversed(parts))[:_LONGEST]
