"""`noether store info`: how much is kept, and where."""

from typing import Any

import click

from noether_nix.cli.lazy import example
from noether_nix.cli.options import json_option
from noether_nix.cli.printing import tell
from noether_nix.cli.safe import safely
from noether_nix.cli.settings import load_settings
from noether_nix.cli.show import note, show_json, size_in_words
from noether_nix.run.collecting import size_of
from noether_nix.run.house import House
from noether_nix.store.inventory import Inventory, take_inventory


@click.command(epilog=example("noether store info --json"))
@json_option
def info(*, as_json: bool) -> None:
    """Show how many results, runs and stages are kept, and how much room they take.

    The Nix store also holds the toolchain and what builds left behind, which gc deletes.
    """
    with House(load_settings(), say=note, frugal=True) as house:
        document = _document(house)
    if as_json:
        show_json({"store": document})
        return
    for line in _lines(document):
        tell(safely(line))


def _document(house: House) -> dict[str, Any]:
    home = house.settings.home
    private = house.settings.store == "private"
    found = take_inventory(house.database) if house.exists else Inventory(0, 0, 0, 0, 0)
    return {
        "home": str(home),
        "nix_store": str(home / "nix/nix/store") if private else "/nix/store",
        "private": private,
        "results": found.results,
        "small_value_bytes": found.small_bytes,
        "large_results": found.large,
        "large_value_bytes": found.large_bytes,
        "contradictions": found.contradictions,
        "runs": house.ledger.count() if house.exists else 0,
        "stages": house.catalog.count() if house.exists else 0,
        "log_bytes": size_of(home / "logs"),
        "database_bytes": sum(map(size_of, home.glob("noether.sqlite*"))),
        "nix_store_bytes": size_of(home / "nix") if private else None,
    }


def _lines(document: dict[str, Any]) -> list[str]:
    words = size_in_words
    results = (
        f"{document['results']} ({words(document['small_value_bytes'])} in the database, "
        f"{document['large_results']} with values in the Nix store: "
        f"{words(document['large_value_bytes'])})"
    )
    lines = [
        f"{'home':<10} {document['home']}",
        f"{'results':<10} {results}",
        f"{'runs':<10} {document['runs']} (logs: {words(document['log_bytes'])})",
        f"{'stages':<10} {document['stages']}",
        f"{'database':<10} {words(document['database_bytes'])}",
    ]
    if document["private"]:
        lines.append(f"{'Nix store':<10} {words(document['nix_store_bytes'])}, private")
    else:
        lines.append(f"{'Nix store':<10} {document['nix_store']}, the machine's")
    if document["contradictions"]:
        lines.append(f"{'attention':<10} {document['contradictions']} contradictions")
    return lines
