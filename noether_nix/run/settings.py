"""What a person may choose: one table gives file key, variable, unit, default and words."""

import errno
import os
import re
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from noether_nix.errors import SettingInvalidError
from noether_nix.stage.quantities import BASE_UNIT, LIMIT_UNITS, parse_quantity


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that was chosen, from wherever it was.

    Attributes:
        home: where everything is kept (``NOETHER_HOME``).
        settings_file: what was read, whether or not it exists.
        search_path: where Nix is looked for when ``nix`` is None.
        nix: the folder of Nix's programs (``NOETHER_NIX``).
        python: the interpreter that a host toolchain is made from (``NOETHER_PYTHON``).
        store: ``private``, or ``machine`` for the machine's own Nix store.
        jobs: how many calls run at once; None for one more than there are processors.
        limits: those that were chosen, in seconds and bytes.
        toolchain_provider: ``host`` or ``nixpkgs``, when a toolchain is taken.
        toolchain_nixpkgs: a folder with nixpkgs or the address of an archive; None for our pin.
        toolchain_closure: a toolchain of the pin that is there already, as our flake's package
            says (``NOETHER_TOOLCHAIN_CLOSURE``).
        network: the variables that say how the network is reached.
        sources: where each chosen setting came from, in words.
    """

    home: Path
    settings_file: Path
    search_path: str
    nix: Path | None = None
    python: Path | None = None
    store: str = "private"
    jobs: int | None = None
    limits: Mapping[str, int] | None = None
    toolchain_provider: str = "host"
    toolchain_nixpkgs: str | None = None
    toolchain_closure: Path | None = None
    network: Mapping[str, str] | None = None
    sources: Mapping[str, str] | None = None


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Settings from variables and from ``$XDG_CONFIG_HOME/noether/settings.toml``.

    Nothing is read from beside a graph: graphs are not trusted.

    Raises:
        SettingInvalidError: a value means nothing; the message names variable or file.
    """
    user = _user_folder(environment)
    data = Path(environment.get("XDG_DATA_HOME") or user / ".local/share")
    config = Path(environment.get("XDG_CONFIG_HOME") or user / ".config")
    file = config / "noether/settings.toml"
    chosen, sources = _from_file(file)
    for name in _NAMES:
        variable = _variable_of(name)
        if environment.get(variable):
            chosen[name], sources[name] = environment[variable], f"variable {variable}"
    limits = {
        name: _limit(f"limits.{name}", chosen, sources)
        for name in LIMIT_UNITS
        if f"limits.{name}" in chosen
    }
    home = environment.get("NOETHER_HOME")
    return Settings(
        home=place_of(home or data / "noether"),
        settings_file=file,
        search_path=environment.get("PATH", ""),
        nix=_path(environment.get("NOETHER_NIX")),
        python=_path(environment.get("NOETHER_PYTHON")),
        store=_choice("store", STORES, chosen, sources),
        jobs=_jobs(chosen, sources),
        limits=limits,
        toolchain_provider=_choice("toolchain.provider", PROVIDERS, chosen, sources),
        toolchain_nixpkgs=_nixpkgs(chosen, sources),
        toolchain_closure=_path(environment.get("NOETHER_TOOLCHAIN_CLOSURE")),
        network={name: environment[name] for name in _NETWORK if environment.get(name)},
        sources=sources,
    )


def known_variables() -> frozenset[str]:
    """Every variable of ours that something reads."""
    return frozenset(
        {
            "NOETHER_HOME",
            "NOETHER_NIX",
            "NOETHER_PYTHON",
            "NOETHER_TOOLCHAIN_CLOSURE",
            *map(_variable_of, _NAMES),
        }
    )


def place_of(home: str | os.PathLike[str]) -> Path:
    """The folder itself that ``home`` leads to: Nix refuses a store below a symbolic link."""
    return Path(os.path.realpath(home))


def _user_folder(environment: Mapping[str, str]) -> Path:
    """This user's home; services and ``env -i`` have no HOME, but the system knows it."""
    if home := environment.get("HOME"):
        return Path(home)
    import pwd

    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        return Path("/")


