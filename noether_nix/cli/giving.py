"""What a run leaves on the screen and in files: its output, or why there is none."""

import os
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from noether_nix.cli.printing import say
from noether_nix.cli.safe import safe_json, safely
from noether_nix.cli.show import show_json, size_in_words
from noether_nix.errors import (
    CallFailedError,
    FileUnreadableError,
    InputMismatchError,
    RunInterruptedError,
)
from noether_nix.frozen import dataclass
from noether_nix.run.report import Report

if TYPE_CHECKING:
    from noether_nix.cli.failures import Again, LogReader

    class Profiling(Protocol):
        """Tells where the time of a run went."""

        def member(self, report: Report) -> dict[str, Any]:
            """What the answer in JSON has of it."""
            ...

        def give(self, report: Report, *, as_json: bool) -> None:
            """Print and write what was asked for."""
            ...


_RUN_AGAIN = "run it again: what had ended is kept"
_LONGEST_WORD = 1000


@dataclass(frozen=True)
class Giving:
    """How the output of a run is wanted, and what else is to be told of it."""

    raw: bool
    output: Path | None
    as_json: bool
    quiet: bool
    profiling: "Profiling | None" = None


def check_target(output: Path | None) -> None:
    """Refuse a file that cannot be written before anything runs.

    Raises:
        FileUnreadableError: it is a folder, or its folder is none.
    """
    if output is None:
        return
    try:
        mode = _mode(output)
        there_is_a_folder = stat.S_ISDIR(_mode(output.parent) or 0)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise FileUnreadableError(f"{output}: {reason}") from error
    if mode is not None and stat.S_ISDIR(mode):
        raise FileUnreadableError(f"{output} is a folder, not a file")
    if not there_is_a_folder:
        raise FileUnreadableError(f"{output}: there is no folder {output.parent}")


def give(
    report: Report,
    giving: Giving,
    again: "Again | None",
    logs: "LogReader",
    stopped: RunInterruptedError | None = None,
) -> None:
    """Print and write what a run came to; ends the process with 6 when a call failed.

    Args:
        report: what the run did.
        giving: how its output is wanted.
        again: what to type to have a failed call again.
        logs: what a call printed, asked for only if it failed.
        stopped: the signal that came meanwhile, whose exit code a run has that it interrupted.

    Raises:
        InputMismatchError: text was asked for, and the output is none.
        FileUnreadableError: the output cannot be written.
    """
    # First, because it may fail, and then nothing may have been printed.
    shown = report.ok and (giving.raw or giving.output is not None or not giving.as_json)
    data = _bytes(report, raw=giving.raw) if shown else b""
    if report.ok and giving.output is not None:
        write_file(giving.output, data)
    if giving.as_json:
        noun = report_noun(report, stopped)
        if giving.profiling is not None:
            noun |= giving.profiling.member(report)
        show_json(noun, ok=report.ok, warnings=report.warnings)
    elif not report.ok:
        _say_why(report, again, logs, stopped)
    elif giving.output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        if not data.endswith(b"\n") and sys.stdout.isatty():
            say()  # the next line would begin behind the text
    if not giving.quiet and not giving.as_json:
        say(_summary(report, giving.output, len(data)))
    if giving.profiling is not None:
        giving.profiling.give(report, as_json=giving.as_json)
    if not report.ok:
        by_signal = stopped if report.interrupted else None
        sys.exit((by_signal or CallFailedError).exit_code)


def _say_why(
    report: Report,
    again: "Again | None",
    logs: "LogReader",
    stopped: RunInterruptedError | None,
) -> None:
    from noether_nix.cli.failures import failure_lines

    for line in failure_lines(report, again, logs):
        say(line)
    if report.fault is not None:
        say(f"error: {safely(_faulty(report))}")
        if report.fault_hint:
            say(f"  hint: {report.fault_hint}")
    if report.interrupted and stopped is not None:
        say(f"error: {_stopped_in_words(report, stopped)}")
        say(f"  hint: {_RUN_AGAIN}")


