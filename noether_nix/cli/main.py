"""The `noether` command: finds the command, and turns every error into words and an exit code."""

import contextlib
import gc
import io
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from noether_nix import __version__
from noether_nix.cli.printing import say, tell
from noether_nix.cli.settings import environment
from noether_nix.errors import FileUnreadableError, InternalError, NoetherError, RunInterruptedError

# What a shell says of a program that a broken pipe ended: 128 and the number of the signal.
_READER_GONE = 128 + signal.SIGPIPE

_ASCII = ("ascii", "us-ascii", "ansi_x3.4-1968")

# The modules that write to standard output and error.
_PRINTERS = (
    "click.utils",
    "noether_nix.cli.giving",
    "noether_nix.cli.printing",
    "noether_nix.cli.stage_catalog",
)


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
    _print_all_characters()
    _let_signals_stop_us()
    try:
        sys.exit(_obey(words, as_json=as_json))
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        # Whoever read our output has enough: click then puts a silent one in its place.
        if sys.stdout is not stdout:
            code = _READER_GONE
    except KeyboardInterrupt:
        code = _tell(RunInterruptedError("stopped"), as_json=as_json)
    except NoetherError as error:
        code = _tell(error, as_json=as_json)
    except OSError as error:
        code = _tell_lost(error) if _was_printing(error) else _tell_defect(error, as_json=as_json)
    except Exception as error:  # noqa: BLE001 - the last door: a defect gets a name and a code
        code = _tell_defect(error, as_json=as_json)
    _end(code, at_once=arguments is None)


def _print_all_characters() -> None:
    """Print in UTF-8 where the environment knows ASCII alone."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.encoding.lower() in _ASCII:
            stream.reconfigure(encoding="utf-8")


def _end(code: int, *, at_once: bool) -> NoReturn:
    """End the process; ``at_once``, without taking all modules apart first."""
    if at_once:
        # What cannot be written, Python says as it ends, with a code of its own.
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    sys.exit(code)


def _obey(words: Sequence[str], *, as_json: bool) -> int:
    """Do what words say: without click where they are known."""
    asked_by_shell = bool(environment().get("_NOETHER_COMPLETE"))
    if list(words) == ["--version"] and not asked_by_shell:
        tell(f"noether {__version__}")
        return 0
    if words[:1] == ["run"] and not asked_by_shell:
        from noether_nix.cli.running import run_again

        if run_again(words):
            return 0
    from noether_nix.cli.commands import obey

    return obey(words, as_json=as_json)


def _was_printing(error: OSError) -> bool:
    """Whether what failed was writing to standard output or error, as on a disk that is full."""
    innermost = error.__traceback__
    while innermost is not None and innermost.tb_next is not None:
        innermost = innermost.tb_next
    return innermost is not None and innermost.tb_frame.f_globals.get("__name__") in _PRINTERS


def _tell_lost(error: OSError) -> int:
    if isinstance(error, BrokenPipeError):  # whoever read our output has enough
        _print_nowhere()
        return _READER_GONE
    with contextlib.suppress(OSError):  # it may be standard error that cannot be written
        _tell(FileUnreadableError(f"the output cannot be written: {error.strerror}"), as_json=False)
    _print_nowhere()
    return FileUnreadableError.exit_code


def _print_nowhere() -> None:
    # Else Python would write what is left once more as it ends, and end with a code of its own.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nowhere, number)
    os.close(nowhere)


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


def _tell_defect(error: Exception, *, as_json: bool) -> int:
    import traceback

    say("".join(traceback.format_exception(error)))
    return _tell(InternalError(f"{type(error).__name__}: {error}"), as_json=as_json)
