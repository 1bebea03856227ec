"""Wrong words on a command line: what is wrong, what was probably meant, where to read on."""

import re

import click

from noether_nix.stage.problems import nearest

# Before click 8.4 this is told by the message alone.
_NO_COMMAND = re.compile(r"No such command '(.+)'")


def is_bare(error: click.UsageError) -> bool:
    """Whether a group stands there alone, without any of its commands."""
    return type(error).__name__ == "NoArgsIsHelpError"


def message_of(error: click.UsageError) -> str:
    """What is wrong, as all our errors are told: on one line, without a full stop."""
    if is_bare(error):
        return "a command is missing"
    text = error.message if isinstance(error, click.NoSuchOption) else error.format_message()
    text = " ".join(text.split()).removesuffix(".")
    return text[:1].lower() + text[1:]


def hint_of(error: click.UsageError) -> str:
    """The nearest word that there is, if one is near, and the command that shows them all."""
    if error.ctx is None:
        return "noether --help shows the commands"
    near = _nearest(error, error.ctx)
    meant = f"did you mean {near}? " if near else ""
    return f"{meant}{error.ctx.command_path} --help shows {_what(error)}"


def _nearest(error: click.UsageError, context: click.Context) -> str | None:
    if isinstance(error, click.NoSuchOption):
        return nearest(error.option_name, _options(context))
    command = _NO_COMMAND.match(error.message)
    if command and isinstance(context.command, click.Group):
        return nearest(command[1], context.command.list_commands(context))
    return None


def _options(context: click.Context) -> list[str]:
    options = (one for one in context.command.get_params(context) if isinstance(one, click.Option))
    return [name for one in options for name in one.opts if name.startswith("--")]


def _what(error: click.UsageError) -> str:
    if isinstance(error, click.NoSuchOption):
        return "the options"
    if is_bare(error) or _NO_COMMAND.match(error.message):
        return "the commands"
    return "how it is used"
