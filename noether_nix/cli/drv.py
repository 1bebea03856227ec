"""`noether drv`: a call as a derivation, for Nix's own tools."""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

import click

from noether_nix.cli.given import read_input, read_limits
from noether_nix.cli.lazy import example
from noether_nix.cli.options import input_option, json_option, limit_option, set_option
from noether_nix.cli.printing import tell
from noether_nix.cli.running import load_graph, read_graph
from noether_nix.cli.safe import safely
from noether_nix.cli.settings import load_settings
from noether_nix.cli.show import note, show_json
from noether_nix.errors import InputUnreadableError
from noether_nix.ledger.ledger import LAST
from noether_nix.run.calls import NamedCall, call_of_graph, call_of_run, write_call
from noether_nix.run.house import House

INPUT_OF_A_RUN = "a run has its input: --input and --set go with a graph"
_RUN = re.compile(r"[0-9]{8}-[0-9]{1,6}(?:-[0-9a-f]{0,6})?")


@click.command(
    epilog=example(
        "noether drv graph.json /root/stages/1 --input @input.json",
        "noether drv last count_words --text",
    )
)
@click.argument("graph", metavar="GRAPH|RUN|last", type=click.Path(allow_dash=True))
@click.argument("node")
@input_option
@set_option
@limit_option
@click.option("--text", is_flag=True, help="Print the Nix expression instead, and write nothing.")
@json_option
def drv(
    graph: str,
    node: str,
    input_text: str | None,
    fields: Sequence[str],
    limits: Sequence[str],
    *,
    text: bool,
    as_json: bool,
) -> None:
    """Write the derivation of the call at NODE into the store and print its path.

    The path is the call's key. NODE is one of GRAPH on the given input, or of a RUN; the calls
    that it needs must have results. Nix's own tools can then look at it, until the next gc.
    """
    options = read_limits(limits)
    with House(load_settings(), say=note) as house:
        if names_run(graph):
            if input_text is not None or fields:
                raise InputUnreadableError(INPUT_OF_A_RUN)
            call = call_of_run(house, graph, node, options)
        else:
            value = read_input(input_text, fields).value()
            call = call_of_graph(house, load_graph(house, *read_graph(graph)), value, node, options)
        if not text:
            write_call(house, call)
        _show(house, call, text=text, as_json=as_json)


def names_run(graph: str) -> bool:
    """Whether the word names a run and not the file of a graph."""
    return graph == LAST or (_RUN.fullmatch(graph) is not None and not Path(graph).exists())


def _show(house: House, call: NamedCall, *, text: bool, as_json: bool) -> None:
    nix = house.nix
    if as_json:
        document = {
            "path": str(call.key.drv),
            "output": str(call.key.output),
            "node": call.pointer,
            "stage": {"name": call.program.stage.name, "id": call.program.stage.id},
            "store": str(nix.folder) if nix.private else None,
            "file": None if text else str(nix.physical(call.key.drv)),
            "text": call.nix_text if text else None,
        }
        show_json({"drv": document})
    elif text:
        tell(call.nix_text, end="")
    else:
        tell(str(call.key.drv))
        store = f" --store {shlex.quote(str(nix.folder))}" if nix.private else ""
        note(safely(f"look at it with: nix-store{store} --query --references {call.key.drv}"))
