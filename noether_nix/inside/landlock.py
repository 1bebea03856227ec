"""Landlock: which files a process may reach from now on, whatever its user may (design 3)."""

import os
import struct
from collections.abc import Mapping
from functools import cache
from typing import TypeAlias

from noether_nix.inside.kernel import COLUMN, checked, open_path, system_call

_RULE = struct.Struct("=Qi")
_CREATE, _ADD, _RESTRICT = (444, 444), (445, 445), (446, 446)

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
# Every right that changes something: WRITE_FILE, REMOVE_* and MAKE_*; REFER and TRUNCATE came
# later. IOCTL_DEV is left alone: whoever may open no device can ask none for anything.
_CHANGE, _REFER, _TRUNCATE = 0b1_1111_1111_0010, 1 << 13, 1 << 14
READ = EXECUTE | READ_FILE | READ_DIR
_TCP, _OUTSIDERS = 3, 3  # bind and connect; abstract sockets and signals


@cache
def find_abi() -> int:
    """The version of Landlock that this kernel has; 0 for none."""
    return max(0, int(system_call(_CREATE[COLUMN], None, 0, 1)))


def prepare_writing(writable: tuple[str, ...]) -> None:
    """Do what can be done beforehand for :func:`restrict_writing`, which calls then all share."""
    _rules_of_writing(writable, find_abi())


def restrict_writing(writable: tuple[str, ...]) -> int:
    """Nothing may be changed but below ``writable``; no TCP where the kernel can.

    Returns:
        The ABI version that took effect, 0 where the kernel has no Landlock.
    """
    abi = find_abi()
    if abi:
        _restrict(*_rules_of_writing(writable, abi))
    return abi


@cache
def _rules_of_writing(writable: tuple[str, ...], abi: int) -> "_Rules":
    rights = _changes(abi)
    return _rules(abi, rights, dict.fromkeys(writable, rights), alone=False)


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
        _restrict(*_rules(abi, rights, {**readable, **dict.fromkeys(writable, rights)}, alone=True))
    return abi


def _changes(abi: int) -> int:
    return _CHANGE | (_REFER if abi >= 2 else 0) | (_TRUNCATE if abi >= 3 else 0)


# What a ruleset is made of, and the rights to each path, as the kernel takes them.
_Rules: TypeAlias = tuple[bytes, tuple[tuple[str, int], ...]]


def _rules(abi: int, handled: int, rights: Mapping[str, int], *, alone: bool) -> _Rules:
    words = [handled]
    if abi >= 4:
        words.append(_TCP)
    if abi >= 6 and alone:
        words.append(_OUTSIDERS)
    # Rights to folders mean nothing to a file, and are refused for one.
    of_file = EXECUTE | WRITE_FILE | READ_FILE | _TRUNCATE
    allowed = (
        (path, given & handled if _is_folder(path) else given & handled & of_file)
        for path, given in rights.items()
    )
    return struct.pack(f"{len(words)}Q", *words), tuple(allowed)


def _restrict(attributes: bytes, rules: tuple[tuple[str, int], ...]) -> None:
    ruleset = checked(system_call(_CREATE[COLUMN], attributes, len(attributes), 0), "landlock")
    for path, allowed in rules:
        place = open_path(path)
        rule = _RULE.pack(allowed, place)
        if system_call(_ADD[COLUMN], ruleset, 1, rule, 0) < 0:
            checked(-1, f"landlock rule for {path}")
        os.close(place)
    checked(system_call(_RESTRICT[COLUMN], ruleset, 0), "landlock restrict")
    os.close(ruleset)


def _is_folder(path: str) -> bool:
    place = open_path(path)
    try:
        return os.fstat(place).st_mode & 0o170000 == 0o040000
    finally:
        os.close(place)
