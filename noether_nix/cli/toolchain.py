"""`noether toolchain`: the interpreter closure that stages run with."""

from pathlib import Path
from typing import Any

import click

from noether_nix.cli.lazy import LazyGroup, example
from noether_nix.cli.options import json_option
from noether_nix.cli.printing import tell
from noether_nix.cli.safe import safely
from noether_nix.cli.settings import load_settings
from noether_nix.cli.show import note, show_json
from noether_nix.errors import SettingInvalidError
from noether_nix.frozen import replace
from noether_nix.run.house import House
from noether_nix.run.settings import PROVIDERS, check_nixpkgs
from noether_nix.toolchain.choice import ToolchainChoice
from noether_nix.toolchain.current import find_toolchain, update_toolchain
from noether_nix.toolchain.model import ToolchainReference

_HERE = "noether_nix.cli.toolchain"


@click.group(
    cls=LazyGroup,
    lazy={
        "show": (f"{_HERE}:show", "Which toolchain is in use."),
        "update": (f"{_HERE}:update", "Take the toolchain anew."),
    },
    epilog=example("noether toolchain show"),
)
def toolchain() -> None:
    """Look at the interpreter that stages run with, and change it.

    It is made at the first run, from a Python of this machine or of nixpkgs, and from then on
    stays the same whatever happens to the machine: every key depends on it.
    """


@click.command(epilog=example("noether toolchain show --json"))
@json_option
def show(*, as_json: bool) -> None:
    """Show which toolchain stages run with."""
    with House(load_settings(), say=note, frugal=True) as house:
        found = find_toolchain(house.database) if house.exists else None
    if as_json:
        show_json({"toolchain": _document(found)})
    elif found is None:
        note("no toolchain was taken yet: the first run takes one")
    else:
        tell(safely(_line(found)))


@click.command(
    epilog=example(
        "noether toolchain update",
        "NOETHER_PYTHON=/usr/bin/python3 noether toolchain update",
        "noether toolchain update --provider nixpkgs",
    )
)
@click.option(
    "--provider",
    type=click.Choice(PROVIDERS),
    help="Where it comes from: this machine, or nixpkgs.  [setting: toolchain.provider]",
)
@click.option(
    "--nixpkgs",
    metavar="PLACE",
    help="A folder with nixpkgs, or the https address of an archive of it; else the revision that "
    "noether was made with.  [setting: toolchain.nixpkgs]",
)
@json_option
def update(*, provider: str | None, nixpkgs: str | None, as_json: bool) -> None:
    """Make the toolchain anew, from the machine's Python or from nixpkgs.

    With the provider `host` it is made from the Python that NOETHER_PYTHON names, or the one that
    runs noether. With `nixpkgs` it is that of a pinned nixpkgs and so the same on every machine;
    Nix fetches what it is made of, and this is the one thing that noether ever fetches.

    If it differs from the one before, every call has a new key and runs once more. The one
    before goes with the next `noether store gc`.
    """
    with House(load_settings(), say=note) as house:
        choice = _chosen(house.toolchain_choice, provider, nixpkgs)
        before, after = update_toolchain(house.database, house.nix, choice, say=house.say)
    changed = before is None or before.path != after.path
    if as_json:
        show_json(
            {"toolchain": _document(after), "previous": _document(before), "changed": changed}
        )
        return
    tell(safely(_line(after)))
    if not changed:
        note(f"unchanged: it is what {after.source or 'this Python'} gives")
    elif before is not None:
        note(f"was {before.path}; every call has a new key now")


def _chosen(choice: ToolchainChoice, provider: str | None, nixpkgs: str | None) -> ToolchainChoice:
    if nixpkgs is not None:
        choice = replace(choice, provider="nixpkgs", nixpkgs=_place(nixpkgs))
    if provider == "host":
        if nixpkgs is not None:
            raise click.UsageError(
                "--nixpkgs says where nixpkgs is, and --provider host that none is used"
            )
        return replace(choice, provider="host")
    return choice if provider is None else replace(choice, provider="nixpkgs")


def _place(nixpkgs: str) -> str:
    if "://" not in nixpkgs:
        return str(Path(nixpkgs).absolute())
    try:
        return check_nixpkgs(nixpkgs)
    except SettingInvalidError as error:
        raise SettingInvalidError(f"--nixpkgs {error.message}", hint=error.hint) from error


def _line(found: ToolchainReference) -> str:
    line = f"Python {found.python_version} ({found.provider}, {found.system})  {found.path}"
    return f"{line}\nfrom {found.source}" if found.source else line


def _document(found: ToolchainReference | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "provider": found.provider,
        "path": str(found.path),
        "version": found.python_version,
        "system": found.system,
        "source": found.source,
        "nar_hash": str(found.nar_hash),
    }