_NAMES = (
    "jobs",
    "store",
    "toolchain.nixpkgs",
    "toolchain.provider",
    *(f"limits.{name}" for name in LIMIT_UNITS),
)
STORES = ("private", "machine")
PROVIDERS = ("host", "nixpkgs")
# What curl, which is within Nix, reads of the environment, and Nix itself.
_NETWORK = (
    "ALL_PROXY", "HTTPS_PROXY", "NIX_SSL_CERT_FILE", "NO_PROXY", "SSL_CERT_FILE",
    "all_proxy", "http_proxy", "https_proxy", "no_proxy",
)  # fmt: skip
_MAX_BYTES = 1 << 20
_MAX_JOBS = 1024


def _variable_of(name: str) -> str:
    variable = f"NOETHER_{name.replace('.', '_').upper()}"
    if name.startswith("limits."):
        variable += {"wall": "_SECONDS"}.get(name.removeprefix("limits."), "_BYTES")
    return variable


def _from_file(file: Path) -> tuple[dict[str, Any], dict[str, str]]:
    try:
        text = _read(file)
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
    flat: dict[str, Any] = {}
    for name, value in document.items():
        inner = value.items() if isinstance(value, dict) else [("", value)]
        flat |= {f"{name}.{key}" if key else name: item for key, item in inner}
    for name in flat:
        if name not in _NAMES:
            known = ", ".join(_NAMES)
            raise SettingInvalidError(f"{file}: {name} is no setting", hint=f"known: {known}")
    return flat, {name: str(file) for name in flat}


def _read(file: Path) -> str:
    # Not blocking: opening a pipe that nobody writes to would wait for ever.
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    with os.fdopen(descriptor, "rb") as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            raise OSError(errno.EINVAL, "no regular file")
        data = opened.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise OSError(errno.EFBIG, f"more than {_MAX_BYTES} bytes")
    return data.decode()


def _limit(name: str, chosen: Mapping[str, Any], sources: Mapping[str, str]) -> int:
    unit = LIMIT_UNITS[name.removeprefix("limits.")]
    text = _text(chosen[name])
    # A bare number counts in the base unit, which the name of the variable says.
    words = text + BASE_UNIT[unit] if text.isascii() and text.isdigit() else text
    try:
        return parse_quantity(words, unit)
    except SettingInvalidError as error:
        raise SettingInvalidError(
            f"{sources[name]}: {name}: {error.message}", hint=error.hint
        ) from error


def _jobs(chosen: Mapping[str, Any], sources: Mapping[str, str]) -> int | None:
    if "jobs" not in chosen:
        return None
    text = _text(chosen["jobs"])
    if not (re.fullmatch("[0-9]{1,4}", text) and 0 < int(text) <= _MAX_JOBS):
        message = f"{sources['jobs']}: jobs is {text!r:.40}, no number from 1 to {_MAX_JOBS}"
        raise SettingInvalidError(message)
    return int(text)


def _text(value: object) -> str:
    """A value of the file as a variable would give it; TOML has numbers that are no text."""
    try:
        return str(value)
    except ValueError:
        return "a number of thousands of digits"


def _choice(
    name: str, allowed: Sequence[str], chosen: Mapping[str, Any], sources: Mapping[str, str]
) -> str:
    value = chosen.get(name, allowed[0])
    if value not in allowed:
        words = " or ".join(allowed)
        raise SettingInvalidError(f"{sources[name]}: {name} is {value!r}, not {words}")
    return str(value)


def _nixpkgs(chosen: Mapping[str, Any], sources: Mapping[str, str]) -> str | None:
    if "toolchain.nixpkgs" not in chosen:
        return None
    try:
        return check_nixpkgs(_text(chosen["toolchain.nixpkgs"]))
    except SettingInvalidError as error:
        message = f"{sources['toolchain.nixpkgs']}: toolchain.nixpkgs {error.message}"
        raise SettingInvalidError(message, hint=error.hint) from error


def check_nixpkgs(place: str) -> str:
    """Give the place of a nixpkgs back when it may be one.

    Raises:
        SettingInvalidError: it is neither a whole path nor an address.
    """
    if not place.startswith(("/", "https://")):
        raise SettingInvalidError(
            f"is {place!r:.80}, no whole path and no address",
            hint="give a folder as /home/me/nixpkgs, or an archive as https://…/nixpkgs.tar.gz",
        )
    return place


def _path(text: str | None) -> Path | None:
    return Path(text).absolute() if text else None
