"""Expressions while a graph is being read; one may be used at many places."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from noether_nix.frozen import dataclass
from noether_nix.inside.contract import Json

ExpressionDocument: TypeAlias = dict[str, Json]


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


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """A list, item by item."""

    items: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True, eq=False)
class Picked:
    """What stands at the end of a path of fields; ``default`` is empty or the one value else."""

    path: tuple[str, ...]
    source: "Expression"
    default: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A field of an object, null if it has none, or all that is no object."""

    name: str
    source: "Expression"


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """One of two, as a third one says."""

    predicate: "Expression"
    if_true: "Expression"
    if_false: "Expression"


@dataclass(frozen=True, slots=True, eq=False)
class Collected:
    """What becomes of all items of an Each."""

    each: int


@dataclass(frozen=True, slots=True, eq=False)
class Remote:
    """What another server gives for an input; nothing here can evaluate it."""

    pointer: str
    source: "Expression"


Expression: TypeAlias = (
    Input
    | Constant
    | Output
    | Assembled
    | Selected
    | Overlaid
    | Configured
    | Listed
    | Picked
    | Part
    | Chosen
    | Collected
    | Remote
)


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


def pick(path: tuple[str, ...], source: Expression, default: tuple[Json, ...] = ()) -> Expression:
    """What stands at the end of ``path`` in ``source``, taken directly as far as can be known."""
    while path:
        name = path[0]
        match source:
            case Assembled(fields) if name in fields:
                source = fields[name]
            case Overlaid(_, over) if name in over.fields:
                source = over.fields[name]
            case Constant(dict() as value) if name in value:
                source = Constant(value[name])
            case Picked(before, whole, ()) if not default:
                return Picked((*before, *path), whole)
            case _:
                return Picked(path, source, default)
        path = path[1:]
    return source


def part(name: str, source: Expression) -> Expression:
    """What the source ``name`` of a Merge takes from ``source``."""
    match source:
        case Assembled(fields):
            return fields.get(name, Constant(None))
        case Overlaid(_, over) if name in over.fields:
            return over.fields[name]
        case Constant(dict() as value):
            return Constant(value.get(name))
        case Constant():
            return source
        case _:
            return Part(name, source)


def parts(expression: Expression) -> Iterable[Expression]:
    """The expressions that one is directly made of."""
    match expression:
        case Input() | Constant() | Output() | Collected():
            return ()
        case Assembled(fields):
            return fields.values()
        case Listed(items):
            return items
        case Configured(source) | Selected(_, source) | Picked(_, source):
            return (source,)
        case Part(_, source) | Remote(_, source):
            return (source,)
        case Chosen(predicate, if_true, if_false):
            return (predicate, if_true, if_false)
        case Overlaid(under, over):
            return (under, over)


def in_order(roots: Sequence[Expression]) -> tuple[list[Expression], dict[int, int]]:
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
            pending.extend((one, False) for one in parts(expression))
    return order, uses
