"""`noether warmup`: what a first run would wait for."""

import time

import click

from noether_nix.cli.lazy import example
from noether_nix.cli.options import json_option
from noether_nix.cli.printing import tell
from noether_nix.cli.running import load_graph, read_graph
from noether_nix.cli.safe import safely
from noether_nix.cli.settings import load_settings
from noether_nix.cli.show import note, show_json
from noether_nix.run.house import House
from noether_nix.run.warmup import Step, warm_up


@click.command(epilog=example("noether warmup", "noether warmup graph.json --json"))
@click.argument("graph", metavar="[GRAPH|-]", required=False, type=click.Path(allow_dash=True))
@json_option
def warmup(graph: str | None, *, as_json: bool) -> None:
    """Get ready what a first run would wait for, and say what and how long.

    That is the toolchain, the code that runs in the sandbox, the sandbox itself, and what the
    stages of GRAPH need beside them. No stage runs. Useful when an image of a machine is made.
    """
    began, done = time.monotonic(), []
    with House(load_settings(), say=note) as house:
        # First: a graph that does not fit together need not wait for a toolchain.
        loaded = None if graph is None else load_graph(house, *read_graph(graph))
        for step in warm_up(house, loaded):
            done.append(step)
            if not as_json:
                tell(safely(_line(step)))
    seconds = time.monotonic() - began
    if as_json:
        steps = [
            {
                "name": step.name,
                "message": step.message,
                "seconds": round(step.seconds, 6),
                "there": step.there,
            }
            for step in done
        ]
        show_json({"warmup": {"steps": steps, "seconds": round(seconds, 6)}})
    else:
        tell(f"ready in {seconds:.2f} s")


def _line(step: Step) -> str:
    took = "there already" if step.there else "made now"
    return f"{step.name:<10} {step.message}, {took}, {step.seconds:.2f} s"
