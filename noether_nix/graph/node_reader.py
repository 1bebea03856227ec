"""The nodes of a graph file, operator by operator."""

import re
from collections.abc import Callable, Mapping

from noether_nix.formats.json_pointer import escape
from noether_nix.frozen import replace
from noether_nix.graph.limits import read_limits
from noether_nix.graph.members import JsonObject
from noether_nix.graph.model import (
    MAX_LEVELS,
    OPERATORS,
    BranchNode,
    ConstNode,
    FanoutNode,
    FilterNode,
    Graph,
    ImportNode,
    LetNode,
    MapNode,
    MergeNode,
    Node,
    ParallelNode,
    ProjectNode,
    ReduceNode,
    RemoteStageNode,
    RetryNode,
    SequentialNode,
    StageNode,
)
from noether_nix.graph.operators import ADDITIONS, KEYS, OTHER_KEYS, OTHER_NAMES, SHAPES
from noether_nix.graph.problems import shown
from noether_nix.graph.projection import read_project
from noether_nix.graph.value_reader import ValueReader
from noether_nix.inside.contract import Json
from noether_nix.stage.problems import did_you_mean

# Behind the name of a node this says which of its items is meant.
_ITEM = re.compile(r"#[0-9]+\Z")
_GRAPH_SHAPE = '{"description": "…", "version": "1.0.0", "root": node}'


