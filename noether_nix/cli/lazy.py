"""Groups of commands that are imported when they are used: a start is mostly imports."""

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class LazyGroup(click.Group):
    """A group whose commands stand in a table: name → where it is, and what it does."""

    def __init__(self, *, lazy: Mapping[str, tuple[str, str]], **arguments: Any) -> None:
        super().__init__(**arguments)
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order of the table."""
        assert not super().list_commands(ctx)
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in self._lazy:
            return super().get_command(ctx, cmd_name)
        module, _, name = self._lazy[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._lazy[name][1]) for name in self.list_commands(ctx)])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem[str]]":
        """Complete a command's name without importing any."""
        from click.shell_completion import CompletionItem

        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [
            CompletionItem(name, help=words)
            for name, (_, words) in self._lazy.items()
            if name.startswith(incomplete)
        ]


def example(*lines: str) -> str:
    """An epilog that shows how a command is used; click leaves its lines as they are."""
    words = "Examples:" if len(lines) > 1 else "Example:"
    return "\n".join(("\b", words, *(f"  {line}" for line in lines)))
