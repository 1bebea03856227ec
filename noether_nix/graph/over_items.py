"""What Map, Filter and Reduce give, and what of what they are given does not fit."""

from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

from noether_nix.graph.fitting import fit_bool
from noether_nix.graph.flow import EachNode
from noether_nix.graph.items import Items, either, filtered, items_of, mapped
from noether_nix.graph.model import (
    FilterNode,
    ImportNode,
    MapNode,
    Node,
    ReduceNode,
    RetryNode,
    SequentialNode,
    StageNode,
)
from noether_nix.graph.picking import Picker, known_fields
from noether_nix.graph.port import Port
from noether_nix.graph.problems import Finding, shown
from noether_nix.graph.produced import (
    Gathered,
    Literal,
    Produced,
    Typed,
    difference,
    render_produced,
    type_of,
    variants,
)
from noether_nix.graph.projection import PickRule
from noether_nix.graph.traversal import imported
from noether_nix.types.fits import fits
from noether_nix.types.model import ANY, ListType, RecordType, Type, union

Send: TypeAlias = Callable[[Node, Produced, list[Finding]], Produced]
"""Gives something to a node: what comes out, with what is wrong noted."""


class Edges(Protocol):
    """What is known of the nodes of a graph; see :class:`graph.edges.EdgeChecker`."""

    def send(self, node: Node, produced: Produced, found: list[Finding]) -> Produced:
        """Give something to a node: what comes out, with what is wrong noted."""
        ...

    def is_fixed(self, node: Node) -> bool:
        """Whether what a node gives is known whatever it takes."""
        ...

    def output(self, node: Node) -> Produced:
        """What a node gives."""
        ...


# What is wrong with this many items of a literal says enough.
_MAX_FINDINGS = 12

# An accumulator whose type still grows after so many rounds grows with every item.
_MAX_ROUNDS = 8


def send_items(
    node: EachNode,
    produced: Produced,
    title: str,
    edges: Edges,
    ports: Mapping[str, Port],
    found: list[Finding],
) -> Produced:
    """Give something to a node that calls what is in it once an item."""
    if node.over is not None:
        picker = Picker(title, found)
        produced = picker.pick(PickRule((node.over,)), produced, f"{node.pointer}/over")
    made: list[Produced] = []
    for one in variants(produced):
        output = _all_at_once(node, one, edges, ports)
        items = items_of(one) if output is None else None
        if output is not None:
            made.append(Typed(ListType(type_of(output)), title))
        elif items is None:
            found.append(_no_items(node, one, title))
            made.append(Typed(ANY, title))
        else:
            made.append(_send_all(node, items, title, edges.send, found))
    return either(tuple(made), title)


def _all_at_once(
    node: EachNode, produced: Produced, edges: Edges, ports: Mapping[str, Port]
) -> Produced | None:
    """What every item of a literal list becomes, where looking at the list as a whole says so.

    None where each item has to be looked at: what it becomes depends on it, or one does not fit.
    """
    if not (isinstance(node, MapNode) and isinstance(produced, Literal)):
        return None
    taken = _takes_all_of(node.body, edges, ports)
    is_list = isinstance(produced.value, list) and bool(produced.value)
    if taken is None or not is_list or difference(produced, ListType(taken)) is not None:
        return None
    return edges.output(node.body)


def _takes_all_of(node: Node, edges: Edges, ports: Mapping[str, Port]) -> Type | None:
    """A type of which a node takes every value and no other, where what it gives is known."""
    match node:
        case StageNode(pointer) if edges.is_fixed(node):
            return None if ports[pointer].is_configured else ports[pointer].input
        case SequentialNode(_, stages) if edges.is_fixed(stages[0]):
            return _takes_all_of(stages[0], edges, ports)
        case RetryNode():
            return _takes_all_of(node.stage, edges, ports)
        case ImportNode():
            return _takes_all_of(imported(node), edges, ports)
        case _:
            return None


