"""Bytes of a graph file → :class:`Graph`, or everything that is wrong with them.

Strict from the first version on: a key that means nothing is an error, so that a slip of the
pen never changes what a graph does in silence. Keys that begin with ``_`` are comments.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

from noether_nix.errors import GraphSyntaxError, Problem
from noether_nix.formats.json_places import find_duplicate_keys
from noether_nix.formats.json_pointer import escape
from noether_nix.graph.bounds import MAX_GRAPH_BYTES
from noether_nix.graph.limits import read_limits
from noether_nix.graph.members import JsonObject, MemberReader
from noether_nix.graph.model import (
    MAX_LEVELS,
    OPERATORS,
    ConstNode,
    Graph,
    LetNode,
    Node,
    ParallelNode,
    Pinning,
    SequentialNode,
    StageNode,
)
from noether_nix.graph.problems import Finding, locate, raise_problems, shown
from noether_nix.graph.references import Unreadable, read_reference
from noether_nix.inside.contract import InvalidValueError, Json, decode
from noether_nix.stage.problems import did_you_mean

_NOT_YET = ("RemoteStage", "Branch", "Fanout", "Merge", "Retry")
_PINNINGS: Mapping[str, Pinning] = {"signature": "signature", "both": "both"}


def parse_graph(data: bytes, *, source: str) -> Graph:
    """Read a graph file; ``source`` is its name for messages.

    Raises:
        GraphSyntaxError: it is no JSON or not of the shape of a graph; with every problem.
    """
    if len(data) > MAX_GRAPH_BYTES:
        size = f"{MAX_GRAPH_BYTES >> 20} MiB"
        raise GraphSyntaxError(
            f"{source} is larger than a graph may be, {size}",
            hint="give large values as the graph's input",
        )
    reader = _Reader(source)
    graph = reader.graph(_decode(data, source))
    problems = locate(reader.found, source=source, data=data)
    raise_problems(GraphSyntaxError, f"{source} is no graph", problems)
    assert graph is not None, "a graph that could not be read left no problem"
    return graph


def _decode(data: bytes, source: str) -> Json:
    try:
        return decode(data)
    except InvalidValueError as error:
        place, reason = source, error.reason
        if isinstance(error.__cause__, json.JSONDecodeError):
            place = f"{source}:{error.__cause__.lineno}"
        # Looking for them means reading all of it again, slowly: only where they are the reason.
        pointers = find_duplicate_keys(data) if "stands twice" in error.reason else ()
        twice = [
            Finding("duplicate-key", "the key stands twice in one object", pointer)
            for pointer in pointers
        ]
        problems = locate(twice, source=source, data=data) or (
            Problem("graph-syntax", reason, f"{place} {error.pointer}".rstrip(), _hint(source)),
        )
        raise_problems(GraphSyntaxError, f"{source} is no graph", problems)
        raise


def _hint(source: str) -> str:
    return f"a stage is run with noether stage run {source}" if source.endswith(".py") else ""


class _Reader(MemberReader):
    """Reads nodes, noting problems; what could not be read is None and has left a problem."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self._source = source
        self._readers: Mapping[str, Callable[[JsonObject, str, int], Node | None]] = {
            "Stage": self._stage,
            "Const": self._const,
            "Sequential": self._sequential,
            "Parallel": self._parallel,
            "Let": self._let,
        }

    def graph(self, document: Json) -> Graph | None:
        if not isinstance(document, dict):
            self.wrong("a graph is an object", document, "")
            return None
        self.keys(document, "", "a graph", ("description", "root", "version"), ("limits", "ui"))
        description = self.text(document, "description", "")
        version = self.text(document, "version", "")
        limits = read_limits(self, document, "")
        root = self._node(document["root"], "/root", 1) if "root" in document else None
        if description is None or version is None or root is None:
            return None
        ui = document.get("ui")
        return Graph(description, version, root, source=self._source, ui=ui, limits=limits)

    def _node(self, document: Json, pointer: str, level: int) -> Node | None:
        if level > MAX_LEVELS:
            message = f"nodes are nested deeper than {MAX_LEVELS} levels"
            self.note("too-deep", message, pointer)
            return None
        if not isinstance(document, dict):
            self.wrong('a node is an object with "op"', document, pointer)
            return None
        operator = document.get("op")
        if "op" not in document:
            hint = f"known operators: {', '.join(OPERATORS.values())}"
            self.note("missing-key", 'the node has no "op"', pointer, hint=hint)
            return None
        if not isinstance(operator, str):
            self.wrong("an operator is a text", operator, f"{pointer}/op")
            return None
        reader = self._readers.get(operator)
        if reader is None:
            self._refuse_operator(operator, f"{pointer}/op")
            return None
        node, limits = reader(document, pointer, level), read_limits(self, document, pointer)
        return replace(node, limits=limits) if node is not None and limits else node

    def _refuse_operator(self, operator: str, pointer: str) -> None:
        if operator in _NOT_YET:
            message = f"the operator {operator} is not available in this version"
            hint = f"available: {', '.join(OPERATORS.values())}"
            self.note("unknown-operator", message, pointer, hint=hint)
            return
        hint = did_you_mean(operator, (*OPERATORS.values(), *_NOT_YET))
        message = f"no operator is called {shown(operator)}"
        self.note("unknown-operator", message, pointer, hint=hint)

    # -------------------------------------------------------------------- operators

    def _stage(self, document: JsonObject, pointer: str, _level: int) -> Node | None:
        self._node_keys(document, pointer, "Stage", ("id",), ("config", "pinning"))
        text = self.text(document, "id", pointer)
        config = self._config(document, pointer)
        pinning = self._pinning(document, pointer)
        label = self._label(document, pointer)
        if text is None:
            return None
        reference = read_reference(text)
        if isinstance(reference, Unreadable):
            message = f"{shown(text)} names no stage: {reference.reason}"
            place = f"{pointer}/id"
            self.note("invalid-reference", message, place, hint=reference.hint)
            return None
        return StageNode(pointer, reference, config, pinning, label, document.get("ui"))

    def _const(self, document: JsonObject, pointer: str, _level: int) -> Node | None:
        self._node_keys(document, pointer, "Const", ("value",), ())
        label = self._label(document, pointer)
        if "value" not in document:
            return None
        self.check_levels(document["value"], f"{pointer}/value")
        return ConstNode(pointer, document["value"], label, document.get("ui"))

    def _sequential(self, document: JsonObject, pointer: str, level: int) -> Node | None:
        self._node_keys(document, pointer, "Sequential", ("stages",), ())
        label = self._label(document, pointer)
        if "stages" not in document:
            return None
        items, place = document["stages"], f"{pointer}/stages"
        if not isinstance(items, list):
            self.wrong("the stages of a Sequential are a list of nodes", items, place)
            return None
        if not items:
            self.empty("a Sequential", "stages", place)
        read = [self._node(item, f"{place}/{i}", level + 1) for i, item in enumerate(items)]
        stages = tuple(node for node in read if node is not None)
        return SequentialNode(pointer, stages, label, document.get("ui"))

    def _parallel(self, document: JsonObject, pointer: str, level: int) -> Node | None:
        self._node_keys(document, pointer, "Parallel", ("branches",), ())
        label = self._label(document, pointer)
        branches = self._named_nodes(document, "branches", "a Parallel", pointer, level)
        return ParallelNode(pointer, branches, label, document.get("ui"))

    def _let(self, document: JsonObject, pointer: str, level: int) -> Node | None:
        self._node_keys(document, pointer, "Let", ("bindings", "body"), ())
        label = self._label(document, pointer)
        bindings = self._named_nodes(document, "bindings", "a Let", pointer, level)
        if "body" not in document:
            return None
        body = self._node(document["body"], f"{pointer}/body", level + 1)
        return body and LetNode(pointer, bindings, body, label, document.get("ui"))

    def _named_nodes(
        self, document: JsonObject, key: str, owner: str, pointer: str, level: int
    ) -> dict[str, Node]:
        place = f"{pointer}/{key}"
        named = document.get(key)
        if not isinstance(named, dict):
            if key in document:
                self.wrong(f"the {key} of {owner} are an object of nodes", named, place)
            return {}
        if not named:
            self.empty(owner, key, place)
        read = {
            name: self._node(item, f"{place}/{escape(name)}", level + 1)
            for name, item in named.items()
        }
        return {name: node for name, node in read.items() if node is not None}

    def _node_keys(
        self,
        document: JsonObject,
        pointer: str,
        operator: str,
        required: tuple[str, ...],
        optional: tuple[str, ...],
    ) -> None:
        self.keys(
            document, pointer, operator, ("op", *required), (*optional, "label", "limits", "ui")
        )

    def _label(self, document: JsonObject, pointer: str) -> str:
        return self.text(document, "label", pointer) or ""

    def _pinning(self, document: JsonObject, pointer: str) -> Pinning:
        text = self.text(document, "pinning", pointer)
        if text is not None and text not in _PINNINGS:
            message = f"no pinning is called {shown(text)}"
            hint = did_you_mean(text, _PINNINGS)
            self.note("unknown-pinning", message, f"{pointer}/pinning", hint=hint)
        return _PINNINGS.get(text or "signature", "signature")

    def _config(self, document: JsonObject, pointer: str) -> JsonObject | None:
        config, place = document.get("config"), f"{pointer}/config"
        if isinstance(config, dict):
            self.check_levels(config, place)
            return config or None
        if "config" in document:
            self.wrong("the config of a Stage is an object of input fields", config, place)
        return None
