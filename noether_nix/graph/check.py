"""A graph and its stages → :class:`CheckedGraph`, or every place where types do not fit.

What comes out of a node is known from the bottom up, since a stage declares it. So an edge can
be checked wherever it is, without running and without knowing the graph's input; only what the
input itself must be is put together from what its takers need.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from noether_nix.errors import GraphInvalidError, InputMismatchError, Problem, StageError
from noether_nix.frozen import dataclass, replace
from noether_nix.graph.edges import EdgeChecker
from noether_nix.graph.members import items_of
from noether_nix.graph.model import ConstNode, Graph, Node, RemoteStageNode, StageNode
from noether_nix.graph.needs import NeedFinder
from noether_nix.graph.port import Port, open_port
from noether_nix.graph.problems import Finding, locate, raise_problems, shown
from noether_nix.graph.produced import Known, Literal, Typed, type_of
from noether_nix.graph.references import PlaceholderReference
from noether_nix.graph.traversal import nodes, stage_nodes
from noether_nix.inside.contract import Json, decode
from noether_nix.stage.effect import (
    FALLIBLE,
    Effect,
    EffectKind,
    Effects,
    join_effects,
    make_effect,
)
from noether_nix.stage.model import Stage
from noether_nix.types.display import render_type_short
from noether_nix.types.model import ANY, Type

# What is known of a stage that another server runs.
_HOST = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?(\[[^]]*\](?::\d+)?|[^/?#]+)")


# How often something may be given to a node. Nothing but reductions within each other needs more
# than a few for each node; an input is checked item by item.
_SENDS = 20_000
_SENDS_A_NODE = 70
_SENDS_OF_INPUT = 5_000_000

_LONGEST_EXAMPLE = 300


@dataclass(frozen=True, slots=True)
class CheckedGraph:
    """A graph in which every reference is a stage and every edge fits.

    ``input`` is the type that describes what the graph takes; whether a given value will do is
    for :func:`check_input` to say, because where a value goes may depend on the value.
    ``unchecked`` tells of the edges that fit only because Any does.
    """

    graph: Graph
    stages: Mapping[str, Stage]
    ports: Mapping[str, Port]
    input: Type
    output: Type
    node_types: Mapping[str, tuple[Type, Type]]
    effects: Effects
    warnings: tuple[Problem, ...]
    unchecked: tuple[Problem, ...]


def check_graph(
    graph: Graph, stages: Mapping[str, Stage], text: bytes | None = None
) -> CheckedGraph:
    """Check every edge of ``graph``.

    Args:
        graph: what is checked.
        stages: the stage of each Stage node, by the node's pointer.
        text: the bytes of the graph file, from which problems get their line.

    Raises:
        GraphInvalidError: a node has no stage, a config or an edge does not fit, or no input can
            serve all that take it; with every problem.
    """
    known = {
        node.pointer: stages[node.pointer] for node in stage_nodes(graph) if node.pointer in stages
    }
    ports, findings = _open_ports(graph, known)
    edges = EdgeChecker(known, ports, _SENDS + _SENDS_A_NODE * _size_of(graph))
    needs = NeedFinder(edges)
    with _placing(graph, text):
        needed = needs.find(graph.root)
        findings += needs.conflicts
        edges.unchecked.clear()  # needs are found by trying
        output = type_of(edges.send(graph.root, Typed(needed, "the graph's input"), findings))
        for node in nodes(graph):
            findings += edges.between(node)
    problems = locate(findings, source=graph.source, data=text, files=graph.files)
    raise_problems(GraphInvalidError, f"{graph.source} does not fit together", problems)
    known_types: Known = {}
    return CheckedGraph(
        graph=graph,
        stages=known,
        ports=ports,
        input=needed,
        output=output,
        node_types={
            node.pointer: (needs.of(node), type_of(edges.output(node), known_types))
            for node in nodes(graph)
        },
        effects=join_effects(*(own_effects(node, known) for node in nodes(graph))),
        warnings=locate(_warnings(graph), source=graph.source, data=text, files=graph.files),
        unchecked=locate(edges.unchecked, source=graph.source, data=text, files=graph.files),
    )


@contextmanager
def _placing(graph: Graph, data: bytes | None) -> Iterator[None]:
    """Give problems that know their node alone a place in a file."""
    try:
        yield
    except GraphInvalidError as error:
        found = [Finding(one.code, one.message, one.place, one.hint) for one in error.problems]
        problems = locate(found, source=graph.source, data=data, files=graph.files)
        raise_problems(GraphInvalidError, f"{graph.source} does not fit together", problems)


def check_input(checked: CheckedGraph, value: Json) -> Json:
    """Check that a graph can take this value, branch by branch, and hand it back.

    Raises:
        InputMismatchError: it cannot; with every reason.
    """
    edges = EdgeChecker(checked.stages, checked.ports, _SENDS_OF_INPUT)
    with _placing(checked.graph, None):
        findings = edges.accept(checked.graph.root, Literal(value, "the input"))
    problems = locate(findings, source=checked.graph.source, data=None, files=checked.graph.files)
    if problems:
        hint = f"the graph takes {render_type_short(checked.input, 200)}"
        if value is None:  # most often, nobody gave any
            hint = f"{_giving(edges, checked)}; {hint}"
        # What would help between two nodes helps nobody who gives an input.
        problems = tuple(replace(one, hint=hint) for one in problems)
        raise InputMismatchError(problems[0].message, hint=hint, problems=problems)
    return value


def _giving(edges: EdgeChecker, checked: CheckedGraph) -> str:
    """How to give a graph an input, with one that it can take where one is found."""
    from shlex import quote

    from noether_nix.types.example import example_text

    text = example_text(checked.input)
    if text is None or len(text) > _LONGEST_EXAMPLE:
        return "give it an input: --input @FILE"
    example = Literal(decode(text.encode()), "the example")
    if any(edges.accept(checked.graph.root, example)):
        return "give it an input: --input @FILE"
    return f"give it an input, like --input {quote(text)} or --input @FILE"


def own_effects(node: Node, stages: Mapping[str, Stage]) -> Effects:
    """What a node does itself; operators do nothing but what is in them."""
    match node:
        case StageNode(pointer):
            return stages[pointer].effects
        case RemoteStageNode(_, url):
            return join_effects((_network(url), FALLIBLE))
        case _:
            return ()


def _network(url: str) -> Effect:
    """The network, with the host where a stage could declare it so."""
    host = _HOST.match(url)
    try:
        return make_effect(EffectKind.NETWORK, host and [host[1].lower()])
    except StageError:
        return make_effect(EffectKind.NETWORK)


def _size_of(graph: Graph) -> int:
    """How many nodes there are, and values in literals, which may be items."""
    size = 0
    for node in nodes(graph):
        size += 1
        pending = [node.value] if isinstance(node, ConstNode) else []
        while pending:
            inner = items_of(pending.pop())
            size += len(inner)
            pending += inner
    return size


def _open_ports(graph: Graph, stages: Mapping[str, Stage]) -> tuple[dict[str, Port], list[Finding]]:
    ports: dict[str, Port] = {}
    findings: list[Finding] = []
    for node in stage_nodes(graph):
        stage = stages.get(node.pointer)
        if stage is None:
            message = f"no stage is known for {shown(str(node.reference))}"
            findings.append(Finding("unknown-name", message, f"{node.pointer}/id"))
            ports[node.pointer] = Port(ANY)
            continue
        owner = f"{stage.name} at {node.pointer}"
        ports[node.pointer], wrong = open_port(stage.input, node.config, node.pointer, owner)
        findings += wrong
    return ports, findings


def _warnings(graph: Graph) -> Iterable[Finding]:
    for node in stage_nodes(graph):
        if isinstance(node.reference, PlaceholderReference):
            message = f"{shown(str(node.reference))} stands for a name and is taken as one"
            hint = f"write {shown(node.reference.name)}"
            yield Finding("placeholder-reference", message, f"{node.pointer}/id", hint)
