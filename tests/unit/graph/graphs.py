"""Graphs for tests: small documents, stages by their name, and hypothesis strategies."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from hypothesis import strategies as st

from noether_nix.graph.check import CheckedGraph, check_graph
from noether_nix.graph.model import Graph
from noether_nix.graph.parse import parse_graph
from noether_nix.graph.traversal import stage_nodes
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


def branch(predicate: Document, if_true: Document, if_false: Document) -> Document:
    return {"op": "Branch", "predicate": predicate, "if_true": if_true, "if_false": if_false}


def fanout(source: Document, *targets: Document) -> Document:
    return {"op": "Fanout", "source": source, "targets": list(targets)}


def merge(target: Document, *sources: Document) -> Document:
    return {"op": "Merge", "sources": list(sources), "target": target}


def retry(stage: Document, max_attempts: int = 2, **more: Any) -> Document:
    return {"op": "Retry", "stage": stage, "max_attempts": max_attempts, **more}


def mapped(body: Document, **more: Any) -> Document:
    return {"op": "Map", "body": body, **more}


def filtered(predicate: Document, **more: Any) -> Document:
    return {"op": "Filter", "predicate": predicate, **more}


def reduced(body: Document, **more: Any) -> Document:
    return {"op": "Reduce", "body": body, **more}


def project(**fields: Any) -> Document:
    return {"op": "Project", "fields": fields}


def imported(path: str, **more: Any) -> Document:
    return {"op": "Import", "path": path, **more}


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


PATHS = st.lists(NAMES, max_size=2)
RULES = st.one_of(
    NAMES,
    st.builds(lambda path: {"from": path}, PATHS),
    st.builds(lambda path, value: {"from": path, "default": value}, PATHS, VALUES),
    st.builds(lambda value: {"const": value}, VALUES),
    st.builds(lambda fields: {"fields": fields}, st.dictionaries(NAMES, NAMES, max_size=2)),
)
MODES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    VALUES.map(lambda value: {"initial": value}),
    VALUES.map(lambda value: {"initial": value, "mode": "tree"}),
    st.just({"mode": "tree"}),
)


PROJECTS: st.SearchStrategy[Document] = st.one_of(
    st.dictionaries(NAMES, RULES).map(lambda fields: {"op": "Project", "fields": fields}),
    PATHS.map(lambda path: {"op": "Project", "from": path}),
    st.builds(lambda path, value: {"op": "Project", "from": path, "default": value}, PATHS, VALUES),
)
BOOLEANS = st.booleans().map(const)
LEAVES = st.one_of(
    STAGES.map(call),
    CONFIGS.map(lambda config: call("configured", **config)),
    VALUES.map(const),
)


def _roots_of(
    leaves: st.SearchStrategy[Document], predicates: st.SearchStrategy[Document]
) -> st.SearchStrategy[Document]:
    def larger(inner: st.SearchStrategy[Document]) -> st.SearchStrategy[Document]:
        few = st.lists(inner, min_size=1, max_size=3)
        over = st.sampled_from([{}, {"over": "a"}])
        return st.one_of(
            _larger(inner),
            st.builds(branch, predicates, inner, inner),
            st.builds(lambda source, targets: fanout(source, *targets), inner, few),
            st.builds(lambda target, sources: merge(target, *sources), inner, few),
            st.builds(retry, inner, st.integers(1, 3), delay_ms=st.sampled_from([0, 5])),
            st.builds(lambda body, more: mapped(body, **more), inner, over),
            st.builds(lambda body, more: filtered(body, **more), predicates, over),
            st.builds(lambda body, mode, more: reduced(body, **mode, **more), inner, MODES, over),
            PROJECTS,
        )

    return st.recursive(leaves, larger, max_leaves=10)


ANY_ROOTS = _roots_of(LEAVES, STAGES.map(call) | BOOLEANS)
"""With every operator but Import and RemoteStage; what it gives a node need not fit there."""

BARE_ROOTS = _roots_of(VALUES.map(const) | PROJECTS, BOOLEANS)
"""The same without a stage."""


def shuffled(draw: Callable[[st.SearchStrategy[Any]], Any], document: Any) -> Any:
    """The document with the keys of every object in another order."""
    if isinstance(document, list):
        return [shuffled(draw, item) for item in document]
    if isinstance(document, dict):
        keys = draw(st.permutations(list(document)))
        return {key: shuffled(draw, document[key]) for key in keys}
    return document
