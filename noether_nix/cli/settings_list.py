"""`noether settings`: what holds here, and who said so."""

import dataclasses

import click

from noether_nix.cli.lazy import example
from noether_nix.cli.options import json_option
from noether_nix.cli.safe import safely
from noether_nix.cli.settings import load_settings
from noether_nix.cli.show import show_json
from noether_nix.run.setting_list import ListedSetting, list_settings


@click.command(
    epilog=example("noether settings", "NOETHER_LIMITS_WALL_SECONDS=5 noether settings --json")
)
@json_option
def settings(*, as_json: bool) -> None:
    """Show every setting: its value, where that came from, and what is built in.

    A flag of a single run counts before all of these, and they before what a graph or a stage
    states. A ceiling is what graphs and stages may not exceed.
    """
    chosen = load_settings()
    rows = list_settings(chosen)
    if as_json:
        listed = [_document(row) for row in rows]
        show_json({"file": str(chosen.settings_file), "settings": listed})
        return
    names, values = max(len(row.name) for row in rows), max(len(row.shown) for row in rows)
    for row in rows:
        line = f"{row.name:<{names}}  {row.shown:<{min(values, 24)}}  {row.source}"
        click.echo(safely(line))


def _document(row: ListedSetting) -> dict[str, object]:
    document = dataclasses.asdict(row)
    del document["shown"]
    return document
