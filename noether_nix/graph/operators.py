"""The keys of every operator in a graph file."""

from collections.abc import Mapping

KEYS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Stage": (("id",), ("config", "pinning")),
    "RemoteStage": (("url", "input", "output"), ()),
    "Const": ((), ("value", "file", "sha256")),
    "Sequential": (("stages",), ()),
    "Parallel": (("branches",), ()),
    "Branch": (("predicate", "if_true", "if_false"), ()),
    "Fanout": (("source", "targets"), ()),
    "Merge": (("sources", "target"), ()),
    "Retry": (("stage", "max_attempts"), ("delay_ms", "backoff")),
    "Let": (("bindings", "body"), ()),
    "Map": (("body",), ("over",)),
    "Filter": (("predicate",), ("over",)),
    "Reduce": (("body",), ("initial", "mode", "over")),
    "Project": ((), ("fields", "from", "default")),
    "Import": (("path",), ("sha256", "import")),
}
"""By operator, those that it needs and those that it may have."""

ADDITIONS = ("label", "limits", "ui")
"""What any node may have."""

SHAPES: Mapping[str, str] = {
    "Stage": '{"op": "Stage", "id": "./stage.py"}',
    "RemoteStage": '{"op": "RemoteStage", "url": "https://…", "input": "Text", "output": "Text"}',
    "Const": '{"op": "Const", "value": …}',
    "Sequential": '{"op": "Sequential", "stages": [node, …]}',
    "Parallel": '{"op": "Parallel", "branches": {"name": node, …}}',
    "Branch": '{"op": "Branch", "predicate": node, "if_true": node, "if_false": node}',
    "Fanout": '{"op": "Fanout", "source": node, "targets": [node, …]}',
    "Merge": '{"op": "Merge", "sources": [node, …], "target": node}',
    "Retry": '{"op": "Retry", "stage": node, "max_attempts": 3}',
    "Let": '{"op": "Let", "bindings": {"name": node, …}, "body": node}',
    "Map": '{"op": "Map", "body": node}',
    "Filter": '{"op": "Filter", "predicate": node}',
    "Reduce": '{"op": "Reduce", "body": node, "initial": …}',
    "Project": '{"op": "Project", "fields": {"name": "field", …}}',
    "Import": '{"op": "Import", "path": "./graph.json"}',
}
"""How each operator is written, with what it cannot do without."""

OTHER_NAMES: Mapping[str, str] = {
    "call": "Stage",
    "chain": "Sequential",
    "choice": "Branch",
    "collect": "Parallel",
    "constant": "Const",
    "each": "Map",
    "fold": "Reduce",
    "for": "Map",
    "foreach": "Map",
    "function": "Stage",
    "graph": "Import",
    "if": "Branch",
    "include": "Import",
    "literal": "Const",
    "loop": "Map",
    "pick": "Project",
    "pipe": "Sequential",
    "pipeline": "Sequential",
    "rename": "Project",
    "select": "Project",
    "seq": "Sequential",
    "sequence": "Sequential",
    "subgraph": "Import",
    "switch": "Branch",
    "task": "Stage",
    "try": "Retry",
    "value": "Const",
    "where": "Filter",
}
"""What operators are called elsewhere, in small letters."""

OPERATOR_STAGES: Mapping[str, str] = {
    "branch": SHAPES["Branch"],
    "filter": SHAPES["Filter"],
    "map": SHAPES["Map"],
    "parallel": SHAPES["Parallel"],
    "reduce": SHAPES["Reduce"],
    "retry": SHAPES["Retry"],
}
"""The ancestor's stages that call other stages, and what stands in for them."""

OTHER_KEYS: Mapping[str, Mapping[str, str]] = {
    "Stage": {"name": "id", "path": "id", "stage": "id", "params": "config", "args": "config"},
    "Const": {"const": "value", "path": "file"},
    "Sequential": {"nodes": "stages", "steps": "stages"},
    "Parallel": {"nodes": "branches", "stages": "branches"},
    "Branch": {
        "condition": "predicate", "if": "predicate", "then": "if_true", "else": "if_false",
        "true": "if_true", "false": "if_false",
    },
    "Fanout": {"branches": "targets", "stages": "targets", "input": "source"},
    "Merge": {"stages": "sources", "into": "target"},
    "Retry": {
        "attempts": "max_attempts", "backoff_ms": "delay_ms", "body": "stage", "delay": "delay_ms",
        "node": "stage", "times": "max_attempts", "wait_ms": "delay_ms",
    },
    "Let": {"in": "body", "let": "bindings", "stage": "body"},
    "Map": {"each": "body", "field": "over", "items": "over", "node": "body", "stage": "body"},
    "Filter": {
        "body": "predicate", "condition": "predicate", "field": "over", "items": "over",
        "stage": "predicate", "where": "predicate",
    },
    "Reduce": {"init": "initial", "items": "over", "stage": "body", "start": "initial"},
    "Project": {"pick": "fields", "record": "fields", "rules": "fields", "select": "from"},
    "Import": {"file": "path", "graph": "path"},
}  # fmt: skip
"""By operator, what its keys are called elsewhere."""
