"""What a Nix archive can hold, as values: files, symbolic links, and folders of these."""

from collections.abc import Mapping
from typing import TypeAlias

from noether_nix.errors import FormatError
from noether_nix.frozen import dataclass, field

MAXIMUM_DEPTH = 256
MAXIMUM_NAME_BYTES = 255
MAXIMUM_TARGET_BYTES = 4095


@dataclass(frozen=True, slots=True)
class RegularFile:
    """A file; of its permissions an archive keeps only whether it can be executed."""

    contents: bytes
    executable: bool = False


@dataclass(frozen=True, slots=True)
class SymbolicLink:
    """A symbolic link, which may lead anywhere or nowhere."""

    target: str


@dataclass(frozen=True, slots=True)
class Directory:
    """A folder; the order of ``entries`` does not matter."""

    entries: Mapping[str, "Tree"] = field(default_factory=dict)


Tree: TypeAlias = RegularFile | SymbolicLink | Directory


def check_entry_name(name: bytes) -> bytes:
    """Give ``name`` back when it is the name of one thing in one folder.

    Raises:
        FormatError: it could lead out of the folder, or no file system takes it.
    """
    if name in {b"", b".", b".."} or b"/" in name or b"\0" in name:
        raise FormatError(f"an archive holds an entry named {name!r}")
    if len(name) > MAXIMUM_NAME_BYTES:
        raise FormatError(f"an archive holds a name of {len(name)} bytes: {name[:40]!r}…")
    return name


def check_target(target: bytes) -> bytes:
    """Give ``target`` back when a symbolic link can have it.

    Raises:
        FormatError: it is empty, too long or holds a NUL.
    """
    if not target or b"\0" in target or len(target) > MAXIMUM_TARGET_BYTES:
        raise FormatError(f"an archive holds a link to {target[:40]!r} ({len(target)} bytes)")
    return target


def check_depth(depth: int) -> None:
    """Refuse trees that nobody makes on purpose.

    Raises:
        FormatError: ``depth`` is more than :data:`MAXIMUM_DEPTH`.
    """
    if depth > MAXIMUM_DEPTH:
        raise FormatError(f"a tree is more than {MAXIMUM_DEPTH} folders deep")
