"""Whether what comes into a node will do, for every way in which it may come.

Where a value goes in Parallel and Let is for ``routing`` to say; here each stage at the end of
such a way is asked whether the value fits.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise

from noether_nix.graph.model import (
    OPERATORS,
    ConstNode,
    LetNode,
    Node,
    ParallelNode,
    SequentialNode,
    StageNode,
)
from noether_nix.graph.port import Port
from noether_nix.graph.problems import Finding, shown
from noether_nix.graph.produced import (
    Difference,
    Gathered,
    Literal,
    Produced,
    Typed,
    difference,
    is_null,
    is_object,
    render_difference,
    render_produced,
    variants,
)
from noether_nix.graph.routing import overlay, take
from noether_nix.stage.model import Stage
from noether_nix.types.display import render_type_short
from noether_nix.types.model import ANY, Type

_CONVERT = "change one of the two types, or put a stage between the two that converts"
_SUPPLY = "let the node before give the field, bind it with Let, or write it in the node's config"

_MAX_PLACE = 240


class EdgeChecker:
    """What the nodes of one graph give, and whether they can take what is given to them."""

    def __init__(self, stages: Mapping[str, Stage], ports: Mapping[str, Port]) -> None:
        self._stages = stages
        self._ports = ports
        self._outputs: dict[str, Produced] = {}

    def output(self, node: Node) -> Produced:
        """What ``node`` gives; it depends on its stages only, never on what it takes."""
        known = self._outputs.get(node.pointer)
        if known is None:
            known = self._outputs[node.pointer] = self._output(node)
        return known

    def accept(self, node: Node, produced: Produced) -> list[Finding]:
        """Everything wrong with giving ``produced`` to ``node``."""
        match node:
            case ConstNode():
                return []
            case StageNode():
                return self._accept_stage(node, produced)
            case SequentialNode():
                return self.accept(node.stages[0], produced)
            case ParallelNode():
                found = []
                for name, branch in node.branches.items():
                    for part in take(name, produced):
                        found += self.accept(branch, part)
                return found
            case LetNode():
                return self._accept_let(node, produced)

    def between(self, node: Node) -> list[Finding]:
        """Everything wrong between the direct parts of ``node``, whatever comes in."""
        if not isinstance(node, SequentialNode):
            return []
        found = []
        for giver, taker in pairwise(node.stages):
            found += self.accept(taker, self.output(giver))
        return found

    def title(self, node: Node) -> str:
        """What a node is called in a message."""
        if isinstance(node, StageNode):
            stage = self._stages.get(node.pointer)
            name = _bare(str(node.reference)) if stage is None else stage.name
            return f"{name} at {_bare(node.pointer)}"
        return f"the {OPERATORS[type(node)]} at {_bare(node.pointer)}"

    def _output(self, node: Node) -> Produced:
        match node:
            case StageNode():
                stage = self._stages.get(node.pointer)
                return Typed(ANY if stage is None else stage.output, self.title(node))
            case ConstNode():
                return Literal(node.value, self.title(node))
            case SequentialNode():
                return self.output(node.stages[-1])
            case ParallelNode():
                return Gathered(self._outputs_of(node.branches), self.title(node))
            case LetNode():
                return self.output(node.body)

    def _outputs_of(self, named: Mapping[str, Node]) -> dict[str, Produced]:
        return {name: self.output(node) for name, node in named.items()}

    def _accept_let(self, node: LetNode, produced: Produced) -> list[Finding]:
        found = []
        for binding in node.bindings.values():
            found += self.accept(binding, produced)
        giver = f"{self.title(node)}, over {produced.giver},"
        for part in overlay(produced, self._outputs_of(node.bindings), giver):
            found += self.accept(node.body, part)
        return found

    def _accept_stage(self, node: StageNode, produced: Produced) -> list[Finding]:
        port = self._ports[node.pointer]
        if not port.is_configured:
            return list(self._fit(node, produced, port.input))
        found: list[Finding] = []
        for part in variants(produced):
            if is_object(part):
                found += self._fit(node, part, port.input)
            elif port.single is not None:
                found += self._fit(node, part, port.single.type, port.single.name)
            elif not (is_null(part) and port.may_be_nothing):
                found.append(self._unplaced(node, part))
        return found

    def _fit(
        self, node: StageNode, produced: Produced, expected: Type, name: str | None = None
    ) -> Iterable[Finding]:
        found = difference(produced, expected)
        if found is None:
            return
        takes = render_type_short(expected)
        if name is not None:
            takes += f" as its field {shown(name)}"
        message = (
            f"{produced.giver} gives {render_produced(produced)}, "
            f"but {self.title(node)} takes {takes}{_detail(found, produced)}"
        )
        hint = _SUPPLY if found.is_missing else _CONVERT
        yield Finding("type-mismatch", message, node.pointer, hint)

    def _unplaced(self, node: StageNode, produced: Produced) -> Finding:
        takes = render_type_short(self._ports[node.pointer].input)
        message = (
            f"{produced.giver} gives {render_produced(produced)}, which is no object; beside its "
            f"config {self.title(node)} takes {takes}, and that is not exactly one required field"
        )
        hint = "give an object, or leave exactly one required field out of the config"
        return Finding("unplaced-input", message, node.pointer, hint)


def _detail(found: Difference, produced: Produced) -> str:
    is_whole = not found.misfit.path and found.misfit.produced is not None
    if is_whole and found.giver == produced.giver:
        return ""
    source = "" if found.giver == produced.giver else f" (from {found.giver})"
    return f": {render_difference(found)}{source}"


def _bare(text: str) -> str:
    return shown(text, most=_MAX_PLACE)[1:-1]
