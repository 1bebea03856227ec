"""The whole examination: first what a run needs, in its order, then what surrounds it.

1. settings; 2. the parts of a run, which are asked for as a run does; 3. the machine, which may
explain what the parts refuse; 4. what others could do with values, and what was left behind.

It does what a first run does: where there is no home, database or toolchain yet, they are made
and stay. Anything less would not show that they can be.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from noether_nix.database.scratch import find_abandoned
from noether_nix.errors import NoetherError
from noether_nix.plan.limits import DEFAULTS
from noether_nix.process.bounds import read_bounds
from noether_nix.process.system import read_facts
from noether_nix.run.collecting import scratch_places, size_of
from noether_nix.run.doctor.finding import Finding, refused
from noether_nix.run.doctor.machine import (
    bounds_finding,
    clock_finding,
    disk_finding,
    installed_at,
    kernel_finding,
)
from noether_nix.run.doctor.parts import examine_parts
from noether_nix.run.doctor.surroundings import (
    hooks_finding,
    leftovers_finding,
    settings_finding,
    terminal_finding,
    variables_finding,
)
from noether_nix.run.house import House
from noether_nix.run.settings import Settings, read_settings


def examine(
    environment: Mapping[str, str], *, encoding: str, say: Callable[[str], None]
) -> Iterator[Finding]:
    """Look at everything, and give each finding as it is made.

    Args:
        environment: the variables of this process.
        encoding: of what is printed.
        say: told what takes its time.
    """
    # 1.
    try:
        settings = read_settings(environment)
    except NoetherError as error:
        yield refused("settings", error)
        yield variables_finding(environment)
        yield kernel_finding(read_facts())
        return
    yield settings_finding(settings)
    yield variables_finding(environment)
    with House(settings, say=say) as house:
        # 2.
        yield from examine_parts(house)
        # 3.
        yield from _machine(house)
        yield terminal_finding(environment, encoding)
        # 4.
        yield hooks_finding(private=settings.store == "private")
        yield _leftovers(house)


def _machine(house: House) -> Iterator[Finding]:
    settings = house.settings
    yield kernel_finding(house.machine)
    yield disk_finding(_places(settings))
    chosen = settings.limits or {}
    yield bounds_finding(read_bounds(), call_memory=chosen.get("memory", DEFAULTS["memory"]))
    yield clock_finding(house.now(), _known_past(house))


def _places(settings: Settings) -> dict[str, Path]:
    store = settings.home / "nix" if settings.store == "private" else Path("/nix/store")
    return {"home": settings.home, "store": store, "tmp": Path(tempfile.gettempdir())}


def _known_past(house: House) -> list[float]:
    try:
        runs = house.ledger.runs(1) if house.exists else []
    except NoetherError:
        runs = []
    return [installed_at(), *(run.started for run in runs)]


def _leftovers(house: House) -> Finding:
    found = [
        path
        for folder, prefixes in scratch_places(house)
        for path in find_abandoned(folder, prefixes)
    ]
    return leftovers_finding({path: size_of(path) for path in found})
