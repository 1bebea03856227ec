"""Graphs and stages come from anybody: whether what they state may hold here."""

from collections.abc import Iterable, Mapping

from noether_nix.errors import LimitRefusedError, Problem
from noether_nix.graph.dataflow import Call
from noether_nix.graph.limits import place_of_limit
from noether_nix.graph.model import Graph
from noether_nix.graph.problems import Finding, locate
from noether_nix.plan.limits import Refusal, find_refusals
from noether_nix.run.loading import LoadedGraph

_CODE = "limit-refused"


def check_limits(
    loaded: LoadedGraph,
    calls: Iterable[Call],
    given: Mapping[str, int],
    ceilings: Mapping[str, int],
) -> None:
    """Refuse limits that count, were stated by graph or stage, and exceed a ceiling.

    Args:
        loaded: where the calls come from.
        calls: those to be run.
        given: the limits chosen for the run; what they say counts before graph and stage.
        ceilings: what graph and stage may not exceed.

    Raises:
        LimitRefusedError: naming every limit with the place that states it.
    """
    refused = [
        (call, refusal)
        for call in calls
        for refusal in find_refusals(call.stage.limits, given, call.limits, ceilings)
    ]
    if not refused:
        return
    graph = loaded.checked.graph
    by_node = [_finding(graph, call, one) for call, one in refused if one.by_node]
    problems = [
        *locate(by_node, source=graph.source, data=loaded.text),
        *dict.fromkeys(_problem(call, one) for call, one in refused if not one.by_node),
    ]
    first, more = problems[0], len(problems) - 1
    raise LimitRefusedError(
        f"{first}{f', and {more} more' if more else ''}", hint=first.hint, problems=problems
    )


def _finding(graph: Graph, call: Call, refusal: Refusal) -> Finding:
    place = place_of_limit(graph, call.pointer, refusal.name)
    return Finding(_CODE, refusal.reason, place, refusal.hint)


def _problem(call: Call, refusal: Refusal) -> Problem:
    place = call.stage.origin or f"the stage {call.stage.name}"
    return Problem(_CODE, refusal.reason, place, refusal.hint)
