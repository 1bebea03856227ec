"""Limits that a graph states: for a call, for all calls in a node, or for all of them.

The innermost statement counts. They are no part of a graph's id, as they are none of what it
composes; those that code can notice are in the keys of its calls.
"""

from collections.abc import Mapping

from noether_nix.errors import SettingInvalidError
from noether_nix.formats.json_pointer import escape
from noether_nix.graph.members import JsonObject, MemberReader
from noether_nix.graph.model import Graph, ImportNode, Node, StageNode
from noether_nix.graph.traversal import children, nodes
from noether_nix.inside.contract import Json, describe
from noether_nix.stage.limits import CALL_LIMITS, Limit, find_limit
from noether_nix.stage.problems import nearest

_CODE = "limits-invalid"


def read_limits(reader: MemberReader, document: JsonObject, pointer: str) -> dict[str, int]:
    """The member ``limits`` of an object: amounts as people write them, or in base units."""
    stated, place = document.get("limits"), f"{pointer}/limits"
    if not isinstance(stated, dict):
        if "limits" in document:
            reader.wrong("limits are an object of amounts", stated, place)
        return {}
    found: dict[str, int] = {}
    for name, amount in stated.items():
        if name.startswith("_"):
            continue
        where = f"{place}/{escape(name)}"
        try:
            found[name] = _amount(find_limit(name, CALL_LIMITS), amount)
        except SettingInvalidError as error:
            near = None if name in CALL_LIMITS else nearest(name, CALL_LIMITS)
            hint = f"did you mean {near}?" if near else error.hint
            reader.note(_CODE, error.message, where, hint=hint)
    return found


def _amount(limit: Limit, amount: Json) -> int:
    if isinstance(amount, str):
        return limit.parse(amount)
    if type(amount) is int and amount > 0:
        return limit.check(amount)
    raise SettingInvalidError(
        f"the limit {limit.name} is {describe(amount)}, no amount of {limit.unit.value}",
        hint=f'write it as a text, like "{limit.show(limit.default or 30)}"',
    )


def write_limits(limits: Mapping[str, int]) -> dict[str, Json]:
    """What :func:`read_limits` reads, as people would write it."""
    return {name: CALL_LIMITS[name].show(amount) for name, amount in limits.items()}


def stated_limits(graph: Graph) -> Mapping[str, Mapping[str, int]]:
    """What a graph states for each of its calls, by pointer; calls without are left out."""
    found: dict[str, Mapping[str, int]] = {}
    pending: list[tuple[Node, Mapping[str, int]]] = [(graph.root, graph.limits)]
    while pending:
        node, around = pending.pop()
        limits = {**around, **node.limits} if node.limits else around
        if isinstance(node, ImportNode) and node.graph is not None and node.graph.limits:
            limits = {**limits, **node.graph.limits}
        if isinstance(node, StageNode) and limits:
            found[node.pointer] = limits
        pending.extend((child, limits) for _, child in children(node))
    return found


def place_of_limit(graph: Graph, pointer: str, name: str) -> str:
    """Where the limit called ``name`` is stated that counts for the call at ``pointer``."""
    around = [node for node in nodes(graph) if f"{pointer}/".startswith(f"{node.pointer}/")]
    holders = [node.pointer for node in around if name in node.limits]
    holders += [
        f"{node.pointer}/import"
        for node in around
        if isinstance(node, ImportNode) and node.graph is not None and name in node.graph.limits
    ]
    return f"{max(holders, key=len, default='')}/limits/{name}"
