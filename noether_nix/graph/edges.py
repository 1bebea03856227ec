"""Whether what comes into a node will do, for every way in which it may come, and what comes out.

What most nodes give is known whatever they take, as a stage declares it: they are *fixed*. Of the
others (a Project, a Filter) it follows from what comes in. So a graph is checked in pieces that
begin behind a fixed node, and only what lies before the first one depends on the graph's input.
"""

from collections.abc import Iterable, Mapping

from noether_nix.graph.arrival import Arrivals
from noether_nix.graph.fitting import fit, fit_bool
from noether_nix.graph.fixed import Fixed
from noether_nix.graph.items import either, join
from noether_nix.graph.model import (
    BranchNode,
    ConstNode,
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
from noether_nix.graph.over_items import send_items
from noether_nix.graph.picking import Picker
from noether_nix.graph.port import Port, open_port
from noether_nix.graph.problems import Finding, too_intricate
from noether_nix.graph.produced import Gathered, Literal, Produced, Typed, type_of
from noether_nix.graph.routing import configured, overlay, part_of, take
from noether_nix.graph.titles import Titles
from noether_nix.graph.traversal import children, imported, source_name
from noether_nix.stage.model import Stage
from noether_nix.types.instantiate import demand, instantiate
from noether_nix.types.model import ANY, NULL, ListType, Type, union


class EdgeChecker:
    """What the nodes of one graph give, and whether they can take what is given to them.

    ``unchecked`` collects what fits only because Any does.
    """

    def __init__(
        self, stages: Mapping[str, Stage], ports: Mapping[str, Port], most_sends: int
    ) -> None:
        """``most_sends`` bounds how often something is given to a node: the time all takes."""
        self.unchecked: list[Finding] = []
        self._stages = stages
        self._ports = ports
        self._left = most_sends
        self._is_trying = False
        self._taken: dict[tuple[str, int] | None, tuple[Produced, Produced]] = {}
        self._arrivals = Arrivals(self.unchecked)
        self._titles = Titles(stages)
        self._fixed = Fixed(stages)
        self._fixed_outputs: dict[str, Produced] = {}
        self._last: dict[str, Produced] = {}

    def output(self, node: Node) -> Produced:
        """What ``node`` gives: a fixed one always, another when it was last given something."""
        if self.is_fixed(node):
            return self._fixed_output(node)
        return self._last.get(node.pointer) or Typed(ANY, self.title(node))

    def demand(self, node: StageNode, wanted: Type) -> Type:
        """What a stage has to be given beside its config, so that it gives what is wanted."""
        port, stage = self._ports[node.pointer], self._stages.get(node.pointer)
        if stage is not None and not self.is_fixed(node):
            taken = demand(stage.input, stage.output, wanted)
            port, _ = open_port(taken, node.config, node.pointer, "")
        return union(port.input, NULL) if port.may_be_nothing else port.input

    def accept(self, node: Node, produced: Produced) -> list[Finding]:
        """Everything wrong with giving ``produced`` to ``node``."""
        found: list[Finding] = []
        self.send(node, produced, found)
        return found

    def takes(self, node: Node, whole: Type) -> bool:
        """Whether ``node`` can take a type; asked of nodes in each other, so answers are kept."""
        self._is_trying = True
        is_fine = not self.accept(node, Typed(whole, ""))
        self._is_trying = False
        return is_fine

    def between(self, node: Node) -> list[Finding]:
        """Everything wrong behind the first fixed part of ``node``, whatever comes in."""
        found: list[Finding] = []
        if isinstance(node, SequentialNode) and self.is_fixed(node):
            first = next(at for at, one in enumerate(node.stages) if self.is_fixed(one))
            produced = self._fixed_output(node.stages[first])
            for stage in node.stages[first + 1 :]:
                produced = self.send(stage, produced, found)
        return found

    def send(self, node: Node, produced: Produced, found: list[Finding]) -> Produced:
        """Give ``produced`` to ``node``: what comes out, with what is wrong noted in ``found``."""
        met = (node.pointer, id(produced.type)) if isinstance(produced, Typed) else None
        if self._is_trying and met in self._taken:
            return self._taken[met][1]
        self._left -= 1
        if self._left < 0:
            raise too_intricate(node.pointer)
        before = len(found)
        output = self._last[node.pointer] = self._send(node, produced, found)
        if self._is_trying and met is not None and len(found) == before:
            self._taken[met] = (produced, output)
        return output

    def title(self, node: Node) -> str:
        """What a node is called in a message."""
        return self._titles.of(node)

    # -------------------------------------------------------------------- what is fixed

    def is_fixed(self, node: Node) -> bool:
        """Whether what ``node`` gives is known whatever it takes."""
        return self._fixed.holds_for(node)

    def _fixed_output(self, node: Node) -> Produced:
        known = self._fixed_outputs.get(node.pointer)
        if known is None:
            known = self._fixed_outputs[node.pointer] = self._find_fixed_output(node)
        return known

    def _find_fixed_output(self, node: Node) -> Produced:
        match node:
            case StageNode():
                stage = self._stages.get(node.pointer)
                return Typed(ANY if stage is None else stage.output, self.title(node))
            case RemoteStageNode():
                return Typed(node.output, self.title(node))
            case ConstNode():
                return Literal(node.value, self.title(node))
            case SequentialNode(_, stages):
                last = max(at for at, one in enumerate(stages) if self.is_fixed(one))
                produced = self._fixed_output(stages[last])
                for stage_node in stages[last + 1 :]:
                    produced = self.send(stage_node, produced, [])
                return produced
            case ParallelNode(_, branches):
                outputs = {name: self._fixed_output(one) for name, one in branches.items()}
                return Gathered(outputs, self.title(node))
            case LetNode(_, _, body):
                return self._fixed_output(body)
            case _:
                return self._fixed_output_of_control(node)

    def _fixed_output_of_control(self, node: Node) -> Produced:
        """Every part that is not fixed gets what a fixed one gives."""
        match node:
            case FanoutNode(_, source, targets):
                given = self._fixed_output(source) if self.is_fixed(source) else Typed(ANY, "")
                outputs = tuple(
                    self._fixed_output(one) if self.is_fixed(one) else self.send(one, given, [])
                    for one in targets
                )
                return Typed(ListType(join(outputs)), self.title(node))
            case MergeNode(_, sources, target):
                if self.is_fixed(target):
                    return self._fixed_output(target)
                merged = {source_name(at): self._fixed_output(o) for at, o in enumerate(sources)}
                return self.send(target, Gathered(merged, self.title(node)), [])
            case BranchNode(_, _, if_true, if_false):
                arms = (self._fixed_output(if_true), self._fixed_output(if_false))
                return Typed(join(arms), self.title(node))
            case _:
                ((_, inner),) = children(node)
                return self._fixed_output(inner)

    # -------------------------------------------------------------------- operators

    def _send(self, node: Node, produced: Produced, found: list[Finding]) -> Produced:
        match node:
            case StageNode():
                return self._send_stage(node, produced, found)
            case RemoteStageNode():
                taken, given = instantiate(node.input, node.output, type_of(produced))
                found += fit(produced, taken, node, self.title(node))
                return Typed(given, self.title(node))
            case ConstNode():
                return self._fixed_output(node)
            case ProjectNode():
                picker = Picker(self.title(node), found)
                return picker.apply(node.rule, produced, node.pointer)
            case SequentialNode():
                return self._send_sequential(node, produced, found)
            case ParallelNode():
                return self._send_parallel(node, produced, found)
            case LetNode():
                return self._send_let(node, produced, found)
            case MapNode() | FilterNode() | ReduceNode():
                return send_items(node, produced, self.title(node), self, self._ports, found)
            case _:
                return self._send_control(node, produced, found)

    def _send_stage(self, node: StageNode, produced: Produced, found: list[Finding]) -> Produced:
        """Give something to a stage, whose variables stand for what fits at this place."""
        port, title = self._ports[node.pointer], self.title(node)
        if self.is_fixed(node):
            self._arrivals.look_at(produced, port, node, title, found)
            return self._fixed_output(node)
        stage = self._stages[node.pointer]
        whole = join(tuple(configured(produced, port, node.config or {})))
        taken, given = instantiate(stage.input, stage.output, whole)
        port, _ = open_port(taken, node.config, node.pointer, title)
        self._arrivals.look_at(produced, port, node, title, found)
        return Typed(given, title)

    def _send_control(
        self,
        node: BranchNode | FanoutNode | MergeNode | RetryNode | ImportNode,
        produced: Produced,
        found: list[Finding],
    ) -> Produced:
        match node:
            case BranchNode():
                answer = self.send(node.predicate, produced, found)
                found += fit_bool(answer, self.title(node), f"{node.pointer}/predicate")
                arms = (node.if_true, node.if_false)
                outputs = tuple(self.send(arm, produced, found) for arm in arms)
                return Typed(join(outputs), self.title(node))
            case FanoutNode():
                source = self.send(node.source, produced, found)
                outputs = tuple(self.send(target, source, found) for target in node.targets)
                return Typed(ListType(join(outputs)), self.title(node))
            case MergeNode():
                merged = {}
                for at, source_node in enumerate(node.sources):
                    name = source_name(at)
                    merged[name] = self._send_all(source_node, part_of(name, produced), found)
                return self.send(node.target, Gathered(merged, self.title(node)), found)
            case RetryNode():
                return self.send(node.stage, produced, found)
            case ImportNode():
                return self.send(imported(node), produced, found)

    def _send_all(self, node: Node, several: Iterable[Produced], found: list[Finding]) -> Produced:
        """Give a node everything that it may get: what comes out of it then."""
        outputs = tuple(self.send(node, one, found) for one in several)
        return outputs[0] if self.is_fixed(node) else either(outputs, self.title(node))

    def _send_sequential(
        self, node: SequentialNode, produced: Produced, found: list[Finding]
    ) -> Produced:
        for stage in node.stages:
            produced = self.send(stage, produced, found)
            if self.is_fixed(stage):
                return self._fixed_output(node)  # what follows is for between() to look at
        return produced

    def _send_parallel(
        self, node: ParallelNode, produced: Produced, found: list[Finding]
    ) -> Produced:
        outputs = {
            name: self._send_all(branch, take(name, produced), found)
            for name, branch in node.branches.items()
        }
        return Gathered(outputs, self.title(node))

    def _send_let(self, node: LetNode, produced: Produced, found: list[Finding]) -> Produced:
        bound = {name: self.send(one, produced, found) for name, one in node.bindings.items()}
        giver = f"{self.title(node)}, over {produced.giver},"
        return self._send_all(node.body, overlay(produced, bound, giver), found)
