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
