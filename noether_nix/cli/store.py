"""`noether store`: what is kept, and letting it go."""

import click

from noether_nix.cli.lazy import LazyGroup, example


@click.group(
    cls=LazyGroup,
    lazy={
        "info": ("noether_nix.cli.store_info:info", "How much is kept, and where."),
        "gc": ("noether_nix.cli.store_gc:gc", "Let go what nobody needs."),
    },
    epilog=example("noether store info", "noether store gc --older-than 30d --dry-run"),
)
def store() -> None:
    """Look at what is kept, and let it go.

    Results stay until they are let go with `gc`; a result that is gone is computed again.
    """
