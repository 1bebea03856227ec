"""What a node needs to be given, put together from the stages at which its input ends."""

from collections.abc import Iterable, Mapping

from noether_nix.graph.edges import EdgeChecker
from noether_nix.graph.model import (
    ConstNode,
    LetNode,
    Node,
    ParallelNode,
    SequentialNode,
    StageNode,
)
from noether_nix.graph.port import Port
from noether_nix.graph.problems import Finding, shown
from noether_nix.graph.produced import Typed, unrefined
from noether_nix.types.display import render_type_short
from noether_nix.types.meet import meet
from noether_nix.types.model import (
    ANY,
    NULL,
    AnyType,
    OpenRecordType,
    RecordType,
    Type,
    UnionType,
    VarType,
    record,
    union,
)


class NeedFinder:
    """The input types of the nodes of one graph.

    ``conflicts`` collects the places where no input could serve all that share it.
    """

    def __init__(self, ports: Mapping[str, Port], edges: EdgeChecker) -> None:
        self.conflicts: list[Finding] = []
        self._ports = ports
        self._edges = edges
        self._known: dict[str, Type] = {}

    def of(self, node: Node) -> Type:
        """The input type of ``node``: Any where it needs nothing, or where nothing would do."""
        known = self._known.get(node.pointer)
        if known is None:
            known = self._known[node.pointer] = self._find(node)
        return known

    def _find(self, node: Node) -> Type:
        match node:
            case ConstNode():
                return ANY
            case StageNode():
                port = self._ports[node.pointer]
                return union(port.input, NULL) if port.may_be_nothing else port.input
            case SequentialNode():
                return self.of(node.stages[0])
            case ParallelNode():
                return self._of_parallel(node)
            case LetNode():
                return self._of_let(node)

    def _of_parallel(self, node: ParallelNode) -> Type:
        """What all branches can take as a whole, else an object with a field for each."""
        needs = {name: self.of(branch) for name, branch in node.branches.items()}
        whole = _meet_all(needs.values())
        # A field that happens to be called like a branch would be handed to that branch alone.
        if whole is not None and not self._edges.accept(node, Typed(whole, "")):
            return whole
        return record({name: need for name, need in needs.items() if not _is_wild(need)})

    def _of_let(self, node: LetNode) -> Type:
        needs = [(name, self.of(binding)) for name, binding in node.bindings.items()]
        needs.append(("the body", _without(self.of(node.body), node.bindings.keys())))
        found = _meet_all(need for _, need in needs)
        if found is not None:
            return found
        shares = "; ".join(
            f"{shown(name) if index < len(node.bindings) else name} takes {render_type_short(need)}"
            for index, (name, need) in enumerate(needs)
            if not _is_wild(need)
        )
        message = f"no input can serve all that {self._edges.title(node)} gives it to: {shares}"
        hint = "bind one of them to a node that takes its part of the input first"
        self.conflicts.append(Finding("type-mismatch", message, node.pointer, hint))
        return ANY


def _meet_all(needs: Iterable[Type]) -> Type | None:
    whole: Type | None = ANY
    for need in needs:
        whole = None if whole is None else meet(whole, need)
    return whole


def _without(need: Type, names: Iterable[str]) -> Type:
    """What the input of a Let still must have when its bindings give the fields ``names``."""
    bound = frozenset(names)
    whole = unrefined(need)
    if isinstance(whole, UnionType):
        # The body always gets an object, so what is none is out of reach.
        objects = [one for one in whole.variants if not _is_plain(one)]
        rests = [_without(one, bound) for one in objects]
        return ANY if not rests or any(map(_is_wild, rests)) else union(*rests)
    if not isinstance(whole, RecordType | OpenRecordType):
        return ANY
    left = tuple(field for field in whole.fields if field.name not in bound)
    if not left:
        return ANY
    rest: Type = RecordType(left)
    return union(rest, NULL) if all(field.may_be_absent for field in left) else rest


def _is_plain(whole: Type) -> bool:
    return not isinstance(unrefined(whole), RecordType | OpenRecordType | AnyType | VarType)


def _is_wild(whole: Type) -> bool:
    return isinstance(whole, AnyType | VarType)
