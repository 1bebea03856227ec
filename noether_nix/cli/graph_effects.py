"""`noether graph effects`: what a graph does beside computing, node by node."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from noether_nix.cli.given import read_policy_options
from noether_nix.cli.lazy import example
from noether_nix.cli.options import allow_effects_option, json_option, policy_option
from noether_nix.cli.printing import tell
from noether_nix.cli.running import load_graph, read_graph
from noether_nix.cli.safe import safely, safely_on_one_line
from noether_nix.cli.settings import load_settings
from noether_nix.cli.show import note, show_json, warn
from noether_nix.effects.graph import (
    NodeEffects,
    cents_of,
    effects_of_nodes,
    find_pollution,
    name_of_node,
    uses_of_graph,
)
from noether_nix.effects.policy import check_policies
from noether_nix.graph.check import CheckedGraph
from noether_nix.graph.identity import graph_id
from noether_nix.graph.model import OPERATORS
from noether_nix.run.house import House


@click.command(
    epilog=example(
        "noether graph effects graph.json",
        "noether graph effects graph.json --allow-effects pure,fallible,network",
    )
)
@click.argument("graph_file", metavar="GRAPH|-", type=click.Path(allow_dash=True))
@allow_effects_option
@policy_option
@json_option
def effects(
    graph_file: str, allowed_effects: Sequence[str], policy_file: Path | None, *, as_json: bool
) -> None:
    """Show what GRAPH may do beside computing: every node with its effects and those in it.

    Both arms of a Branch count, what is done to every item, and imported graphs. With a policy
    (of a flag, a file or the settings) it ends with 9 when that refuses something.
    """
    policies = read_policy_options(allowed_effects, policy_file)
    with House(load_settings(), say=note) as house:
        loaded = load_graph(house, *read_graph(graph_file))
        policies = (*house.policies, *policies)
    checked = loaded.checked
    check_policies(policies, uses_of_graph(checked))
    rows = effects_of_nodes(checked)
    cents = cents_of(use.effects for use in uses_of_graph(checked))
    warnings = [str(one) for one in (*checked.warnings, *find_pollution(checked))]
    if as_json:
        noun = {
            "graph": loaded.name,
            "id": graph_id(checked),
            "effects": [str(effect) for effect in rows[0].effects],
            "cents": cents,
            "nodes": [_row_document(checked, row) for row in rows],
        }
        show_json(noun, warnings=warnings)
        return
    for words in warnings:
        warn(words)
    for line in _lines(loaded.name, checked, rows, cents):
        tell(safely(line))


def _row_document(checked: CheckedGraph, row: NodeEffects) -> dict[str, Any]:
    stage = checked.stages.get(row.node.pointer)
    return {
        "node": row.node.pointer,
        "op": OPERATORS[type(row.node)],
        "stage": None if stage is None else stage.name,
        "effects": [str(effect) for effect in row.effects],
    }


def _lines(name: str, checked: CheckedGraph, rows: Sequence[NodeEffects], cents: int) -> list[str]:
    cost = f"; {cents} cents for all nodes together" if cents else ""
    table = [(_place(row), _title(checked, row), _words(row)) for row in rows]
    widths = [max(len(row[column]) for row in table) for column in (0, 1)]
    lines = [f"{name}: {_words(rows[0])}{cost}"]
    lines += [f"{at:<{widths[0]}}  {what:<{widths[1]}}  {words}" for at, what, words in table]
    return lines


def _place(row: NodeEffects) -> str:
    return safely_on_one_line(row.node.pointer, 4000)


def _title(checked: CheckedGraph, row: NodeEffects) -> str:
    named = name_of_node(checked, row.node)
    return OPERATORS[type(row.node)] if named == row.node.pointer else named


def _words(row: NodeEffects) -> str:
    return ", ".join(map(str, row.effects))
