"""Every setting with what it is, what it would be, and where it came from."""

import os
from collections.abc import Iterator, Mapping, Sequence

from noether_nix.errors import SettingInvalidError
from noether_nix.frozen import dataclass
from noether_nix.inside.levels import DEFAULT_LEVEL, LEVELS
from noether_nix.run.settings import PLACE_VARIABLES, PROVIDERS, STORES, Settings
from noether_nix.run.settings_file import (
    CEILING_PREFIX,
    LIMIT_PREFIX,
    SHORT_NAMES,
    nearest_hint,
    variable_of,
)
from noether_nix.stage.limits import CALL_LIMITS, LIMITS, Limit

_BUILT_IN = "built in"
_PLACES: Mapping[str, str] = {
    "home": "where everything is kept",
    "nix": "the folder of nix-build; else it is looked for on PATH",
    "python": "the interpreter that a toolchain is made from; else the one that runs noether",
    "toolchain.closure": "a toolchain of the pin that is there already, as our flake says",
}


@dataclass(frozen=True, slots=True)
class ListedSetting:
    """One setting.

    Attributes:
        name: as in the file of settings.
        value: what holds; None for nothing, as no bound or no choice.
        unit: ``seconds``, ``bytes``, ``count``; empty for text.
        default: what holds where nobody chooses.
        source: who chose: ``variable NOETHER_…``, a file, or ``built in``.
        variable: the one that sets it.
        flag: what sets it for one run; empty where nothing does.
        in_file: whether the file of settings can hold it.
        words: what it is.
        shown: the value in words.
    """

    name: str
    value: str | int | None
    unit: str
    default: str | int | None
    source: str
    variable: str
    flag: str
    in_file: bool
    words: str
    shown: str


def list_settings(settings: Settings) -> list[ListedSetting]:
    """Every setting there is, places first, then choices, limits and ceilings."""
    return [*_places(settings), *_choices(settings), *_limits(settings), *_ceilings(settings)]


def find_setting(name: str, rows: Sequence[ListedSetting]) -> ListedSetting:
    """The one of that name: as in the file of settings, short or long, or as a variable.

    Raises:
        SettingInvalidError: there is none; the hint has the nearest.
    """
    by_name = {row.name: row for row in rows}
    by_variable = {row.variable: row for row in rows}
    found = by_name.get(SHORT_NAMES.get(name, name)) or by_variable.get(name)
    if found is None:
        hint = nearest_hint(name, [*by_name, *by_variable])
        raise SettingInvalidError(f"there is no setting {name!r:.60}", hint=hint)
    return found


def _places(settings: Settings) -> Iterator[ListedSetting]:
    values = {
        "home": settings.home,
        "nix": settings.nix,
        "python": settings.python,
        "toolchain.closure": settings.toolchain_closure,
    }
    for name, words in _PLACES.items():
        place = values[name]
        yield ListedSetting(
            name=name,
            value=None if place is None else str(place),
            unit="",
            default=None,
            source=_source(settings, name),
            variable=PLACE_VARIABLES[name][0],
            flag="",
            in_file=False,
            words=words,
            shown="none" if place is None else str(place),
        )


def _choices(settings: Settings) -> Iterator[ListedSetting]:
    processors = len(os.sched_getaffinity(0)) + 1
    yield ListedSetting(
        name="jobs",
        value=settings.jobs or processors,
        unit="count",
        default=processors,
        source=_source(settings, "jobs"),
        variable=variable_of("jobs"),
        flag="--jobs N",
        in_file=True,
        words="how many calls run at once; else one more than there are processors",
        shown=str(settings.jobs or processors),
    )
    where = f"where Nix keeps things: {' or '.join(STORES)}"
    yield _word(settings, "store", settings.store, STORES[0], where)
    isolation = f"the least isolation that will do: {', '.join(LEVELS)}"
    yield _word(settings, "level", settings.level, DEFAULT_LEVEL, isolation, "--level LEVEL")
    files = ", ".join(map(str, settings.policies)) or None
    yield _word(settings, "policy", files, None, "a file that says which effects may run")
    whence = f"where `noether toolchain update` has interpreters from: {' or '.join(PROVIDERS)}"
    yield _word(settings, "toolchain.provider", settings.toolchain_provider, PROVIDERS[0], whence)
    nixpkgs = "a folder with nixpkgs, or the address of an archive; else the pin of this version"
    yield _word(settings, "toolchain.nixpkgs", settings.toolchain_nixpkgs, None, nixpkgs)


def _word(
    settings: Settings,
    name: str,
    value: str | None,
    default: str | None,
    words: str,
    flag: str = "",
) -> ListedSetting:
    return ListedSetting(
        name=name,
        value=value,
        unit="",
        default=default,
        source=_source(settings, name),
        variable=variable_of(name),
        flag=flag,
        in_file=True,
        words=words,
        shown=value or "none",
    )


def _limits(settings: Settings) -> Iterator[ListedSetting]:
    chosen = settings.limits or {}
    for name, limit in LIMITS.items():
        value = chosen.get(name, limit.default)
        yield _bound(settings, limit, LIMIT_PREFIX, value, limit.default)


def _ceilings(settings: Settings) -> Iterator[ListedSetting]:
    chosen = settings.ceilings or {}
    for name, limit in CALL_LIMITS.items():
        yield _bound(settings, limit, CEILING_PREFIX, chosen.get(name), None)


def _bound(
    settings: Settings, limit: Limit, prefix: str, value: int | None, default: int | None
) -> ListedSetting:
    name, is_ceiling = prefix + limit.fact, prefix == CEILING_PREFIX
    words = f"what graphs and stages may not exceed as {limit.name}" if is_ceiling else limit.words
    return ListedSetting(
        name=name,
        value=value,
        unit=limit.unit.value,
        default=default,
        source=_source(settings, name),
        variable=variable_of(name),
        flag="" if is_ceiling else f"--limit {limit.name}=AMOUNT",
        in_file=True,
        words=words,
        shown=limit.show(value),
    )


def _source(settings: Settings, name: str) -> str:
    return (settings.sources or {}).get(name, _BUILT_IN)
