"""`noether toolchain`: the interpreter closure that stages run with."""

from typing import Any

import click

from noether_nix.cli.lazy import LazyGroup, example
from noether_nix.cli.options import json_option
from noether_nix.cli.safe import safely
from noether_nix.cli.settings import load_settings
from noether_nix.cli.show import note, show_json
from noether_nix.run.house import House
from noether_nix.toolchain.current import find_toolchain, update_toolchain
from noether_nix.toolchain.model import ToolchainReference

_HERE = "noether_nix.cli.toolchain"


@click.group(
    cls=LazyGroup,
    lazy={
        "show": (f"{_HERE}:show", "Which toolchain is in use."),
        "update": (f"{_HERE}:update", "Take the machine's Python anew."),
    },
    epilog=example("noether toolchain show"),
)
def toolchain() -> None:
    """Look at the interpreter that stages run with, and change it.

    It is made from a Python of this machine at the first run, and from then on stays the same
    whatever happens to the machine: every key depends on it.
    """


@click.command(epilog=example("noether toolchain show --json"))
@json_option
def show(*, as_json: bool) -> None:
    """Show which toolchain stages run with."""
    with House(load_settings(), say=note) as house:
        found = find_toolchain(house.database) if house.exists else None
    if as_json:
        show_json({"toolchain": _document(found)})
    elif found is None:
        note("no toolchain was taken yet: the first run takes one")
    else:
        click.echo(safely(_line(found)))


@click.command(
    epilog=example(
        "noether toolchain update", "NOETHER_PYTHON=/usr/bin/python3 noether toolchain update"
    )
)
@json_option
def update(*, as_json: bool) -> None:
    """Make the toolchain anew from the machine's Python, or the one that NOETHER_PYTHON names.

    If it differs from the one before, every call has a new key and runs once more. The one
    before goes with the next `noether store gc`.
    """
    with House(load_settings(), say=note) as house:
        before, after = update_toolchain(
            house.database, house.nix, house.settings.python, say=house.say
        )
    changed = before is None or before.path != after.path
    if as_json:
        show_json(
            {"toolchain": _document(after), "previous": _document(before), "changed": changed}
        )
        return
    click.echo(safely(_line(after)))
    if not changed:
        note("unchanged: it is what this Python gives")
    elif before is not None:
        note(f"was {before.path}; every call has a new key now")


def _line(found: ToolchainReference) -> str:
    return f"Python {found.python_version} ({found.provider}, {found.system})  {found.path}"


def _document(found: ToolchainReference | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "provider": found.provider,
        "path": str(found.path),
        "version": found.python_version,
        "system": found.system,
        "nar_hash": str(found.nar_hash),
    }
