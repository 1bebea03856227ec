"""`noether run`: check a graph, run what is not known, give the output."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from noether_nix.cli.lazy import example
from noether_nix.cli.options import (
    allow_effects_option,
    check_properties_option,
    input_option,
    jobs_option,
    json_option,
    level_option,
    limit_option,
    no_optimize_option,
    policy_option,
    profile_option,
    set_option,
    trace_option,
    unsandboxed_option,
    verbose_option,
)
from noether_nix.cli.running import RunWords, run_as_asked


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
@profile_option
@trace_option
@click.pass_obj
def run(words: Sequence[str], /, **meant: Any) -> None:
    """Run GRAPH, a JSON file or - for standard input; what is known does not run again.

    The output goes to standard output as JSON, everything else to standard error.
    """
    run_as_asked(RunWords(**meant), words)
