"""All commands by name, and what click makes of words."""

from collections.abc import Mapping, Sequence

import click

from noether_nix import __version__
from noether_nix.cli.lazy import LazyGroup, example
from noether_nix.cli.settings import environment
from noether_nix.cli.show import show_usage_error

# Imported only when called: a run in which nothing is new is mostly imports.
_COMMANDS: Mapping[str, tuple[str, str]] = {
    "run": ("noether_nix.cli.run:run", "Run a graph; what is known already does not run again."),
    "stage": ("noether_nix.cli.stage:stage", "Write, try, register and look at stages."),
    "graph": ("noether_nix.cli.graph:graph", "Check graphs, and draw them."),
    "show": (
        "noether_nix.cli.show_run:show",
        "What is kept of a run, and what proved its sandbox.",
    ),
    "type": ("noether_nix.cli.type:type_", "Types in text and JSON, from examples, as schemas."),
    "logs": ("noether_nix.cli.logs:logs", "What the calls of a run printed."),
    "drv": ("noether_nix.cli.drv:drv", "Write the Nix derivation of a call into the store."),
    "shell": ("noether_nix.cli.shell:shell", "Be in a call's sandbox, with its code and input."),
    "store": ("noether_nix.cli.store:store", "What is kept, and letting it go."),
    "toolchain": ("noether_nix.cli.toolchain:toolchain", "The interpreter that stages run with."),
    "explain": ("noether_nix.cli.explain:explain", "What a code means, and what to do about it."),
    "doctor": ("noether_nix.cli.doctor:doctor", "What this machine gives, and what is wrong."),
    "warmup": ("noether_nix.cli.warmup:warmup", "Get ready what a first run waits for."),
    "settings": (
        "noether_nix.cli.settings_list:settings",
        "What holds here, and who said so.",
    ),
    "paths": ("noether_nix.cli.about:paths", "Where everything is kept."),
    "schema": ("noether_nix.cli.schema:schema", "The form of what commands print for programs."),
    "completion": ("noether_nix.cli.completion:completion", "Completion for a shell."),
    "version": ("noether_nix.cli.about:version", "Which noether, Python and Nix this is."),
}

_USAGE = 2


@click.group(
    cls=LazyGroup,
    lazy=_COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=example(
        "noether run graph.json --input '\"some text\"'",
        "noether stage run ./stages/count.py --input @input.json",
    )
    + "\n\nExit codes: 0 well, 2 usage or input, 3 graph, 4 stage, 5 Nix or sandbox, 6 a call "
    "failed, 7 not deterministic, 8 store, 9 refused, 70 our defect, 130 interrupted.",
)
@click.version_option(__version__, prog_name="noether", message="%(prog)s %(version)s")
def noether() -> None:
    """Run graphs of typed stages hermetically with Nix, and keep every result."""


def obey(words: Sequence[str], *, as_json: bool) -> int:
    """Do what words say; gives the exit code, or ends with what a command raises."""
    try:
        if environment().get("_NOETHER_COMPLETE"):
            _check_question()
        noether.main(args=list(words), prog_name="noether", standalone_mode=False, obj=tuple(words))
    except click.UsageError as error:
        show_usage_error(error, as_json=as_json)
        return _USAGE
    except click.Abort as error:
        raise KeyboardInterrupt from error
    return 0


def _check_question() -> None:
    """See that a shell that wants words completed asks something."""
    from noether_nix.cli.completion import check_question

    check_question(environment())
