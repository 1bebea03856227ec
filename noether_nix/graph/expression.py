"""Expressions while a graph is being read, and how they become documents of linear size.

In memory one expression may be used at many places; :func:`write_expressions` puts what is
used more than once into a table, so that no document is larger than the graph it came from.
The documents and their meaning are those of :mod:`noether_nix.inside.dataflow`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from noether_nix.frozen import dataclass
from noether_nix.inside.contract import Json

ExpressionDocument: TypeAlias = dict[str, Json]

# So that a plan, which holds expressions, stays far from the depth that values may have.
_MAX_INLINE_LEVELS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Input:
    """The input of the whole graph."""


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """A value that the graph itself gives."""

    value: Json


@dataclass(frozen=True, slots=True, eq=False)
class Output:
    """The output of a call."""

    call: int


@dataclass(frozen=True, slots=True, eq=False)
class Assembled:
    """An object, field by field."""

    fields: "Mapping[str, Expression]"


@dataclass(frozen=True, slots=True, eq=False)
class Selected:
    """A field of an object that has it, else the whole."""

    name: str
    source: "Expression"


@dataclass(frozen=True, slots=True, eq=False)
class Overlaid:
    """The fields of one object with those of another over them."""

    under: "Expression"
    over: "Assembled"


@dataclass(frozen=True, slots=True, eq=False)
class Configured:
    """An input with the fields that a node's ``config`` gives."""

    source: "Expression"
    config: Mapping[str, Json]
    field: str | None


Expression: TypeAlias = Input | Constant | Output | Assembled | Selected | Overlaid | Configured


def select(name: str, source: Expression) -> Expression:
    """What the branch ``name`` takes from ``source``.

    Where it can be known without running anything it is taken directly, so that a call depends
    on no more than the part that it uses.
    """
    current = source
    while True:
        match current:
            case Assembled(fields):
                # A name that is missing under an overlay is not missing above it.
                return fields.get(name, source)
            case Overlaid(under, over):
                if name in over.fields:
                    return over.fields[name]
                current = under
            case Constant(dict() as value):
                return Selected(name, current) if name in value else source
            case Constant():
                return source
            case _:
                return Selected(name, source)


def write_expressions(
    roots: Sequence[Expression], numbers: Mapping[int, int]
) -> tuple[tuple[ExpressionDocument, ...], tuple[ExpressionDocument, ...]]:
    """The table of shared expressions, and the documents of ``roots``, which refer to it.

    ``numbers`` gives each call the index that it has in the documents.
    """
    order, uses = _in_order(roots)
    writer = _Writer(uses, numbers)
    for expression in order:
        writer.add(expression)
    return tuple(writer.shared), tuple(writer.reference(root) for root in roots)


class _Writer:
    """Documents so far, by the identity of their expression, with their depth."""

    def __init__(self, uses: Mapping[int, int], numbers: Mapping[int, int]) -> None:
        self.shared: list[ExpressionDocument] = []
        self._uses = uses
        self._numbers = numbers
        self._written: dict[int, tuple[ExpressionDocument, int]] = {}

    def reference(self, expression: Expression) -> ExpressionDocument:
        return self._written[id(expression)][0]

    def add(self, expression: Expression) -> None:
        inner = max((self._written[id(part)][1] for part in _parts(expression)), default=0)
        document, levels = self._document(expression), inner + 1
        if (
            self._uses[id(expression)] > 1 and not _is_small(expression)
        ) or levels > _MAX_INLINE_LEVELS:
            self.shared.append(document)
            document, levels = {"let": len(self.shared) - 1}, 1
        self._written[id(expression)] = document, levels

    def _document(self, expression: Expression) -> ExpressionDocument:
        match expression:
            case Input():
                return {"input": None}
            case Constant(value):
                return {"const": value}
            case Output(call):
                return {"call": self._numbers[call]}
            case Assembled(fields):
                return {"object": [[name, self.reference(part)] for name, part in fields.items()]}
            case Selected(name, source):
                return {"field": [name, self.reference(source)]}
            case Overlaid(under, over):
                return {"overlay": [self.reference(under), self.reference(over)]}
            case Configured(source, config, field):
                return {"config": [self.reference(source), dict(config), field]}


def _is_small(expression: Expression) -> bool:
    match expression:
        case Input() | Output():
            return True
        case Constant(value):
            return value is None or isinstance(value, bool | float)
        case _:
            return False


def _parts(expression: Expression) -> Iterable[Expression]:
    match expression:
        case Input() | Constant() | Output():
            return ()
        case Assembled(fields):
            return fields.values()
        case Selected(_, source) | Configured(source, _, _):
            return (source,)
        case Overlaid(under, over):
            return (under, over)


def _in_order(roots: Sequence[Expression]) -> tuple[list[Expression], dict[int, int]]:
    """Every expression once, after all that it is made of, and how often each is used."""
    order: list[Expression] = []
    uses: dict[int, int] = {}
    pending = [(root, False) for root in reversed(roots)]
    while pending:
        expression, is_ready = pending.pop()
        if is_ready:
            order.append(expression)
            continue
        uses[id(expression)] = uses.get(id(expression), 0) + 1
        if uses[id(expression)] == 1:
            pending.append((expression, True))
            pending.extend((part, False) for part in _parts(expression))
    return order, uses
