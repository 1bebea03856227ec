"""Values of expressions that need no call, as a run would find them."""

from collections.abc import Iterable

from noether_nix.graph.expression import Constant, Expression
from noether_nix.graph.expression_document import write_expressions
from noether_nix.graph.flow import EachNode, kind_of
from noether_nix.graph.members import items_of
from noether_nix.inside.contract import Json
from noether_nix.inside.dataflow import Valuation
from noether_nix.inside.unusable import InputUnusableError

# Members and characters. A value that is put together anew is written down once more.
_MOST_SIZE = 1024
_MOST_LEVELS = 16


def known_value(expression: Expression) -> Constant | None:
    """The value of an expression that is made of constants, if it has one that is small."""
    shared, (document,) = write_expressions([expression], {}, {})
    try:
        value: Json = Valuation(None, shared).value(document)
    except InputUnusableError:
        return None  # a run that looks at it is told so
    return Constant(value) if _is_small(value) else None


def known_of_no_items(node: EachNode, items: Json) -> Constant | None:
    """What a node that is done once an item comes to where there is none."""
    if not isinstance(items, list | dict) or items:
        return None
    kind, initial = kind_of(node)
    if kind in ("map", "filter"):
        return Constant(items)
    return None if initial is None else Constant(initial["const"])


def are_small(expressions: Iterable[Expression]) -> bool:
    """Whether all of them are constants, and short to write down."""
    return all(isinstance(one, Constant) and _is_small(one.value) for one in expressions)


def _is_small(value: Json) -> bool:
    size, level = 0, [value]
    for _ in range(_MOST_LEVELS):
        for one in level:
            size += 1
            if isinstance(one, str | list | dict):
                size += len(one)
            if isinstance(one, int) and one.bit_length() > _MOST_SIZE:
                return False
            if isinstance(one, dict):
                size += sum(map(len, one))
            if size > _MOST_SIZE:
                return False
        level = [item for one in level for item in items_of(one)]
        if not level:
            return True
    return False
