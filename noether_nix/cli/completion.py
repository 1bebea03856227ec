"""`noether completion`: what a shell needs to complete noether's words."""

import click

from noether_nix.cli.lazy import example

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
    script = kind(context.find_root().command, {}, "noether", "_NOETHER_COMPLETE")
    # Not its `source`, which starts a bash to ask for its version.
    click.echo(script.source_template % script.source_vars())