def _send_all(
    node: EachNode, items: Items, title: str, send: Send, found: list[Finding]
) -> Produced:
    match node:
        case MapNode():
            outputs = _send_each(node.body, items, send, found)
            return Typed(ANY, title) if outputs is None else mapped(items, outputs, title)
        case FilterNode():
            outputs = _send_each(node.predicate, items, send, found)
            for output in outputs or ():
                found += fit_bool(output, title, f"{node.pointer}/predicate")
            return filtered(items, title)
        case ReduceNode():
            return _reduced(node, items, title, send, found)


def _send_each(
    body: Node, items: Items, send: Send, found: list[Finding]
) -> tuple[Produced, ...] | None:
    """What each item becomes; None where it was given up, with enough said."""
    outputs: list[Produced] = []
    wrong: list[Finding] = []
    for part in items.parts:
        outputs.append(send(body, part, wrong))
        if len(wrong) >= _MAX_FINDINGS:
            break
    found += wrong
    return tuple(outputs) if len(outputs) == len(items.parts) else None


def _reduced(
    node: ReduceNode, items: Items, title: str, send: Send, found: list[Finding]
) -> Produced:
    """What is left of all items: the body has to fit what comes in, and what it gives back."""
    start = [Literal(node.initial, f"the initial value of {title}")] if node.has_initial else []
    if not items.parts and not start:
        found.append(_nothing(node, items.whole, title))
    wrong: list[Finding] = []
    outputs: list[Produced] = []
    for item in items.parts:
        first = item if node.mode == "tree" else start[0]
        outputs.append(send(node.body, _pair(node, first, item, title), wrong))
        if len(wrong) >= _MAX_FINDINGS:
            break
    found += wrong
    ends = [*outputs, *start, *(items.parts if node.mode == "tree" else ())]
    if not outputs or wrong:
        return either(tuple(ends), title) if ends and not wrong else Typed(ANY, title)
    known = either(tuple(outputs), f"{title}, which gives it back,")
    for _ in range(_MAX_ROUNDS):
        item = either(items.parts, f"an item of {items.whole.giver}")
        again = known if node.mode == "tree" else item
        output = send(node.body, _pair(node, known, again, title), wrong)
        if wrong or fits(type_of(output), type_of(known)) is None:
            found += wrong
            return either((*ends, output), title)
        known = Typed(union(type_of(known), type_of(output)), known.giver)
    message = f"what {title} gathers grows with every item, so it has no type"
    hint = "let the body give back what it takes as its accumulator"
    found.append(Finding("accumulator-grows", message, node.pointer, hint))
    return Typed(ANY, title)


def _pair(node: ReduceNode, first: Produced, second: Produced, title: str) -> Produced:
    names = ("left", "right") if node.mode == "tree" else ("accumulator", "item")
    return Gathered(dict(zip(names, (first, second), strict=True)), title)


def _nothing(node: ReduceNode, produced: Produced, title: str) -> Finding:
    message = f"{produced.giver} gives no item, and {title} has no value for that"
    hint = 'say what it gives then: add "initial" to it'
    return Finding("no-items", message, node.pointer, hint)


def _no_items(node: EachNode, produced: Produced, title: str) -> Finding:
    message = (
        f"{produced.giver} gives {render_produced(produced)}, but {title} takes a list, "
        "or an object whose values are all of one type (Map<Text, …>)"
    )
    return Finding("no-items", message, node.pointer, _over_hint(node, produced))


def _over_hint(node: EachNode, produced: Produced) -> str:
    named = known_fields(produced) or {}
    fields = [name for name, one in named.items() if items_of(one) is not None]
    if node.over is None and fields:
        return f'name the field with the items: "over": {shown(fields[0])}'
    if isinstance(type_of(produced), RecordType):
        return (
            "a record may have more fields than it names: let what gives it say Map<Text, …>, "
            "or put a Project before it that names the fields"
        )
    return "give it a list; for one value alone, put what is in it in its place"