class NodeReader(ValueReader):
    """Reads nodes, noting problems; what could not be read is None and has left a note."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self._source = source
        self._readers: Mapping[str, Callable[[JsonObject, str, int], Node | None]] = {
            "Stage": self._stage,
            "RemoteStage": self._remote,
            "Const": self._const,
            "Sequential": self._sequential,
            "Parallel": self._parallel,
            "Branch": self._branch,
            "Fanout": self._fanout,
            "Merge": self._merge,
            "Retry": self._retry,
            "Let": self._let,
            "Map": self._map,
            "Filter": self._filter,
            "Reduce": self._reduce,
            "Project": self._project,
            "Import": self._import,
        }

    def graph(self, document: Json, pointer: str, level: int) -> Graph | None:
        """The graph of a whole file, whose nodes' names begin with ``pointer``."""
        if not isinstance(document, dict):
            self.wrong("a graph is an object", document, pointer)
            return None
        if "op" in document and "root" not in document:
            hint = f"a node is no graph: put it where node stands in {_GRAPH_SHAPE}"
            self.note("missing-key", 'a graph needs the key "root"', pointer, hint=hint)
            return None
        required = ("description", "root", "version")
        self.keys(document, pointer, "a graph", required, ("limits", "ui"), _GRAPH_SHAPE)
        description = self.text(document, "description", pointer)
        version = self.text(document, "version", pointer)
        limits = read_limits(self, document, pointer)
        root = self._inner(document, "root", pointer, level)
        if description is None or version is None or root is None:
            return None
        ui = document.get("ui")
        return Graph(description, version, root, source=self._source, ui=ui, limits=limits)

    def node(self, document: Json, pointer: str, level: int) -> Node | None:
        """The node at ``pointer``, which is in ``level`` - 1 others."""
        if level > MAX_LEVELS:
            message = f"nodes are nested deeper than {MAX_LEVELS} levels"
            hint = "move the inner nodes into a graph of their own that has them side by side"
            self.note("too-deep", message, pointer, hint=hint)
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
            message = f"no operator is called {shown(operator)}"
            other = OTHER_NAMES.get(operator.lower())
            hint = f"did you mean {other}?" if other else did_you_mean(operator, self._readers)
            self.note("unknown-operator", message, f"{pointer}/op", hint=hint)
            return None
        required, optional = KEYS[operator]
        required, optional = ("op", *required), (*optional, *ADDITIONS)
        others = OTHER_KEYS.get(operator, {})
        self.keys(document, pointer, operator, required, optional, SHAPES[operator], others)
        label = self.text(document, "label", pointer) or ""
        limits = read_limits(self, document, pointer)
        node, ui = reader(document, pointer, level), document.get("ui")
        if node is None or not (label or limits or ui is not None):
            return node
        return replace(node, label=label, limits=limits, ui=ui)

    # -------------------------------------------------------------------- leaves

    def _stage(self, document: JsonObject, pointer: str, _level: int) -> Node | None:
        reference = self.reference(document, pointer)
        config, pinning = self.config(document, pointer), self.pinning(document, pointer)
        return None if reference is None else StageNode(pointer, reference, config, pinning)

    def _remote(self, document: JsonObject, pointer: str, _level: int) -> Node | None:
        url = self.url(document, pointer)
        given = self.type(document, "input", pointer)
        made = self.type(document, "output", pointer)
        if url is None or given is None or made is None:
            return None
        return RemoteStageNode(pointer, url, given, made)

    def _const(self, document: JsonObject, pointer: str, _level: int) -> Node | None:
        if "file" in document:
            file, sha256 = self.path(document, "file", pointer), self.sha256(document, pointer)
            if "value" in document and not sha256:
                self.two_ways("a Const", "value", "file", pointer)
            value, waits = document.get("value"), "value" not in document
            self.check_levels(value, f"{pointer}/value")
            return None if file is None else ConstNode(pointer, value, file, sha256, waits)
        if "value" not in document:
            message = 'Const needs the key "value"'
            hint = 'or "file", the path of a file with the value'
            self.note("missing-key", message, pointer, hint=hint)
            return None
        self.check_levels(document["value"], f"{pointer}/value")
        return ConstNode(pointer, document["value"])

    def _project(self, document: JsonObject, pointer: str, _level: int) -> Node | None:
        if not {"fields", "from"} & document.keys():
            message = 'Project needs the key "fields", or "from" for one part as it is'
            self.note("missing-key", message, pointer, hint=f"write {SHAPES['Project']}")
            return None
        rule = read_project(self, document, pointer)
        return None if rule is None else ProjectNode(pointer, rule)

    def _import(self, document: JsonObject, pointer: str, level: int) -> Node | None:
        path, sha256 = self.path(document, "path", pointer), self.sha256(document, pointer)
        graph = None
        if "import" in document:
            graph = self.graph(document["import"], f"{pointer}/import", level + 1)
        return None if path is None else ImportNode(pointer, path, graph, sha256)

    # -------------------------------------------------------------------- several nodes

    def _sequential(self, document: JsonObject, pointer: str, level: int) -> Node | None:
        stages = self._listed(document, "stages", "a Sequential", pointer, level)
        return SequentialNode(pointer, stages)

    def _parallel(self, document: JsonObject, pointer: str, level: int) -> Node | None:
        branches = self._named(document, "branches", "a Parallel", pointer, level)
        return ParallelNode(pointer, branches)

    def _let(self, document: JsonObject, pointer: str, level: int) -> Node | None:
        bindings = self._named(document, "bindings", "a Let", pointer, level)
        body = self._inner(document, "body", pointer, level + 1)
        return body and LetNode(pointer, bindings, body)

    def _branch(self, document: JsonObject, pointer: str, level: int) -> Node | None:
        predicate = self._inner(document, "predicate", pointer, level + 1)
        if_true = self._inner(document, "if_true", pointer, level + 1)
        if_false = self._inner(document, "if_false", pointer, level + 1)
        if predicate is None or if_true is None or if_false is None:
            return None
        return BranchNode(pointer, predicate, if_true, if_false)

    def _fanout(self, document: JsonObject, pointer: str, level: int) -> Node | None:
        source = self._inner(document, "source", pointer, level + 1)
        targets = self._listed(document, "targets", "a Fanout", pointer, level)
        return source and FanoutNode(pointer, source, targets)

    def _merge(self, document: JsonObject, pointer: str, level: int) -> Node | None:
        sources = self._listed(document, "sources", "a Merge", pointer, level)
        target = self._inner(document, "target", pointer, level + 1)
        return target and MergeNode(pointer, sources, target)

    def _retry(self, document: JsonObject, pointer: str, level: int) -> Node | None:
        attempts = self.whole_number(document, "max_attempts", pointer, least=1)
        delay = self.whole_number(document, "delay_ms", pointer, least=0, otherwise=0)
        backoff = self.factor(document, "backoff", pointer)
        stage = self._inner(document, "stage", pointer, level + 1)
        if stage is None or attempts is None:
            return None
        return RetryNode(pointer, stage, attempts, delay or 0, backoff)

    # -------------------------------------------------------------------- over items

    def _map(self, document: JsonObject, pointer: str, level: int) -> Node | None:
        over = self.text(document, "over", pointer)
        body = self._inner(document, "body", pointer, level + 1)
        return body and MapNode(pointer, body, over)

    def _filter(self, document: JsonObject, pointer: str, level: int) -> Node | None:
        over = self.text(document, "over", pointer)
        predicate = self._inner(document, "predicate", pointer, level + 1)
        return predicate and FilterNode(pointer, predicate, over)

    def _reduce(self, document: JsonObject, pointer: str, level: int) -> Node | None:
        over, mode = self.text(document, "over", pointer), self.mode(document, pointer)
        initial, has_initial = document.get("initial"), "initial" in document
        self.check_levels(initial, f"{pointer}/initial")
        if mode == "left" and not has_initial:
            message = 'a Reduce from the left needs the key "initial"'
            hint = 'the accumulator to begin with, like 0 or []; "mode": "tree" needs none'
            self.note("missing-key", message, pointer, hint=hint)
        body = self._inner(document, "body", pointer, level + 1)
        return body and ReduceNode(pointer, body, initial, mode, over, has_initial)

    # -------------------------------------------------------------------- nodes within

    def _inner(self, document: JsonObject, key: str, pointer: str, level: int) -> Node | None:
        if key not in document:
            return None  # noted with the other keys
        return self.node(document[key], f"{pointer}/{key}", level)

    def _listed(
        self, document: JsonObject, key: str, owner: str, pointer: str, level: int
    ) -> tuple[Node, ...]:
        place, listed = f"{pointer}/{key}", document.get(key)
        if not isinstance(listed, list):
            if key in document:
                self.wrong(f"the {key} of {owner} are a list of nodes", listed, place)
            return ()
        if not listed:
            self.empty(owner, key, place)
        read = [self.node(item, f"{place}/{at}", level + 1) for at, item in enumerate(listed)]
        return tuple(node for node in read if node is not None)

    def _named(
        self, document: JsonObject, key: str, owner: str, pointer: str, level: int
    ) -> dict[str, Node]:
        place, named = f"{pointer}/{key}", document.get(key)
        if not isinstance(named, dict):
            if key in document:
                self.wrong(f"the {key} of {owner} are an object of nodes", named, place)
            return {}
        if not named:
            self.empty(owner, key, place)
        for name in filter(_ITEM.search, named):
            message = f"the name {shown(name)} ends as that of an item does"
            hint = "name it without # and a number; a Project behind it may put it into any field"
            self.note("name-of-item", message, f"{place}/{escape(name)}", hint=hint)
        read = {
            name: self.node(item, f"{place}/{escape(name)}", level + 1)
            for name, item in named.items()
        }
        return {name: node for name, node in read.items() if node is not None}
