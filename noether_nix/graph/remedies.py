"""What would make something fit that does not: text to be pasted, wherever there is any."""

import json
import re

from noether_nix.graph.document import node_to_document
from noether_nix.graph.model import Node
from noether_nix.graph.picking import known_fields
from noether_nix.graph.produced import (
    Difference,
    Literal,
    Produced,
    difference,
    place_within,
    unrefined,
)
from noether_nix.graph.suggest import items_fit, suggest_project
from noether_nix.types.display import render_type_short
from noether_nix.types.fits import Within, fits
from noether_nix.types.model import (
    NULL,
    ListType,
    OpenRecordType,
    RecordType,
    RefinedType,
    StreamType,
    Type,
    UnionType,
    union,
)

_SUPPLY = "let the node before give the field, bind it with Let, or write it in the node's config"

# Of what is fitted in by hand no more is shown than can be read at a glance.
_MAX_NODE = 300
_MAX_TYPE = 60

_IN_SEQUENTIAL = re.compile(r"/stages/[0-9]+\Z")
_LEFT, _TREE = {"accumulator", "item"}, {"left", "right"}
# What else a giver is called in messages: an operator, an item, a field.
_NO_STAGE = ("the ", "an item ", "item ")
_WHOLE = '{"op": "Project", "from": []}'
_LIST_OF_ONE = f'{{"op": "Fanout", "source": {_WHOLE}, "targets": [{_WHOLE}]}}'


def remedy(
    found: Difference, produced: Produced, expected: Type, node: Node, title: str, *, is_field: bool
) -> str:
    """What to do about ``produced`` not fitting ``expected``, which ``node`` takes.

    ``title`` is what the node is called; ``is_field`` says that it is taken as one field beside
    the node's config.
    """
    is_lacking = found.is_missing or found.may_be_absent
    is_whole = not found.misfit.path
    if is_whole and items_fit(produced, expected):
        written = _written(node)
        inner = written or "…"
        how = "put in its place" if written else "put the node into"
        return f'to do it for every item, {how}: {{"op": "Map", "body": {inner}}}'
    if not is_field and (is_lacking or is_whole):
        advice = _other_pair(produced, expected) or _project(produced, expected, node)
        if advice:
            return advice
    if is_lacking:
        return _SUPPLY
    return _about_types(found, produced, expected, title)


def _other_pair(produced: Produced, expected: Type) -> str:
    """What is said of a Reduce whose body is written for its other mode."""
    whole, given = unrefined(expected), known_fields(produced)
    if not isinstance(whole, RecordType | OpenRecordType) or given is None:
        return ""
    taken = {field.name for field in whole.fields}
    if taken >= _TREE and given.keys() == _LEFT:
        return 'a body that takes left and right is for a Reduce with "mode": "tree": add that'
    if taken >= _LEFT and given.keys() == _TREE:
        return (
            "a body that takes accumulator and item is for a Reduce from the left: "
            'leave "mode" out, and give "initial"'
        )
    return ""


def _project(produced: Produced, expected: Type, node: Node) -> str:
    found = suggest_project(produced, expected)
    if found is None:
        return ""
    own = ", with constants of your own" if found.invents else ""
    if _IN_SEQUENTIAL.search(node.pointer):
        return f"put before it{own}: {found.project}"
    written = _written(node)
    if written:
        both = f'{{"op": "Sequential", "stages": [{found.project}, {written}]}}'
        return f"put in its place{own}: {both}"
    return f"put before it, in a Sequential{own}: {found.project}"


def _about_types(found: Difference, produced: Produced, expected: Type, title: str) -> str:
    misfit = found.misfit
    if isinstance(unrefined(misfit.expected), StreamType):
        return f"no value is a Stream: let {title} take a List"
    wanted = _short(misfit.expected) or "what is expected"
    if misfit.produced is None:
        return f"the wrong value comes from {found.giver}: write one of type {wanted} there"
    if _is_promise(misfit.produced, misfit.expected):
        plain = _short(unrefined(misfit.expected)) or "what it is given"
        taking = f"let {title} take {plain}"
        if found.giver.startswith(_NO_STAGE):
            return f"{taking}: nothing says that it is {wanted}"
        return f"if {found.giver} always gives that, let its Output say {wanted}; else {taking}"
    if _is_null_alone(misfit.produced, misfit.expected):
        both = _short(union(misfit.expected, NULL)) or "null too"
        return f"let {title} take {both}, or put a stage before it that has something for null"
    if not misfit.path and _is_item(produced, expected):
        return f"if a list of one is meant, put before it: {_LIST_OF_ONE}"
    turns = f"turns {_short(misfit.produced) or 'what is given'} into {wanted}"
    if misfit.path == (Within.ITEM,):
        return f"put a Map before it whose body {turns}, or change one of the two types"
    where = place_within(found)
    at = f" at {where}" if where else ""
    return f"put a stage before it that {turns}{at}, or change one of the two types"


def _is_promise(given: Type, wanted: Type) -> bool:
    """Whether only a refinement is in the way."""
    return isinstance(wanted, RefinedType) and fits(given, unrefined(wanted)) is None


def _is_null_alone(given: Type, wanted: Type) -> bool:
    """Whether it would fit but for null."""
    whole = unrefined(given)
    return isinstance(whole, UnionType) and fits(given, union(wanted, NULL)) is None


def _is_item(produced: Produced, expected: Type) -> bool:
    whole = unrefined(expected)
    if not isinstance(whole, ListType) or isinstance(produced, Literal):
        return False
    return difference(produced, whole.item) is None


def _short(whole: Type) -> str:
    """The type in words, or nothing where that would be long."""
    text = render_type_short(whole, _MAX_TYPE)
    return "" if "…" in text else text


def _written(node: Node) -> str:
    """The node as JSON text, or nothing where that would be long."""
    text = json.dumps(node_to_document(node), ensure_ascii=False)
    return text if len(text) <= _MAX_NODE and text.isprintable() else ""
