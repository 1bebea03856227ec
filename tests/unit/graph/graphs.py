"""Graphs for tests: small documents, stages by their name, and hypothesis strategies."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from hypothesis import strategies as st

from noether_nix.graph.check import CheckedGraph, check_graph
from noether_nix.graph.model import Graph, stage_nodes
from noether_nix.graph.parse import parse_graph
from noether_nix.stage.effect import PURE, Effect
from noether_nix.stage.model import Stage
from noether_nix.types.text import parse_type

Document: TypeAlias = dict[str, Any]

# Takes any object, and what is none as its field "v".
CONFIGURED = "{ a?: Any, b?: Any, v: Any } -> Any"


def stage(name: str, types: str = "Any -> Any", *effects: Effect) -> Stage:
    """A stage with the types ``input -> output``."""
    given, taken = types.split(" -> ")
    return Stage(name, parse_type(given), parse_type(taken), effects or (PURE,), name.encode())


def call(name: str, **config: Any) -> Document:
    return {"op": "Stage", "id": name, **({"config": config} if config else {})}


def const(value: Any) -> Document:
    return {"op": "Const", "value": value}


def sequential(*stages: Document) -> Document:
    return {"op": "Sequential", "stages": list(stages)}


def parallel(**branches: Document) -> Document:
    return {"op": "Parallel", "branches": branches}


def let(body: Document, **bindings: Document) -> Document:
    return {"op": "Let", "bindings": bindings, "body": body}


def written(root: Document, **more: Any) -> bytes:
    whole = {"description": "a test", "version": "0.1.0", **more, "root": root}
    return json.dumps(whole, indent=1).encode()


def parsed(root: Document) -> Graph:
    return parse_graph(written(root), source="graph.json")


def checked(root: Document, types: Mapping[str, str] | None = None) -> CheckedGraph:
    """Check a graph whose stages have the types that ``types`` gives their names, else Any."""
    graph = parsed(root)
    known = {"configured": CONFIGURED, **(types or {})}
    stages = {
        node.pointer: stage(str(node.reference), known.get(str(node.reference), "Any -> Any"))
        for node in stage_nodes(graph)
    }
    return check_graph(graph, stages, written(root))


NAMES = st.sampled_from(["a", "b", "c", "x/y", ""])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.sampled_from(["", "text"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=4,
)
STAGES = st.sampled_from(["one", "two", "three"])
CONFIGS = st.dictionaries(st.sampled_from(["a", "b"]), VALUES, min_size=1, max_size=2)


def _larger(inner: st.SearchStrategy[Document]) -> st.SearchStrategy[Document]:
    named = st.dictionaries(NAMES, inner, min_size=1, max_size=3)
    return st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda stages: sequential(*stages)),
        named.map(lambda branches: {"op": "Parallel", "branches": branches}),
        st.builds(
            lambda bindings, body: {"op": "Let", "bindings": bindings, "body": body}, named, inner
        ),
    )


ROOTS: st.SearchStrategy[Document] = st.recursive(
    st.one_of(
        STAGES.map(call),
        CONFIGS.map(lambda config: call("configured", **config)),
        VALUES.map(const),
    ),
    _larger,
    max_leaves=12,
)


def shuffled(draw: Callable[[st.SearchStrategy[Any]], Any], document: Any) -> Any:
    """The document with the keys of every object in another order."""
    if isinstance(document, list):
        return [shuffled(draw, item) for item in document]
    if isinstance(document, dict):
        keys = draw(st.permutations(list(document)))
        return {key: shuffled(draw, document[key]) for key in keys}
    return document
