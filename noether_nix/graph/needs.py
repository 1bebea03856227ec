"""What a node needs to be given, put together from the stages at which its input ends.

What a Project or a Filter needs depends on what those behind it need, so it is found from the
back: a node is asked what it needs so that it can give what is ``wanted`` of it.
"""

from collections.abc import Iterable

from noether_nix.graph.edges import EdgeChecker
from noether_nix.graph.model import (
    BranchNode,
    ConstNode,
    ControlNode,
    FanoutNode,
    FilterNode,
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
from noether_nix.graph.problems import Finding, shown
from noether_nix.graph.traversal import children, imported, source_name
from noether_nix.graph.wants import (
    field_names,
    field_of,
    is_wild,
    item_of,
    items_as,
    meet_all,
    picked_from,
    wanted_of_rule,
    without,
)
from noether_nix.types.display import render_type_short
from noether_nix.types.instantiate import demand
from noether_nix.types.model import ANY, BOOL, Type, record


class NeedFinder:
    """The input types of the nodes of one graph.

    ``conflicts`` collects the places where no input could serve all that share it.
    """

    def __init__(self, edges: EdgeChecker) -> None:
        self.conflicts: list[Finding] = []
        self._edges = edges
        self._known: dict[str, Type] = {}
        self._names: dict[str, frozenset[str] | None] = {}

    def of(self, node: Node) -> Type:
        """What ``node``, which was reached before, needs where it stands."""
        return self._known[node.pointer]

    def find(self, node: Node, wanted: Type = ANY) -> Type:
        """The input type with which ``node`` gives what is wanted of it.

        Any where it needs nothing, or where nothing would do.
        """
        known = self._known[node.pointer] = self._find(node, wanted)
        return known

    def _find(self, node: Node, wanted: Type) -> Type:
        match node:
            case ConstNode():
                return ANY
            case StageNode():
                return self._edges.demand(node, wanted)
            case RemoteStageNode():
                return demand(node.input, node.output, wanted)
            case ProjectNode():
                wants = wanted_of_rule(node.rule, wanted)
                return self._meet(node, [("a field", want) for want in wants])
            case SequentialNode():
                fixed = map(self._edges.is_fixed, node.stages)
                first = next((at for at, is_fixed in enumerate(fixed) if is_fixed), None)
                for at, stage in reversed([*enumerate(node.stages)]):
                    is_reached = first is None or at <= first
                    wanted = self._behind(stage, wanted, is_reached=is_reached)
                return wanted
            case ParallelNode():
                return self._of_parallel(node, wanted)
            case LetNode():
                return self._of_let(node, wanted)
            case _:
                return self._of_control(node, wanted)

    def _of_control(
        self,
        node: ControlNode | ImportNode,
        wanted: Type,
    ) -> Type:
        match node:
            case BranchNode():
                predicate = ("the predicate", self.find(node.predicate, BOOL))
                if_true = ("if_true", self.find(node.if_true, wanted))
                if_false = ("if_false", self.find(node.if_false, wanted))
                return self._meet(node, [predicate, if_true, if_false])
            case FanoutNode():
                item = item_of(wanted)
                reached = not self._edges.is_fixed(node.source)
                needs = [self._behind(one, item, is_reached=reached) for one in node.targets]
                return self.find(node.source, meet_all(needs) or ANY)
            case MergeNode():
                return self._of_merge(node, wanted)
            case RetryNode():
                return self.find(node.stage, wanted)
            case ImportNode():
                return self.find(imported(node), wanted)
            case MapNode():
                item = self.find(node.body, item_of(wanted))
                return picked_from(node.over, items_as(wanted, item))
            case FilterNode():
                shares = [("the predicate", self.find(node.predicate, BOOL))]
                shares.append(("what follows", item_of(wanted)))
                return picked_from(node.over, items_as(wanted, self._meet(node, shares)))
            case ReduceNode():
                return picked_from(node.over, items_as(ANY, self._item_of(node, wanted)))

    def _behind(self, node: Node, wanted: Type, *, is_reached: bool) -> Type:
        """The need of a node behind others; only what is reached is at odds with an input."""
        before = len(self.conflicts)
        found = self.find(node, wanted)
        if not is_reached:
            del self.conflicts[before:]
        return found

    def _of_parallel(self, node: ParallelNode, wanted: Type) -> Type:
        """What all branches can take as a whole, else an object with a field for each."""
        needs = {
            name: self.find(branch, field_of(wanted, name))
            for name, branch in node.branches.items()
        }
        whole = meet_all(needs.values())
        # A field that happens to be called like a branch would be handed to that branch alone.
        if whole is not None and (self._is_for_all(node, whole) or self._edges.takes(node, whole)):
            return whole
        return record({name: need for name, need in needs.items() if not is_wild(need)})

    def _is_for_all(self, node: ParallelNode, whole: Type) -> bool:
        """Whether it is certain, without trying, that all in a node get a type as a whole.

        To try is to go through everything in it, at each level again.
        """
        names = self._names_in(node)
        return names is not None and names.isdisjoint(field_names(whole))

    def _names_in(self, node: Node) -> frozenset[str] | None:
        """The names by which something is handed on in a node; None if not by names alone."""
        if node.pointer not in self._names:
            self._names[node.pointer] = self._find_names(node)
        return self._names[node.pointer]

    def _find_names(self, node: Node) -> frozenset[str] | None:
        match node:
            case StageNode() | RemoteStageNode() | ConstNode():
                return frozenset() if self._edges.is_fixed(node) else None
            case SequentialNode() | ParallelNode() | RetryNode() | ImportNode():
                found = set(node.branches if isinstance(node, ParallelNode) else ())
                for _, inner in children(node):
                    names = self._names_in(inner)
                    if names is None:
                        return None
                    found |= names
                return frozenset(found)
            case _:
                return None

    def _of_merge(self, node: MergeNode, wanted: Type) -> Type:
        """An object with a field for each source that needs something."""
        reached = not all(map(self._edges.is_fixed, node.sources))
        taken = self._behind(node.target, wanted, is_reached=reached)
        named = ((source_name(at), one) for at, one in enumerate(node.sources))
        needs = {name: self.find(one, field_of(taken, name)) for name, one in named}
        needed = {name: need for name, need in needs.items() if not is_wild(need)}
        return record(needed) if needed else ANY

    def _of_let(self, node: LetNode, wanted: Type) -> Type:
        body = self.find(node.body, wanted)
        shares = [
            (shown(name), self.find(binding, field_of(body, name)))
            for name, binding in node.bindings.items()
        ]
        return self._meet(node, [*shares, ("the body", without(body, node.bindings.keys()))])

    def _item_of(self, node: ReduceNode, wanted: Type) -> Type:
        if node.mode == "left":
            return field_of(self.find(node.body, wanted), "item")
        body = self.find(node.body, wanted)
        return self._meet(node, [(name, field_of(body, name)) for name in ("left", "right")])

    def _meet(self, node: Node, shares: Iterable[tuple[str, Type]]) -> Type:
        """What serves all of ``shares``, each with what it is called in a message."""
        listed = list(shares)
        found = meet_all(need for _, need in listed)
        if found is not None:
            return found
        told = "; ".join(
            f"{name} takes {render_type_short(need)}" for name, need in listed if not is_wild(need)
        )
        message = f"no input can serve all that {self._edges.title(node)} gives it to: {told}"
        hint = (
            'let each take its own field of an object: {"op": "Sequential", "stages": '
            '[{"op": "Project", "from": "name"}, node]}'
        )
        self.conflicts.append(Finding("type-mismatch", message, node.pointer, hint))
        return ANY
