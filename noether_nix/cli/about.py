"""`noether paths` and `noether version`: where things are, and what this is."""

import platform

import click

from noether_nix import __version__
from noether_nix.cli.lazy import example
from noether_nix.cli.options import json_option
from noether_nix.cli.printing import tell
from noether_nix.cli.safe import safely
from noether_nix.cli.settings import load_settings
from noether_nix.cli.show import show_json
from noether_nix.errors import ToolError
from noether_nix.process.nix_programs import find_nix, read_version
from noether_nix.run.settings import Settings


@click.command(epilog=example("noether paths", "NOETHER_HOME=/tmp/trial noether paths --json"))
@json_option
def paths(*, as_json: bool) -> None:
    """Show where everything is kept; deleting `home` undoes everything.

    NOETHER_HOME names another home. Nothing here need exist yet.
    """
    settings = load_settings()
    found = {
        "home": str(settings.home),
        "database": str(settings.home / "noether.sqlite"),
        "logs": str(settings.home / "logs"),
        "nix_store": _store(settings),
        "settings": str(settings.settings_file),
    }
    if as_json:
        show_json({"paths": found})
        return
    for name, path in found.items():
        tell(safely(f"{name:<10} {path}"))


def _store(settings: Settings) -> str:
    return str(settings.home / "nix/nix/store") if settings.store == "private" else "/nix/store"


@click.command(epilog=example("noether version", "noether version --json"))
@json_option
def version(*, as_json: bool) -> None:
    """Show the versions of noether, of the Python that runs it, and of Nix if there is one."""
    settings = load_settings()
    try:
        programs = find_nix(settings.nix, settings.search_path)
        nix, place = str(read_version(programs, home=settings.home)), str(programs.folder)
    except ToolError as error:
        nix, place = None, error.message
    python = platform.python_version()
    if as_json:
        found = {"noether": __version__, "python": python, "nix": nix}
        show_json({"version": found}, warnings=[] if nix else [place])
        return
    tell(f"noether {__version__}")
    tell(f"Python {python}")
    tell(safely(f"{nix} ({place})" if nix else f"Nix: {place}"))
