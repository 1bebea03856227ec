"""`noether run`: check a graph, run what is not known, give the output."""

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import click

from noether_nix.cli.failures import failure_lines
from noether_nix.cli.options import (
    input_option,
    jobs_option,
    json_option,
    limit_option,
    read_input,
    read_limits,
    set_option,
)
from noether_nix.cli.progress import onlookers
from noether_nix.cli.safe import safely
from noether_nix.cli.settings import load_settings
from noether_nix.cli.show import note, show_json, size_in_words
from noether_nix.errors import FileUnreadableError, InputMismatchError
from noether_nix.inside.contract import Json
from noether_nix.run.events import Event
from noether_nix.run.house import House
from noether_nix.run.loading import LoadedGraph, load_graph_file, load_graph_text
from noether_nix.run.report import Report
from noether_nix.run.start import RunOptions, run_loaded


@click.command()
@click.argument("graph", metavar="GRAPH|-")
@input_option
@set_option
@click.option("--raw", is_flag=True, help="Print an output that is Text as it is, without quotes.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the output to a file.")
@json_option
@click.option("--events", type=click.Path(path_type=Path), help="Write every event to a file.")
@jobs_option
@click.option(
    "--fail-fast/--keep-going",
    default=False,
    help="After a failure start nothing more, or go on with what does not need it (default).",
)
@click.option("--only", metavar="NODE", help="Run this node and what it needs: /root/stages/1")
@limit_option
@click.option("--dry-run", is_flag=True, help="Check and look up, run nothing, print JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but the output and errors.")
def run(
    graph: str,
    input_text: str | None,
    fields: Sequence[str],
    output: Path | None,
    events: Path | None,
    jobs: int | None,
    only: str | None,
    limits: Sequence[str],
    *,
    raw: bool,
    as_json: bool,
    fail_fast: bool,
    dry_run: bool,
    quiet: bool,
) -> None:
    """Run GRAPH, a JSON file or - for standard input; what is known does not run again.

    The output goes to standard output as JSON, everything else to standard error.
    """
    value = read_input(input_text, fields)
    options = RunOptions(read_limits(limits), jobs, fail_fast, only)
    with House(load_settings(), say=note if not quiet else lambda _words: None) as house:
        loaded = load_graph(house, graph)
        if dry_run:
            from noether_nix.cli.dry_run import show_dry_run

            show_dry_run(house, loaded, value, options)
            return
        report = watched(house, loaded, value, options, events=events, quiet=quiet or as_json)
    _give(report, raw=raw, output=output, as_json=as_json, quiet=quiet, graph=graph)


def load_graph(house: House, graph: str) -> LoadedGraph:
    """The graph of a command line: a file, or standard input for ``-``."""
    if graph != "-":
        return load_graph_file(Path(graph), house.find_stage)
    text = sys.stdin.buffer.read()
    return load_graph_text(text, source="-", name="graph", folder=Path(), find=house.find_stage)


def watched(
    house: House,
    loaded: LoadedGraph,
    value: Json,
    options: RunOptions,
    *,
    events: Path | None,
    quiet: bool,
) -> Report:
    """Run a graph while those who should see it look on."""
    watching = onlookers(quiet=quiet, events=events, is_terminal=sys.stderr.isatty)
    with ExitStack() as stack:
        for one in watching:
            stack.enter_context(one)

        def tell(event: Event) -> None:
            for one in watching:
                one.see(event)

        return run_loaded(house, loaded, value, options, tell)


def _give(
    report: Report, *, raw: bool, output: Path | None, as_json: bool, quiet: bool, graph: str
) -> None:
    if as_json:
        show_json(report_noun(report), ok=report.ok, warnings=report.warnings)
        if output is not None and report.ok:
            _write(output, _bytes(report, raw=raw))
    elif not report.ok:
        for line in failure_lines(report, graph):
            click.echo(line, err=True)
    elif output is None:
        sys.stdout.buffer.write(_bytes(report, raw=raw))
        sys.stdout.buffer.flush()
    else:
        _write(output, _bytes(report, raw=raw))
    if not quiet and not as_json:
        click.echo(_summary(report, output), err=True)
    if not report.ok:
        sys.exit(6)


def report_noun(report: Report) -> dict[str, object]:
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
                    "hint": "",
                }
                for call in failed
            ],
        }
    return noun


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
    return json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n"


def _write(path: Path, data: bytes) -> None:
    """Write aside and rename, so that nobody ever sees half a file."""
    try:
        descriptor, aside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
            Path(aside).chmod(mode)
            Path(aside).replace(path)
        except BaseException:
            Path(aside).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise FileUnreadableError(f"{path}: {error.strerror}") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _summary(report: Report, output: Path | None) -> str:
    counts = report.counts()
    calls = "1 call" if counts["calls"] == 1 else f"{counts['calls']} calls"
    words = f"{calls}: {counts['run']} run, {counts['known']} known"
    for sort in ("failed", "skipped"):
        words += f", {counts[sort]} {sort}" if counts[sort] else ""
    line = f"{words}, {report.seconds:.2f} s"
    if output is not None and report.ok:
        size = size_in_words(output.stat().st_size)
        line += f"          written {output} ({size})"
    return safely(line)
