"""`noether stage`: the commands around single stages."""

import click

from noether_nix.cli.lazy import LazyGroup, example

_CATALOG = "noether_nix.cli.stage_catalog"


@click.group(
    cls=LazyGroup,
    lazy={
        "new": (f"{_CATALOG}:new", "Write a small working stage to change."),
        "run": ("noether_nix.cli.stage_run:run", "Run one stage; it need not be registered."),
        "test": (
            "noether_nix.cli.stage_test:test",
            "Run the examples of stages, and generated inputs.",
        ),
        "add": (f"{_CATALOG}:add", "Register the stages of files and folders."),
        "list": (f"{_CATALOG}:list_stages", "The registered stages."),
        "show": (f"{_CATALOG}:show", "What one stage is: contract, ids, code."),
    },
    epilog=example(
        "noether stage new count_words",
        'noether stage run ./count_words.py --input \'{"text": "two words"}\'',
        "noether stage add ./count_words.py",
    ),
)
def stage() -> None:
    """Write, try, register and look at stages.

    A stage is a file with a function and, in its docstring, a contract: what it takes, what it
    gives, and what it does beside that.
    """
