"""`noether settings`: what holds here, and who said so."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import click

from noether_nix.cli.lazy import example
from noether_nix.cli.options import json_option
from noether_nix.cli.printing import tell
from noether_nix.cli.safe import safely
from noether_nix.cli.settings import load_settings
from noether_nix.cli.show import show_json
from noether_nix.run.setting_list import ListedSetting, find_setting, list_settings


@click.command(
    epilog=example(
        "noether settings",
        "noether settings limits.wall_seconds",
        "NOETHER_LIMITS_WALL_SECONDS=5 noether settings --json",
    )
)
@click.argument("name", required=False)
@json_option
def settings(name: str | None, *, as_json: bool) -> None:
    """Show every setting: its value, where that came from, and what it means; or all of one.

    A flag of a single run counts before all of these, and they before what a graph or a stage
    states. A ceiling is what graphs and stages may not exceed.
    """
    chosen = load_settings()
    every = list_settings(chosen)
    rows = every if name is None else [find_setting(name, every)]
    if as_json:
        listed = [_document(row) for row in rows]
        show_json({"file": str(chosen.settings_file), "settings": listed})
        return
    if name is not None:
        tell(safely("\n".join(_in_full(rows[0], chosen.settings_file))))
        return
    names, values = max(len(row.name) for row in rows), max(len(row.shown) for row in rows)
    for row in rows:
        line = f"{row.name:<{names}}  {row.shown:<{min(values, 24)}}  {row.source}"
        tell(safely(line))
        tell(click.style(f"    {safely(row.words)}", dim=True))


def _in_full(row: ListedSetting, file: Path) -> Iterator[str]:
    yield f"{row.name} = {row.shown}"
    unit = f" {row.unit}" if row.unit else ""
    facts = {
        "means": row.words,
        "chosen by": row.source,
        "built in": "none" if row.default is None else f"{row.default}{unit}",
        "variable": row.variable,
        "one run": row.flag or "no flag",
        "file": str(file) if row.in_file else "cannot hold it",
    }
    for title, fact in facts.items():
        yield f"  {title:<10} {fact}"


def _document(row: ListedSetting) -> dict[str, object]:
    document = dataclasses.asdict(row)
    del document["shown"]
    return document
