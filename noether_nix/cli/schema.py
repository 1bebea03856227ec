"""`noether schema`: the exact form of what commands print for programs."""

import json

import click

from noether_nix.cli.documents.schemas import SCHEMAS
from noether_nix.cli.lazy import example
from noether_nix.cli.options import json_option
from noether_nix.cli.printing import tell
from noether_nix.cli.show import show_json


@click.command(epilog=example("noether schema", "noether schema graph > graph.schema.json"))
@click.argument("name", metavar="[NAME]", required=False, type=click.Choice(list(SCHEMAS)))
@json_option
def schema(name: str | None, *, as_json: bool) -> None:
    """Print the JSON Schema of a file or of what a command prints with --json, or list all names.

    A schema knows exactly the keys that this version of noether prints. Later versions may print
    more, so take the schema from the noether that you call.
    """
    if name is None:
        if as_json:
            show_json({"schemas": list(SCHEMAS)})
            return
        width = max(map(len, SCHEMAS))
        for known, found in SCHEMAS.items():
            tell(f"{known:<{width}}  {found.words}")
        return
    text = SCHEMAS[name].render()
    if as_json:
        show_json({"schema": json.loads(text)})
    else:
        tell(text, end="")
