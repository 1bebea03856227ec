"""`noether completion`: what a shell needs to complete noether's words."""

import re
from collections.abc import Mapping

import click

from noether_nix.cli.lazy import example
from noether_nix.cli.printing import tell

QUESTION = "_NOETHER_COMPLETE"
_SHELLS = ("bash", "zsh", "fish")


@click.command(
    epilog=example(
        "noether completion bash > ~/.local/share/bash-completion/completions/noether",
        "noether completion zsh > ~/.zfunc/_noether",
        "noether completion fish > ~/.config/fish/completions/noether.fish",
    )
)
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script for SHELL."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    script = kind(context.find_root().command, {}, "noether", QUESTION)
    # Not its `source`, which starts a bash to ask for its version.
    tell(script.source_template % script.source_vars())


def check_question(variables: Mapping[str, str]) -> None:
    """See that what a shell's script asks can be answered; click fails on anything else.

    Raises:
        click.UsageError: it cannot.
    """
    asked = variables[QUESTION]
    shell, _, what = asked.partition("_")
    if shell not in _SHELLS or what not in ("source", "complete"):
        known = ", ".join(f"{shell}_complete" for shell in _SHELLS)
        raise click.UsageError(f"{QUESTION} is {asked[:100]!r}, which asks nothing; known: {known}")
    place = variables.get("COMP_CWORD")
    # For fish it is the word itself, for the others its number.
    is_place = place is not None and (shell == "fish" or re.fullmatch("[0-9]{1,9}", place))
    if what == "complete" and not ("COMP_WORDS" in variables and is_place):
        raise click.UsageError(
            f"{QUESTION} is {asked}, and COMP_WORDS and COMP_CWORD do not say for which words"
        )
