"""`noether graph`: check a graph and draw it, without running anything and without Nix."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from noether_nix.cli.given import read_policy_options
from noether_nix.cli.lazy import LazyGroup, example
from noether_nix.cli.options import (
    allow_effects_option,
    json_option,
    no_optimize_option,
    policy_option,
)
from noether_nix.cli.printing import tell
from noether_nix.cli.running import load_graph, read_graph
from noether_nix.cli.safe import safely, safely_on_one_line
from noether_nix.cli.settings import load_settings
from noether_nix.cli.show import note, show_json, warn
from noether_nix.effects.graph import find_pollution, uses_of_graph
from noether_nix.effects.policy import check_policies
from noether_nix.graph.check import CheckedGraph
from noether_nix.graph.dataflow import build_dataflow
from noether_nix.graph.identity import composition_id, graph_id
from noether_nix.graph.model import OPERATORS
from noether_nix.graph.show import render_dot, render_mermaid, render_tree
from noether_nix.graph.simplified import Simplified, find_simplified
from noether_nix.graph.traversal import nodes
from noether_nix.run.house import House
from noether_nix.run.limit_check import check_limits
from noether_nix.run.loading import LoadedGraph
from noether_nix.run.settings import Settings
from noether_nix.types.display import render_type, render_type_short

_HERE = "noether_nix.cli.graph"


@click.group(
    cls=LazyGroup,
    lazy={
        "check": (f"{_HERE}:check", "Check that a graph fits together."),
        "show": (f"{_HERE}:show", "Draw a graph."),
        "effects": ("noether_nix.cli.graph_effects:effects", "What a graph does, node by node."),
    },
    epilog=example("noether graph check graph.json", "noether graph show graph.json"),
)
def graph() -> None:
    """Check graphs, and draw them; nothing runs, and Nix need not be there."""


@click.command(epilog=example("noether graph check examples/hello/graph.json"))
@click.argument("graph_file", metavar="GRAPH|-", type=click.Path(allow_dash=True))
@allow_effects_option
@policy_option
@no_optimize_option
@json_option
def check(
    graph_file: str,
    allowed_effects: Sequence[str],
    policy_file: Path | None,
    *,
    no_optimize: bool,
    as_json: bool,
) -> None:
    """Check that every stage of GRAPH is known and that all types fit.

    Says everything that is wrong at once, with file, line and node, and ends with 3 then; with 9
    when limits are stated that exceed a ceiling of the settings, or a policy that is given does not
    allow an effect. Warns where Any leaves open whether types fit. Says what of it is known before
    anything runs: arms of a Branch that are never taken, nodes that always give the same.
    """
    policies = read_policy_options(allowed_effects, policy_file)
    settings = load_settings()
    with House(settings, say=note) as house:
        loaded = load_graph(house, *read_graph(graph_file))
        policies = (*house.policies, *policies)
    check_policies(policies, uses_of_graph(loaded.checked))
    checked = loaded.checked
    warnings = (*checked.warnings, *checked.unchecked, *find_pollution(checked))
    calls = build_dataflow(loaded.checked).calls
    check_limits(loaded, calls, settings.limits or {}, settings.ceilings or {})
    simplified = Simplified() if no_optimize else find_simplified(checked)
    if as_json:
        show_json(_document(loaded, simplified), warnings=map(str, warnings))
        return
    for problem in warnings:
        warn(str(problem))
    number = len(checked.stages)
    stages = "1 stage" if number == 1 else f"{number} stages"
    types = f"{render_type_short(checked.input, 80)} -> {render_type_short(checked.output, 80)}"
    tell(safely(f"{loaded.name}: sound, {stages}, {types}"))
    if simplified.in_words():
        tell(safely(simplified.in_words()))


@click.command(
    epilog=example(
        "noether graph show graph.json",
        "noether graph show graph.json --format dot > graph.dot",
    )
)
@click.argument("graph_file", metavar="GRAPH|-", type=click.Path(allow_dash=True))
@click.option(
    "--format",
    "form",
    type=click.Choice(("tree", "nodes", "mermaid", "dot")),
    default="tree",
    show_default=True,
    help="A tree for people, one node a line with its name, Mermaid, or DOT.",
)
@json_option
def show(graph_file: str, form: str, *, as_json: bool) -> None:
    """Draw GRAPH with its stages and their types.

    The names that --format nodes prints are what --only, logs and drv take.
    """
    loaded = _load(graph_file, load_settings())
    if as_json:
        document = _document(loaded, find_simplified(loaded.checked))
        show_json(document, warnings=map(str, loaded.checked.warnings))
        return
    tell(safely(_FORMS[form](loaded.checked)), end="")


def _load(graph_file: str, settings: Settings) -> LoadedGraph:
    with House(settings, say=note) as house:
        return load_graph(house, *read_graph(graph_file))


def _render_nodes(checked: CheckedGraph) -> str:
    rows = [(safely_on_one_line(row["node"], 4000), _what(row)) for row in _nodes(checked)]
    width = max(len(name) for name, _ in rows)
    return "".join(f"{name:<{width}}  {what}\n" for name, what in rows)


def _what(row: Mapping[str, Any]) -> str:
    stage = row["stage"]
    return row["op"] if stage is None else f"{stage['name']}  {row['input']} -> {row['output']}"


def _nodes(checked: CheckedGraph) -> list[dict[str, Any]]:
    rows = []
    for node in nodes(checked.graph):
        stage = checked.stages.get(node.pointer)
        rows.append(
            {
                "node": node.pointer,
                "op": OPERATORS[type(node)],
                "label": node.label,
                "stage": stage and {"name": stage.name, "id": stage.id, "origin": stage.origin},
                "input": stage and render_type(stage.input),
                "output": stage and render_type(stage.output),
                "limits": dict(node.limits),
            }
        )
    return rows


def _document(loaded: LoadedGraph, simplified: Simplified) -> dict[str, Any]:
    checked = loaded.checked
    return {
        "graph": loaded.name,
        "id": graph_id(checked),
        "composition": composition_id(checked.graph),
        "type_check": {"input": render_type(checked.input), "output": render_type(checked.output)},
        "effects": [str(effect) for effect in checked.effects],
        "optimized": simplified.to_document(),
        "nodes": _nodes(checked),
    }


_FORMS: Mapping[str, Callable[[CheckedGraph], str]] = {
    "tree": render_tree,
    "nodes": _render_nodes,
    "mermaid": render_mermaid,
    "dot": render_dot,
}
