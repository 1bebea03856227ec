"""Chains of generic stages, held against plain functions from type to type.

All stages call their variables by the same two names, so that one that is taken for another
shows.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from noether_nix.errors import GraphInvalidError
from noether_nix.types.model import ListType, RecordType, Type, union
from noether_nix.types.text import parse_type, render_type
from tests.unit.graph.graphs import Document, call, checked, let, mapped, parallel, sequential

SIGNATURES: Mapping[str, str] = {
    "same": "<T> -> <T>",
    "wrap": "<T> -> List<<T>>",
    "head": "List<<T>> -> <T>",
    "flat": "List<List<<T>>> -> List<<T>>",
    "pair": "<T> -> { x: <T>, y: List<<T>> }",
    "swap": "{ x: <T>, y: <U> } -> { x: <U>, y: <T> }",
    "turn": "{ x: <U>, y: <T> } -> { x: <T>, y: <U> }",
    "both": "{ x: <T>, y: <T> } -> List<<T>>",
    "left": "{ x: <T>, y: <U> } -> <T>",
}
# What they give has a variable of which nothing is ever known.
UNKNOWN: Mapping[str, str] = {
    "none": "<T> -> { x: <T>, y: List<<U>> }",
    "nobody": "<T> -> { x: List<<U>>, y: <T> }",
}
TYPES = ["Number", "Text", "List<Number>", "List<List<Text>>", "{ x: Number, y: Text }"]


class RefusedError(Exception):
    """Such a type cannot flow in."""


def _item(one: Type) -> Type:
    if not isinstance(one, ListType):
        raise RefusedError
    return one.item


def _sides(one: Type) -> tuple[Type, Type]:
    if not isinstance(one, RecordType):
        raise RefusedError
    return one.fields[0].type, one.fields[1].type


def record(x: Type, y: Type) -> Type:
    return parse_type(f"{{ x: {render_type(x)}, y: {render_type(y)} }}")


MEANING: Mapping[str, Callable[[Type], Type]] = {
    "same": lambda one: one,
    "wrap": ListType,
    "head": _item,
    "flat": lambda one: ListType(_item(_item(one))),
    "pair": lambda one: record(one, ListType(one)),
    "swap": lambda one: record(*reversed(_sides(one))),
    "turn": lambda one: record(*reversed(_sides(one))),
    "both": lambda one: ListType(union(*_sides(one))),
    "left": lambda one: _sides(one)[0],
}

ALL = {**SIGNATURES, **UNKNOWN}

# A stage, or one that is done to every item.
Step: TypeAlias = tuple[str, bool]
STEPS = st.lists(st.tuples(st.sampled_from(sorted(SIGNATURES)), st.booleans()), max_size=6)
OPEN_STEPS = st.lists(
    st.tuples(st.sampled_from([*sorted(SIGNATURES), *UNKNOWN, *UNKNOWN]), st.just(value=False)),
    max_size=5,
)


def meant(start: Type, steps: Sequence[Step]) -> Type:
    for name, in_items in steps:
        start = ListType(MEANING[name](_item(start))) if in_items else MEANING[name](start)
    return start


def chain(start: int, steps: Sequence[Step]) -> Document:
    made = (mapped(call(name)) if in_items else call(name) for name, in_items in steps)
    return sequential(call(f"source_{start}"), *made)


def types_with(signatures: Mapping[str, str]) -> dict[str, str]:
    sources = {f"source_{number}": f"Any -> {text}" for number, text in enumerate(TYPES)}
    return {**sources, **signatures}


def called_alike(text: str) -> str:
    """The text with its variables called by their order."""
    names = list(dict.fromkeys(re.findall(r"<(\w+)>", text)))
    return re.sub(r"<(\w+)>", lambda found: f"<V{names.index(found[1])}>", text)


def output_alike(root: Document, signatures: Mapping[str, str]) -> str | None:
    """The type that comes out, whatever its variables are called."""
    output = output_of(root, signatures)
    return output and called_alike(output)


def output_of(root: Document, signatures: Mapping[str, str] = SIGNATURES) -> str | None:
    """The type that comes out; None where the graph does not fit together."""
    try:
        return render_type(checked(root, types_with(signatures)).output)
    except GraphInvalidError:
        return None


def expected(start: int, steps: Sequence[Step]) -> str | None:
    try:
        return render_type(meant(parse_type(TYPES[start]), steps))
    except RefusedError:
        return None


STARTS = st.integers(0, len(TYPES) - 1)


@settings(max_examples=400)
@given(STARTS, STEPS)
def test_every_use_of_a_stage_in_a_chain_is_for_itself(start: int, steps: list[Step]) -> None:
    assert output_of(chain(start, steps)) == expected(start, steps)


@settings(max_examples=200)
@given(STARTS, STEPS, STARTS, STEPS)
def test_uses_side_by_side_and_in_a_let_know_nothing_of_each_other(
    one: int, steps: list[Step], other: int, others: list[Step]
) -> None:
    first, second = expected(one, steps), expected(other, others)
    both = None if None in (first, second) else f"Record {{ a: {first}, b: {second} }}"
    side_by_side = parallel(a=chain(one, steps), b=chain(other, others))
    bound = let({"op": "Project", "fields": {"a": "a", "b": "b"}}, **side_by_side["branches"])

    assert (output_of(side_by_side), output_of(bound)) == (both, both)


@settings(max_examples=300)
@given(OPEN_STEPS, st.permutations(["T", "U", "V"]), st.sets(st.sampled_from(list(ALL))))
def test_what_variables_are_called_means_nothing(
    steps: list[Step], names: list[str], renamed: set[str]
) -> None:
    others = {
        name: re.sub(r"<([TU])>", lambda found: f"<{names['TU'.index(found[1])]}>", text)
        if name in renamed
        else text
        for name, text in ALL.items()
    }
    for root in (chain(0, steps), sequential(call("same"), *chain(0, steps)["stages"][1:])):
        assert output_alike(root, others) == output_alike(root, ALL)
