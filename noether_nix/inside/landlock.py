"""Landlock: which files a process may reach from now on, whatever its user may (design 3)."""

import os
import struct
from collections.abc import Mapping

from noether_nix.inside.kernel import COLUMN, checked, open_path, system_call

_CREATE, _ADD, _RESTRICT = (444, 444), (445, 445), (446, 446)

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
# Every right that changes something: WRITE_FILE, REMOVE_* and MAKE_*; REFER and TRUNCATE came
# later. IOCTL_DEV is left alone: whoever may open no device can ask none for anything.
_CHANGE, _REFER, _TRUNCATE = 0b1_1111_1111_0010, 1 << 13, 1 << 14
READ = EXECUTE | READ_FILE | READ_DIR
_TCP, _OUTSIDERS = 3, 3  # bind and connect; abstract sockets and signals


def find_abi() -> int:
    """The version of Landlock that this kernel has; 0 for none."""
    return max(0, int(system_call(_CREATE[COLUMN], None, 0, 1)))


def restrict_writing(writable: tuple[str, ...]) -> int:
    """Nothing may be changed but below ``writable``; no TCP where the kernel can.

    Returns:
        The ABI version that took effect, 0 where the kernel has no Landlock.
    """
    abi = find_abi()
    if abi:
        rights = _changes(abi)
        _restrict(abi, rights, dict.fromkeys(writable, rights), alone=False)
    return abi


def restrict_files(readable: Mapping[str, int], writable: tuple[str, ...]) -> int:
    """Nothing may be opened but what is named; no signals to outsiders where the kernel can.

    What a path leads to, and the size and times of it, can still be asked for.

    Args:
        readable: rights by path.
        writable: folders in which everything is allowed.

    Returns:
        The ABI version that took effect, 0 where the kernel has no Landlock.
    """
    abi = find_abi()
    if abi:
        rights = _changes(abi) | READ
        _restrict(abi, rights, {**readable, **dict.fromkeys(writable, rights)}, alone=True)
    return abi


def _changes(abi: int) -> int:
    return _CHANGE | (_REFER if abi >= 2 else 0) | (_TRUNCATE if abi >= 3 else 0)


def _restrict(abi: int, handled: int, rules: Mapping[str, int], *, alone: bool) -> None:
    words = [handled]
    if abi >= 4:
        words.append(_TCP)
    if abi >= 6 and alone:
        words.append(_OUTSIDERS)
    attributes = struct.pack(f"{len(words)}Q", *words)
    ruleset = checked(system_call(_CREATE[COLUMN], attributes, len(attributes), 0), "landlock")
    for path, rights in rules.items():
        place = open_path(path)
        # Rights to folders mean nothing to a file, and are refused for one.
        of_file = EXECUTE | WRITE_FILE | READ_FILE | _TRUNCATE
        allowed = rights & handled if _is_folder(place) else rights & handled & of_file
        rule = struct.pack("=Qi", allowed, place)
        checked(system_call(_ADD[COLUMN], ruleset, 1, rule, 0), f"landlock rule for {path}")
        os.close(place)
    checked(system_call(_RESTRICT[COLUMN], ruleset, 0), "landlock restrict")
    os.close(ruleset)


def _is_folder(descriptor: int) -> bool:
    return os.fstat(descriptor).st_mode & 0o170000 == 0o040000
