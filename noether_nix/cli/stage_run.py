"""`noether stage run`: one stage on one input."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from noether_nix.cli.given import read_input, read_level, read_limits, read_policy_options
from noether_nix.cli.giving import Giving, check_target, command_words, give
from noether_nix.cli.lazy import example
from noether_nix.cli.options import (
    allow_effects_option,
    check_properties_option,
    input_option,
    json_option,
    level_option,
    limit_option,
    policy_option,
    set_option,
    unsandboxed_option,
    verbose_option,
)
from noether_nix.cli.running import log_reader, watching
from noether_nix.cli.settings import load_settings
from noether_nix.cli.show import note
from noether_nix.cli.stopping import stopping
from noether_nix.run.house import House
from noether_nix.run.options import RunOptions
from noether_nix.run.stages import load_stage_as_graph
from noether_nix.run.start import run_loaded

if TYPE_CHECKING:
    from noether_nix.cli.failures import Again


@click.command(
    epilog=example(
        'noether stage run ./count_words.py --input \'{"text": "two words"}\'',
        "noether stage run count_words --set text=@letter.txt",
    )
)
@click.argument("reference", metavar="FILE|NAME|ID", type=click.Path())
@input_option
@set_option
@click.option("--raw", is_flag=True, help="Print an output that is Text as it is, without quotes.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the output to a file.")
@json_option
@click.option("--events", type=click.Path(path_type=Path), help="Write every event to a file.")
@limit_option
@check_properties_option
@allow_effects_option
@policy_option
@level_option
@unsandboxed_option
@click.option("--dry-run", is_flag=True, help="Check and look up, run nothing, print JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but the output and errors.")
@verbose_option
def run(
    reference: str,
    input_text: str | None,
    fields: Sequence[str],
    output: Path | None,
    events: Path | None,
    limits: Sequence[str],
    level: str | None,
    allowed_effects: Sequence[str],
    policy_file: Path | None,
    *,
    allow_unsandboxed: bool,
    check_properties: bool,
    raw: bool,
    as_json: bool,
    dry_run: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Run one stage, as a graph whose only node, /root, it is.

    A FILE (its name has a / or ends in .py or .json) is registered by that, as the files of a
    graph are when it runs.
    """
    giving = Giving(raw=raw, output=output, as_json=as_json, quiet=quiet)
    check_target(output)
    given = read_input(input_text, fields)
    least = read_level(level, allow_unsandboxed=allow_unsandboxed)
    policies = read_policy_options(allowed_effects, policy_file)
    options = RunOptions(
        read_limits(limits), check_properties=check_properties, level=least, policies=policies
    )
    with House(load_settings(), say=note if not quiet else lambda _words: None) as house:
        loaded = load_stage_as_graph(house, reference)
        if dry_run:
            from noether_nix.cli.dry_run import show_dry_run

            show_dry_run(house, loaded, given.value(), options)
            return
        value = given.value()
        with (
            watching(quiet=quiet or as_json, events=events, verbose=verbose) as tell,
            stopping(quiet=quiet or as_json) as stop,
        ):
            report = run_loaded(house, loaded, value, options, tell, cancellation=stop.cancellation)
    again = _again(reference, input_text, fields, limits)
    give(report, giving, again, log_reader(house, report), stop.error)


def _again(
    reference: str, input_text: str | None, fields: Sequence[str], limits: Sequence[str]
) -> "Again | None":
    if input_text == "-":
        return None
    words = command_words(
        "noether", "stage", "run", reference, input_text=input_text, fields=fields
    )
    words += [word for limit in limits for word in ("--limit", limit)]
    return lambda _call: words
