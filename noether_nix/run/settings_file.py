"""The names of settings, and the file that can hold them.

A limit is ``limits.wall_seconds`` in the file and ``NOETHER_LIMITS_WALL_SECONDS`` as a variable,
its ceiling ``limits.ceiling.wall_seconds`` and ``NOETHER_LIMITS_CEILING_WALL_SECONDS``. The file
may leave the unit out of the name, as stages do: ``limits.wall = "30s"``.
"""

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from noether_nix.errors import SettingInvalidError
from noether_nix.stage.limits import CALL_LIMITS, LIMITS

LIMIT_PREFIX, CEILING_PREFIX = "limits.", "limits.ceiling."
_TABLES = ("limits", "limits.ceiling", "toolchain")
SETTING_NAMES = (
    "jobs",
    "level",
    "policy",
    "store",
    "toolchain.nixpkgs",
    "toolchain.provider",
    *(LIMIT_PREFIX + limit.fact for limit in LIMITS.values()),
    *(CEILING_PREFIX + limit.fact for limit in CALL_LIMITS.values()),
)
# What else a name may be called in the file.
SHORT_NAMES = {
    **{LIMIT_PREFIX + name: LIMIT_PREFIX + limit.fact for name, limit in LIMITS.items()},
    **{CEILING_PREFIX + name: CEILING_PREFIX + one.fact for name, one in CALL_LIMITS.items()},
}
# What reads TOML takes time by the square of some texts: half a second for the worst of these.
_MAX_BYTES = 1 << 15


def variable_of(name: str) -> str:
    """The variable of a setting: ``NOETHER_LIMITS_WALL_SECONDS`` of ``limits.wall_seconds``."""
    return f"NOETHER_{name.replace('.', '_').upper()}"


def read_settings_file(file: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """What the file chooses, by name, and for each the place that chooses it; both may be empty.

    Raises:
        SettingInvalidError: it cannot be read, is no TOML, or holds what is no setting.
    """
    try:
        text = read_small_text(file)
    except FileNotFoundError:
        return {}, {}
    except OSError as error:
        raise SettingInvalidError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingInvalidError(f"{file}: byte {error.start} is not UTF-8") from error
    import tomllib

    try:
        document = tomllib.loads(text)
    except ValueError as error:
        raise SettingInvalidError(f"{file} is no TOML: {error}") from error
    except RecursionError as error:
        raise SettingInvalidError(f"{file} is nested too deeply") from error
    found: dict[str, Any] = {}
    for written, value in _flat(document, ""):
        name = SHORT_NAMES.get(written, written)
        if name not in SETTING_NAMES:
            hint = nearest_hint(written, (*SETTING_NAMES, *SHORT_NAMES))
            raise SettingInvalidError(f"{file}: {written} is no setting", hint=hint)
        if name in found:
            message = f"{file}: {name} stands twice, once without its unit"
            raise SettingInvalidError(message, hint="keep one of them")
        found[name] = value
    return found, {name: str(file) for name in found}


def _flat(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        name = prefix + key
        if isinstance(value, dict) and name in _TABLES:
            yield from _flat(value, f"{name}.")
        else:
            yield name, value


def nearest_hint(word: str, known: Iterable[str]) -> str:
    """What was probably meant by a word that is no setting."""
    from noether_nix.stage.problems import nearest

    near = nearest(word, known)
    return f"did you mean {near}?" if near else "`noether settings` shows all there are"


def read_small_text(file: Path) -> str:
    """The text of a regular file that is no larger than settings may be.

    Raises:
        OSError: it cannot be read, is none, or is too large.
        UnicodeDecodeError: it is not UTF-8.
    """
    # Not blocking: opening a pipe that nobody writes to would wait for ever.
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    with os.fdopen(descriptor, "rb") as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            raise OSError(errno.EINVAL, "no regular file")
        data = opened.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise OSError(errno.EFBIG, f"more than {_MAX_BYTES} bytes")
    return data.decode()
