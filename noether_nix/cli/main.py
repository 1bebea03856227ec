"""The `noether` command: finds the command, and turns every error into words and an exit code."""

import contextlib
import gc
import os
import signal
import sys
from collections.abc import Mapping
from types import FrameType
from typing import NoReturn

import click

from noether_nix import __version__
from noether_nix.cli.lazy import LazyGroup, example
from noether_nix.cli.settings import environment
from noether_nix.errors import FileUnreadableError, InternalError, NoetherError, RunInterruptedError

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

# What a shell says of a program that a broken pipe ended: 128 and the number of the signal.
_READER_GONE = 128 + signal.SIGPIPE

# The modules that write to standard output and error.
_PRINTERS = ("click.utils", "noether_nix.cli.giving", "noether_nix.cli.stage_catalog")


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


def main(arguments: list[str] | None = None) -> NoReturn:
    """Be the `noether` command; ends the process."""
    # Imports make much that lives to the end: looking through it again and again took a tenth
    # of a short command's time.
    gc.set_threshold(100_000, 20, 20)
    words = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in words
    stdout = sys.stdout
    # Closed by whoever started us: the next file that is opened would take their place.
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115 - a device, to the very end
    if stdout is None:
        sys.exit(_tell(FileUnreadableError("standard output is closed"), as_json=False))
    _let_signals_stop_us()
    try:
        _check_question()
        noether.main(args=words, prog_name="noether", standalone_mode=False)
        sys.exit(0)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        # Whoever read our output has enough: click then puts a silent one in its place.
        if sys.stdout is not stdout:
            code = _READER_GONE
    except click.UsageError as error:
        code = _tell_usage(error, as_json=as_json)
    except (KeyboardInterrupt, click.Abort):
        code = _tell(RunInterruptedError("stopped"), as_json=as_json)
    except NoetherError as error:
        code = _tell(error, as_json=as_json)
    except OSError as error:
        code = _tell_lost(error) if _was_printing(error) else _tell_defect(error, as_json=as_json)
    except Exception as error:  # noqa: BLE001 - the last door: a defect gets a name and a code
        code = _tell_defect(error, as_json=as_json)
    _end(code, at_once=arguments is None)


def _end(code: int, *, at_once: bool) -> NoReturn:
    """End the process; ``at_once``, without taking all modules apart first."""
    if at_once:
        # What cannot be written, Python says as it ends, with a code of its own.
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    sys.exit(code)


def _check_question() -> None:
    """See that a shell that wants words completed asks something, if one does."""
    if environment().get("_NOETHER_COMPLETE"):
        from noether_nix.cli.completion import check_question

        check_question(environment())


def _was_printing(error: OSError) -> bool:
    """Whether what failed was writing to standard output or error, as on a disk that is full."""
    innermost = error.__traceback__
    while innermost is not None and innermost.tb_next is not None:
        innermost = innermost.tb_next
    return innermost is not None and innermost.tb_frame.f_globals.get("__name__") in _PRINTERS


def _tell_lost(error: OSError) -> int:
    with contextlib.suppress(OSError):  # it may be standard error that cannot be written
        _tell(FileUnreadableError(f"the output cannot be written: {error.strerror}"), as_json=False)
    # Else Python would write what is left once more as it ends, and end with a code of its own.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nowhere, number)
    os.close(nowhere)
    return FileUnreadableError.exit_code


def _let_signals_stop_us() -> None:
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, _stop)


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
