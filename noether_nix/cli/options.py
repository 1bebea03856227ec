"""Options that several commands share, and how their values are read."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from noether_nix.inside.levels import LEVELS
from noether_nix.stage.limits import LIMITS

if TYPE_CHECKING:
    pass

_MOST_BYTES = 1 << 30

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object, also when it fails."
)
input_option = click.option(
    "--input",
    "input_text",
    metavar="JSON|@FILE|-",
    help="The input: JSON text, a file of it, or standard input. Without it: null.",
)
set_option = click.option(
    "--set",
    "fields",
    metavar="FIELD=VALUE",
    multiple=True,
    help="Set a field of the input: text as it is, or with FIELD=@FILE the text of a file.",
)
limit_option = click.option(
    "--limit",
    "limits",
    metavar="NAME=AMOUNT",
    multiple=True,
    help="A bound for every call, as wall=30s or memory=512MiB, or for the run: run=10min. "
    f"NAME is one of {', '.join(LIMITS)}.",
)
profile_option = click.option(
    "--profile", is_flag=True, help="Say where the time went, by phase and by call."
)
trace_option = click.option(
    "--trace",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write the same as a trace for a browser's trace viewer, in the Trace Event Format.",
)
verbose_option = click.option(
    "-v", "--verbose", is_flag=True, help="Say what each call used of its limits."
)
jobs_option = click.option(
    "--jobs", metavar="N", type=click.IntRange(1, 1024), help="How many calls run at once."
)


check_properties_option = click.option(
    "--check-properties",
    is_flag=True,
    help="Hold every result, known ones too, against the properties of its stage.",
)
allow_effects_option = click.option(
    "--allow-effects",
    "allowed_effects",
    metavar="KINDS",
    multiple=True,
    help="The effects that may run, and no others: pure,fallible,network. Empty: none.",
)
policy_option = click.option(
    "--policy",
    "policy_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A file that says which effects may run; it holds beside the flag and the settings.",
)
no_optimize_option = click.option(
    "--no-optimize",
    is_flag=True,
    help="Work nothing out before it runs; results, keys and ends are the same either way.",
)
level_option = click.option(
    "--level",
    type=click.Choice(LEVELS),
    help="The least isolation that will do, of what runs and of what is known; best first. [alone]",
)
unsandboxed_option = click.option(
    "--allow-unsandboxed",
    is_flag=True,
    help="As --level none: run even where there is no sandbox at all, and mark the results.",
)
