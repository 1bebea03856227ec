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
    "Project": (("fields",), ()),
    "Import": (("path",), ("sha256", "import")),
}
"""By operator, those that it needs and those that it may have."""

ADDITIONS = ("label", "limits", "ui")
"""What any node may have."""
