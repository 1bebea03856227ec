"""What a person may choose, from variables and from a file."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from noether_nix.errors import SettingInvalidError
from noether_nix.frozen import dataclass
from noether_nix.inside.levels import DEFAULT_LEVEL, LEVELS
from noether_nix.run.settings_file import (
    CEILING_PREFIX,
    LIMIT_PREFIX,
    SETTING_NAMES,
    nearest_hint,
    read_settings_file,
    variable_of,
)
from noether_nix.stage.limits import CALL_LIMITS, LIMITS, Limit


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
        level: the least isolation that will do.
        limits: those that were chosen, by name, in seconds, bytes or pieces.
        ceilings: what graphs and stages may not exceed, likewise.
        toolchain_provider: ``host`` or ``nixpkgs``, when a toolchain is taken.
        toolchain_nixpkgs: a folder with nixpkgs or the address of an archive; None for our pin.
        toolchain_closure: a toolchain of the pin that is there already, as our flake's package
            says (``NOETHER_TOOLCHAIN_CLOSURE``).
        network: the variables that say how the network is reached.
        policies: the files that say what may run; what each of them refuses is refused, so that a
            variable cannot widen what the file of settings says.
        sources: where each chosen setting came from, in words, by its name in the file.
    """

    home: Path
    settings_file: Path
    search_path: str
    nix: Path | None = None
    python: Path | None = None
    store: str = "private"
    jobs: int | None = None
    level: str = DEFAULT_LEVEL
    limits: Mapping[str, int] | None = None
    ceilings: Mapping[str, int] | None = None
    toolchain_provider: str = "host"
    toolchain_nixpkgs: str | None = None
    toolchain_closure: Path | None = None
    network: Mapping[str, str] | None = None
    policies: tuple[Path, ...] = ()
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
    chosen, sources = read_settings_file(file)
    policies = _policies(chosen, environment, sources)
    _take_variables(environment, chosen, sources)
    _take_places(environment, sources)
    home = environment.get("NOETHER_HOME")
    return Settings(
        home=place_of(home or data / "noether"),
        settings_file=file,
        search_path=environment.get("PATH", ""),
        nix=_path(environment.get("NOETHER_NIX")),
        python=_path(environment.get("NOETHER_PYTHON")),
        store=_choice("store", STORES, chosen, sources),
        jobs=_jobs(chosen, sources),
        level=_choice("level", (DEFAULT_LEVEL, *LEVELS), chosen, sources),
        limits=_limits(LIMIT_PREFIX, LIMITS, chosen, sources),
        ceilings=_limits(CEILING_PREFIX, CALL_LIMITS, chosen, sources),
        toolchain_provider=_choice("toolchain.provider", PROVIDERS, chosen, sources),
        toolchain_nixpkgs=_nixpkgs(chosen, sources),
        toolchain_closure=_path(environment.get("NOETHER_TOOLCHAIN_CLOSURE")),
        network={name: environment[name] for name in _NETWORK if environment.get(name)},
        policies=policies,
        sources=sources,
    )


def known_variables() -> frozenset[str]:
    """Every variable of ours that something reads."""
    places = (name for names in PLACE_VARIABLES.values() for name in names)
    return frozenset({*places, *map(variable_of, SETTING_NAMES)})


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


# The first that is set counts.
PLACE_VARIABLES: Mapping[str, tuple[str, ...]] = {
    "home": ("NOETHER_HOME", "XDG_DATA_HOME"),
    "nix": ("NOETHER_NIX",),
    "python": ("NOETHER_PYTHON",),
    "toolchain.closure": ("NOETHER_TOOLCHAIN_CLOSURE",),
}
STORES = ("private", "machine")
PROVIDERS = ("host", "nixpkgs")
# What curl, which is within Nix, reads of the environment, and Nix itself.
_NETWORK = (
    "ALL_PROXY", "HTTPS_PROXY", "NIX_SSL_CERT_FILE", "NO_PROXY", "SSL_CERT_FILE",
    "all_proxy", "http_proxy", "https_proxy", "no_proxy",
)  # fmt: skip
_MAX_JOBS = 1024


def _take_variables(
    environment: Mapping[str, str], chosen: dict[str, Any], sources: dict[str, str]
) -> None:
    named = {variable_of(name): name for name in SETTING_NAMES}
    for variable, value in environment.items():
        name = named.get(variable)
        if name is not None and value:
            chosen[name], sources[name] = value, f"variable {variable}"
        elif name is None and variable.startswith("NOETHER_LIMITS_"):
            message = f"variable {variable} is no setting"
            raise SettingInvalidError(message, hint=nearest_hint(variable, named))


def _take_places(environment: Mapping[str, str], sources: dict[str, str]) -> None:
    """Note which variables name places; these are no matter of the file."""
    for name, variables in PLACE_VARIABLES.items():
        for variable in filter(environment.get, variables):
            sources.setdefault(name, f"variable {variable}")


def _limits(
    prefix: str,
    known: Mapping[str, Limit],
    chosen: Mapping[str, Any],
    sources: Mapping[str, str],
) -> dict[str, int]:
    found = {}
    for name, limit in known.items():
        setting = prefix + limit.fact
        if setting not in chosen:
            continue
        try:
            # A bare number counts in the base unit, which the name says.
            found[name] = limit.parse_bare(_text(chosen[setting]))
        except SettingInvalidError as error:
            message = f"{sources[setting]}: {setting}: {error.message}"
            raise SettingInvalidError(message, hint=error.hint) from error
    return found


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
    name: str, choices: Sequence[str], chosen: Mapping[str, Any], sources: Mapping[str, str]
) -> str:
    """One of ``choices``, of which the first is the default; it may stand in its place again."""
    value = chosen.get(name, choices[0])
    if value not in choices:
        allowed = ", ".join(choices[1:] if choices[0] in choices[1:] else choices)
        raise SettingInvalidError(
            f"{sources[name]}: {name} is {value!r}, which is none of: {allowed}"
        )
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


def _policies(
    chosen: Mapping[str, Any], environment: Mapping[str, str], sources: Mapping[str, str]
) -> tuple[Path, ...]:
    """The policy of the file of settings and that of the variable: both hold."""
    named = []
    if "policy" in chosen:
        written = chosen["policy"]
        if not isinstance(written, str) or not written.startswith("/"):
            message = f"{sources['policy']}: policy is {written!r:.80}, no whole path"
            raise SettingInvalidError(message, hint="name the file as /home/me/policy.toml")
        named.append(Path(written))
    if variable := environment.get(variable_of("policy")):
        named.append(Path(variable).absolute())
    return tuple(dict.fromkeys(named))


def _path(text: str | None) -> Path | None:
    return Path(text).absolute() if text else None