def command_words(*words: str, input_text: str | None, fields: Sequence[str]) -> list[str]:
    """A command with the input that it was given; a long one is left to be filled in."""
    line = list(words)
    if input_text is not None:
        line += ["--input", input_text if len(input_text) <= _LONGEST_WORD else "@FILE"]
    for one in fields:
        line += ["--set", one if len(one) <= _LONGEST_WORD else f"{one.partition('=')[0]}=@FILE"]
    return line


def report_noun(report: Report, stopped: RunInterruptedError | None = None) -> dict[str, object]:
    """A report for the envelope, with the error that its failures amount to."""
    noun = report.to_document()
    if not report.ok:
        failed = report.failures
        first = failed[0] if failed else None
        noun["error"] = {
            "code": first.outcome if first else "interrupted",
            "message": f"{len(failed)} of {len(report.calls)} calls failed",
            "hint": f"noether logs {report.run} NODE shows what a call printed",
            "problems": [
                {
                    "code": call.outcome,
                    "message": str(call.detail.get("message", "")),
                    "place": call.pointer,
                    "hint": str(call.detail.get("hint", "")),
                }
                for call in failed
            ],
        }
    if report.fault is not None:
        words = {"message": _faulty(report), "hint": report.fault_hint}
        noun["error"] = {"code": CallFailedError(report.fault).code, **words, "problems": []}
    if report.interrupted and stopped is not None:
        words = {"message": _stopped_in_words(report, stopped), "hint": _RUN_AGAIN}
        noun["error"] = {"code": stopped.code, **words, "problems": []}
    return noun


def _faulty(report: Report) -> str:
    return f"every call ended well, and there is no output: {report.fault}"


def _stopped_in_words(report: Report, stopped: RunInterruptedError) -> str:
    counts = report.counts()
    ended = counts["calls"] - counts.get("interrupted", 0)
    return f"{stopped.message}: {ended} of {counts['calls']} calls had ended"


def _bytes(report: Report, *, raw: bool) -> bytes:
    value = report.output
    if raw:
        if not isinstance(value, str):
            kind = "an object" if isinstance(value, dict) else "no text"
            raise InputMismatchError(
                f"--raw prints a Text output, and this one is {kind}",
                hint="leave --raw out to have it as JSON",
            )
        return value.encode()
    return safe_json(value).encode() + b"\n"


def write_file(path: Path, data: bytes) -> None:
    """Write aside and rename, so that nobody ever sees half a file.

    A link is followed, and a device or pipe is written to: renaming would put a file there in
    its place, for root in that of /dev/null.
    """
    import tempfile

    try:
        mode = _mode(path)
        if mode is not None and not stat.S_ISREG(mode):
            with path.open("wb", buffering=0) as special:
                special.write(data)
            return
        path = path.resolve()
        descriptor, aside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            Path(aside).chmod(0o666 & ~_umask() if mode is None else stat.S_IMODE(mode))
            Path(aside).replace(path)
        except BaseException:
            Path(aside).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise FileUnreadableError(f"{path}: {error.strerror}") from error


def _mode(path: Path) -> int | None:
    """The kind and rights of what a path leads to; None where there is nothing yet."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _summary(report: Report, output: Path | None, size_bytes: int) -> str:
    counts = report.counts()
    calls = "1 call" if counts["calls"] == 1 else f"{counts['calls']} calls"
    words = f"{calls}: {counts['run']} run, {counts['known']} known"
    for sort in ("failed", "skipped"):
        words += f", {counts[sort]} {sort}" if counts[sort] else ""
    untaken = counts.get("not_taken", 0)
    words += f", {untaken} not taken" if untaken else ""
    line = f"{words}, {report.seconds:.2f} s"
    if output is not None and report.ok:
        size = size_in_words(size_bytes)
        line += f"          written {output} ({size})"
    return safely(line)
