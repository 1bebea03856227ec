"""`noether run`: check a graph, run what is not known, give the output."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from noether_nix.cli.giving import Giving, check_target, command_words, give
from noether_nix.cli.lazy import example
from noether_nix.cli.options import (
    RawInput,
    allow_effects_option,
    check_properties_option,
    input_option,
    jobs_option,
    json_option,
    level_option,
    limit_option,
    no_optimize_option,
    policy_option,
    read_input,
    read_level,
    read_limits,
    read_policy_options,
    set_option,
    unsandboxed_option,
    verbose_option,
)
from noether_nix.cli.progress import onlookers
from noether_nix.cli.settings import load_settings
from noether_nix.cli.show import note
from noether_nix.errors import RunInterruptedError
from noether_nix.run.events import Event
from noether_nix.run.graph_file import read_graph_bytes, read_graph_file
from noether_nix.run.house import House
from noether_nix.run.memo import Question, recall_run
from noether_nix.run.options import RunOptions
from noether_nix.run.report import CallReport, Report

if TYPE_CHECKING:
    from noether_nix.cli.failures import Again, LogReader
    from noether_nix.run.loading import LoadedGraph


@click.command(
    epilog=example(
        "noether run examples/hello/graph.json --input '\"Tea and toast\"' --raw",
        "noether run graph.json --input @input.json --set text=@letter.txt -o answer.json",
    )
)
@click.argument("graph", metavar="GRAPH|-", type=click.Path(allow_dash=True))
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
@check_properties_option
@allow_effects_option
@policy_option
@level_option
@unsandboxed_option
@no_optimize_option
@click.option("--dry-run", is_flag=True, help="Check and look up, run nothing, print JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but the output and errors.")
@verbose_option
def run(
    graph: str,
    input_text: str | None,
    fields: Sequence[str],
    output: Path | None,
    events: Path | None,
    jobs: int | None,
    only: str | None,
    limits: Sequence[str],
    level: str | None,
    allowed_effects: Sequence[str],
    policy_file: Path | None,
    *,
    allow_unsandboxed: bool,
    check_properties: bool,
    raw: bool,
    as_json: bool,
    fail_fast: bool,
    no_optimize: bool,
    dry_run: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Run GRAPH, a JSON file or - for standard input; what is known does not run again.

    The output goes to standard output as JSON, everything else to standard error.
    """
    giving = Giving(raw=raw, output=output, as_json=as_json, quiet=quiet)
    check_target(output)
    given = read_input(input_text, fields)
    least = read_level(level, allow_unsandboxed=allow_unsandboxed)
    policies = read_policy_options(allowed_effects, policy_file)
    options = RunOptions(
        read_limits(limits),
        jobs,
        stop_at_failure=fail_fast,
        only=only,
        optimize=not no_optimize,
        check_properties=check_properties,
        level=least,
        policies=policies,
    )
    with House(load_settings(), say=note if not quiet else lambda _words: None) as house:
        if dry_run:
            from noether_nix.cli.dry_run import show_dry_run

            show_dry_run(house, load_graph(house, *read_graph(graph)), given.value(), options)
            return
        looking = watching(quiet=quiet or as_json, events=events, verbose=verbose)
        report, stopped = _run(house, graph, given, options, looking, quiet=quiet or as_json)
    again = _again(graph, input_text, fields, limits)
    give(report, giving, again, log_reader(house, report), stopped)


def log_reader(house: House, report: Report) -> "LogReader":
    """Reads what the calls of a run printed; works when the house is closed."""

    def read(call: CallReport) -> bytes | None:
        from noether_nix.ledger.logs import LogFiles

        return LogFiles(house.logs_folder).read(report.run, call.index)

    return read


def _again(
    graph: str, input_text: str | None, fields: Sequence[str], limits: Sequence[str]
) -> "Again | None":
    """What to type to have one call of the run again; None where that cannot be typed."""
    if graph == "-" or input_text == "-":
        return None
    words = command_words("noether", "run", graph, input_text=input_text, fields=fields)
    words += [word for limit in limits for word in ("--limit", limit)]
    return lambda call: [*words, "--only", call.pointer]


def read_graph(graph: str) -> tuple[bytes, str]:
    """The bytes of a graph of a command line, and its name: ``-`` is standard input."""
    if graph == "-":
        return read_graph_bytes(sys.stdin.buffer), graph
    return read_graph_file(Path(graph)), graph


def load_graph(house: House, text: bytes, source: str) -> "LoadedGraph":
    """Check a graph that was read; paths in it are relative to its folder."""
    from noether_nix.run.loading import load_graph_text, name_of

    folder = Path() if source == "-" else Path(source).parent
    return load_graph_text(
        text,
        source=source,
        name=name_of(source),
        folder=folder,
        find=house.find_stage,
        admit=house.admit,
    )


def _run(
    house: House,
    graph: str,
    given: RawInput,
    options: RunOptions,
    looking: AbstractContextManager[Callable[[Event], None]],
    *,
    quiet: bool,
) -> "tuple[Report, RunInterruptedError | None]":
    text, source = read_graph(graph)
    folder = Path() if source == "-" else Path(source).parent
    question = Question(text, folder, given.digest(), options)
    with looking as tell:
        report = recall_run(house, question, tell)
        if report is None:
            from noether_nix.cli.stopping import stopping
            from noether_nix.run.start import run_loaded
            from noether_nix.run.warmup import get_ready_ahead

            get_ready_ahead(house)
            loaded = load_graph(house, text, source)
            value = given.value()
            with stopping(quiet=quiet) as stop:
                report = run_loaded(
                    house,
                    loaded,
                    value,
                    options,
                    tell,
                    question=question,
                    cancellation=stop.cancellation,
                )
            return report, stop.error
    return report, None


@contextmanager
def watching(
    *, quiet: bool, events: Path | None, verbose: bool = False
) -> Iterator[Callable[[Event], None]]:
    """Let those who should see a run look on; gives the function that tells them."""
    looking = onlookers(quiet=quiet, events=events, verbose=verbose, is_terminal=sys.stderr.isatty)
    with ExitStack() as stack:
        for one in looking:
            stack.enter_context(one)

        def tell(event: Event) -> None:
            for one in looking:
                one.see(event)

        yield tell
