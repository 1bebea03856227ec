"""How a graph names a stage, told apart by the text alone (design 11.8).

Nothing is looked up here. Only a :class:`PathReference` will ever touch the file system.
"""

import re
from typing import TypeAlias

from noether_nix.frozen import dataclass
from noether_nix.stage.names import NAME_RULE, is_stage_name

ID_DIGITS = 64
PREFIX_DIGITS = 8

REGISTER = "REGISTER:"

_HEX = re.compile(r"[0-9a-f]+")
_MAX_PATH = 4096


@dataclass(frozen=True, slots=True)
class PathReference:
    """A stage file, relative to the graph file; begins with ``./`` or ``../``."""

    path: str

    def __str__(self) -> str:
        return self.path


@dataclass(frozen=True, slots=True)
class IdReference:
    """A whole identity: of a stage or of a signature, as the node's pinning says."""

    id: str

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class PrefixReference:
    """The first digits of an identity; as it is also a possible name, it may turn out as one."""

    prefix: str

    def __str__(self) -> str:
        return self.prefix


@dataclass(frozen=True, slots=True)
class NameReference:
    """A name in the catalog."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class PlaceholderReference:
    """``REGISTER:name``, which generators of graphs write for a name; used with a warning."""

    name: str

    def __str__(self) -> str:
        return f"{REGISTER}{self.name}"


Reference: TypeAlias = (
    PathReference | IdReference | PrefixReference | NameReference | PlaceholderReference
)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a text is no reference, and what was probably meant."""

    reason: str
    hint: str


def read_reference(text: str) -> Reference | Unreadable:
    """What kind of reference ``text`` is, or why it is none."""
    if text.startswith(("./", "../")):
        return read_path(text)
    if text.startswith(REGISTER):
        name = text.removeprefix(REGISTER)
        if is_stage_name(name):
            return PlaceholderReference(name)
        return Unreadable("what follows REGISTER: is no stage name", _NAME_HINT)
    if _HEX.fullmatch(text) and len(text) >= PREFIX_DIGITS:
        if len(text) < ID_DIGITS:
            return PrefixReference(text)
        if len(text) == ID_DIGITS:
            return IdReference(text)
        return Unreadable(
            f"an id has {ID_DIGITS} digits, this text {len(text)}", "its first 8 or more will do"
        )
    if is_stage_name(text):
        return NameReference(text)
    return Unreadable("it is no name, no id and no path", _hint(text))


_ABSOLUTE_HINT = "a path begins with ./ or ../ and is relative to the graph file"
_NAME_HINT = f"a stage name is {NAME_RULE}"


def read_path(text: str) -> PathReference | Unreadable:
    """A path relative to a graph file, or why ``text`` is none."""
    if not text.startswith(("./", "../")):
        hint = _ABSOLUTE_HINT if text.startswith("/") else f"write ./{text[:60]}"
        return Unreadable("it does not begin with ./ or ../", hint)
    if "\0" in text:
        return Unreadable("a path holds no null character", "")
    if len(text) > _MAX_PATH:
        return Unreadable(f"a path has at most {_MAX_PATH} characters", "")
    if text.endswith(("/", "/.", "/..")):
        return Unreadable("the path names a folder", "name the file in it")
    return PathReference(text)


def _hint(text: str) -> str:
    if text.startswith("/"):
        return _ABSOLUTE_HINT
    if text.endswith((".py", ".json")) or "/" in text:
        return "a path begins with ./ or ../: write ./ before it"
    if re.fullmatch(r"[0-9a-fA-F]{8,64}", text):
        return "ids are written in lower-case digits"
    return _NAME_HINT
