"""The `noether` command: finds the command, and turns every error into words and an exit code."""

import importlib
import signal
import sys
from collections.abc import Mapping
from types import FrameType
from typing import Any, NoReturn

import click

from noether_nix import __version__
from noether_nix.errors import InternalError, NoetherError, RunInterruptedError

# Imported only when called: a run in which nothing is new is mostly imports.
_COMMANDS: Mapping[str, tuple[str, str]] = {
    "run": ("noether_nix.cli.run:run", "Run a graph; what is known already does not run again."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are used."""

    def __init__(self, *, lazy: Mapping[str, tuple[str, str]], **arguments: Any) -> None:
        super().__init__(**arguments)
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order of the table."""
        return [*self._lazy, *super().list_commands(ctx)]

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
        rows = [(name, words) for name, (_, words) in self._lazy.items()]
        rows += [
            (name, command.get_short_help_str(80))
            for name in super().list_commands(ctx)
            if (command := super().get_command(ctx, name)) is not None
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(
    cls=LazyGroup,
    lazy=_COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 well, 2 usage or input, 3 graph, 4 stage, 5 Nix or sandbox, 6 a call "
    "failed, 7 not deterministic, 8 store, 9 refused, 70 our defect, 130 interrupted.",
)
@click.version_option(__version__, prog_name="noether", message="%(prog)s %(version)s")
def noether() -> None:
    """Run graphs of typed stages hermetically with Nix, and keep every result."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """Be the `noether` command; ends the process."""
    words = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in words
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGHUP, _stop)
    try:
        noether.main(args=words, prog_name="noether", standalone_mode=False)
        sys.exit(0)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except click.exceptions.Exit as end:
        code = end.exit_code
    except click.UsageError as error:
        code = _tell_usage(error, as_json=as_json)
    except (KeyboardInterrupt, click.Abort):
        code = _tell(RunInterruptedError("stopped"), as_json=as_json)
    except NoetherError as error:
        code = _tell(error, as_json=as_json)
    except BrokenPipeError:
        # Whoever read our output has enough; what is still buffered has nowhere to go.
        sys.stdout = None
        code = 141
    except Exception as error:  # noqa: BLE001 - the last door: a defect gets a name and a code
        code = _tell_defect(error, as_json=as_json)
    sys.exit(code)


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    error = RunInterruptedError(f"stopped by {signal.Signals(number).name}")
    error.exit_code = 128 + number  # type: ignore[misc]
    raise error


def _tell(error: NoetherError, *, as_json: bool) -> int:
    from noether_nix.cli.show import show_error

    show_error(error, as_json=as_json)
    return error.exit_code


def _tell_usage(error: click.UsageError, *, as_json: bool) -> int:
    from noether_nix.cli.show import show_usage_error

    show_usage_error(error, as_json=as_json)
    return 2


def _tell_defect(error: Exception, *, as_json: bool) -> int:
    import traceback

    click.echo("".join(traceback.format_exception(error)), err=True)
    return _tell(InternalError(f"{type(error).__name__}: {error}"), as_json=as_json)
