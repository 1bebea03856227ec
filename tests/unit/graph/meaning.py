"""What graphs mean, word for word, and flows followed as plainly as can be."""

from collections.abc import Callable, Mapping
from typing import Any

from noether_nix.graph.dataflow import Dataflow, Each
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
from noether_nix.graph.projection import ConstRule, FieldRule, NestRule, PickRule
from noether_nix.graph.traversal import imported
from noether_nix.inside.dataflow import Valuation

Apply = Callable[[str, Any], Any]
"""What a stage makes of a value, by the name of the call."""


class UnusableError(Exception):
    """A value came that the graph has no meaning for."""


def interpret(node: Node, value: Any, apply: Apply) -> Any:  # noqa: C901 - one case an operator
    """What a graph means, word for word."""
    match node:
        case StageNode():
            if node.config:
                under = value if isinstance(value, dict) else {"v": value}
                value = {**under, **dict(sorted(node.config.items()))}
            return apply(node.pointer, value)
        case RemoteStageNode():
            raise UnusableError
        case ConstNode():
            return node.value
        case SequentialNode():
            for stage in node.stages:
                value = interpret(stage, value, apply)
            return value
        case ParallelNode():
            return {
                name: interpret(
                    branch,
                    value[name] if isinstance(value, dict) and name in value else value,
                    apply,
                )
                for name, branch in sorted(node.branches.items())
            }
        case LetNode():
            bound = {
                name: interpret(binding, value, apply)
                for name, binding in sorted(node.bindings.items())
            }
            return interpret(
                node.body, {**(value if isinstance(value, dict) else {}), **bound}, apply
            )
        case BranchNode():
            arms = {True: node.if_true, False: node.if_false}
            return interpret(arms[_boolean(interpret(node.predicate, value, apply))], value, apply)
        case FanoutNode():
            value = interpret(node.source, value, apply)
            return [interpret(target, value, apply) for target in node.targets]
        case MergeNode():
            merged = {
                f"source_{at}": interpret(
                    source, value.get(f"source_{at}") if isinstance(value, dict) else value, apply
                )
                for at, source in enumerate(node.sources)
            }
            return interpret(node.target, merged, apply)
        case RetryNode():
            return interpret(node.stage, value, apply)
        case ImportNode():
            return interpret(imported(node), value, apply)
        case ProjectNode():
            rule = node.rule
            return (
                _picked(rule, value)
                if isinstance(rule, PickRule)
                else _projected(rule.fields, value)
            )
        case MapNode() | FilterNode() | ReduceNode():
            if node.over is not None:
                value = _picked(PickRule((node.over,)), value)
            inner = node.predicate if isinstance(node, FilterNode) else node.body

            def each(at: int, item: Any) -> Any:
                return interpret(inner, item, _numbered(apply, node.pointer, at))

            return gather(_kind(node), value, each, _initial(node))


def gather(kind: str, value: Any, each: Callable[[int, Any], Any], initial: tuple[Any, ...]) -> Any:
    """What becomes of the items of ``value``; ``initial`` is empty or the one value."""
    if not isinstance(value, list | dict):
        raise UnusableError
    items = list(value.values()) if isinstance(value, dict) else value
    match kind:
        case "map":
            outputs = [each(at, item) for at, item in enumerate(items)]
            return dict(zip(value, outputs, strict=True)) if isinstance(value, dict) else outputs
        case "filter":
            kept = [_boolean(each(at, item)) for at, item in enumerate(items)]
            if isinstance(value, dict):
                pairs = zip(value.items(), kept, strict=True)
                return {key: item for (key, item), keep in pairs if keep}
            return [item for item, keep in zip(items, kept, strict=True) if keep]
        case "reduce":
            (found,) = initial
            for at, item in enumerate(items):
                found = each(at, {"accumulator": found, "item": item})
            return found
        case _:
            return _tree(items, each, initial)


def follow(flow: Dataflow, value: Any, apply: Apply) -> Any:
    """Run all that is taken, each with the value of its expression."""
    return _Following(flow, value, apply).run()


class _Following(Valuation):
    """One run of a flow; calls and items are made when something asks for their output."""

    def __init__(self, flow: Dataflow, value: Any, apply: Apply) -> None:
        super().__init__(value, flow.shared, _Asked(self._call))
        self._flow = flow
        self._apply = apply
        self._gathered: dict[int, Any] = {}

    def run(self) -> Any:
        for one in self._flow.calls:
            if self._is_taken(one.guards):
                self.outputs[one.index]
        for each in self._flow.eaches:
            if self._is_taken(each.guards):
                self._each(each.index)
        return self.value(self._flow.output)

    def value(self, expression: Any) -> Any:
        ((kind, body),) = expression.items()
        if kind == "branch":
            return self.value(body[1] if _boolean(self.value(body[0])) else body[2])
        return self._each(body) if kind == "each" else super().value(expression)

    def _is_taken(self, guards: Any) -> bool:
        return all(_boolean(self.value(one.predicate)) == one.wanted for one in guards)

    def _call(self, index: int) -> Any:
        one = self._flow.calls[index]
        return self._apply(one.pointer, self.value(one.input))

    def _each(self, index: int) -> Any:
        if index not in self._gathered:
            each: Each = self._flow.eaches[index]
            initial = () if each.initial is None else (self.value(each.initial),)

            def one(at: int, item: Any) -> Any:
                return follow(each.body, item, _numbered(self._apply, each.pointer, at))

            self._gathered[index] = gather(each.kind, self.value(each.over), one, initial)
        return self._gathered[index]


class _Asked(dict[int, Any]):
    def __init__(self, make: Callable[[int], Any]) -> None:
        self._make = make

    def __missing__(self, index: int) -> Any:
        self[index] = self._make(index)
        return self[index]


def _numbered(apply: Apply, pointer: str, at: int) -> Apply:
    return lambda name, value: apply(name.replace(pointer, f"{pointer}#{at}", 1), value)


def _tree(items: list[Any], each: Callable[[int, Any], Any], initial: tuple[Any, ...]) -> Any:
    if not items:
        if not initial:
            raise UnusableError
        return initial[0]
    number = 0
    while len(items) > 1:
        level = []
        for at in range(0, len(items) - 1, 2):
            level.append(each(number, {"left": items[at], "right": items[at + 1]}))
            number += 1
        items = level + items[len(items) - len(items) % 2 :]
    return items[0]


def _boolean(value: Any) -> bool:
    if value is not True and value is not False:
        raise UnusableError
    return value


def _projected(fields: Mapping[str, FieldRule], value: Any) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, rule in sorted(fields.items()):
        match rule:
            case ConstRule(constant):
                made[name] = constant
            case NestRule(inner):
                made[name] = _projected(inner, value)
            case PickRule():
                made[name] = _picked(rule, value)
    return made


def _picked(rule: PickRule, value: Any) -> Any:
    for name in rule.path:
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif rule.default and (value is None or isinstance(value, dict)):
            return rule.default[0]
        else:
            raise UnusableError
    return value


def _kind(node: MapNode | FilterNode | ReduceNode) -> str:
    match node:
        case MapNode():
            return "map"
        case FilterNode():
            return "filter"
        case ReduceNode():
            return "tree" if node.mode == "tree" else "reduce"


def _initial(node: MapNode | FilterNode | ReduceNode) -> tuple[Any, ...]:
    return (node.initial,) if isinstance(node, ReduceNode) and node.has_initial else ()
