"""What Map, Filter and Reduce find in what is given to them."""

from noether_nix.frozen import dataclass
from noether_nix.graph.problems import shown
from noether_nix.graph.produced import Gathered, Literal, Produced, Typed, type_of, unrefined
from noether_nix.types.model import (
    ANY,
    AnyType,
    ListType,
    MapType,
    Type,
    VarType,
    union,
)


@dataclass(frozen=True, slots=True)
class Items:
    """Items that may come.

    Attributes:
        parts: one for all where only the type is known, else each; none for certain where empty.
        whole: what they are the items of.
        names: of the items of an object whose fields are known, in their order.
    """

    parts: tuple[Produced, ...]
    whole: Produced
    names: tuple[str, ...] | None = None


def items_of(produced: Produced) -> Items | None:
    """The items of a list, or the values of an object if each of them is known to be one.

    A record type says "at least these fields": what else there is cannot be handed to anybody.
    A union is to be taken apart before.
    """
    match produced:
        case Literal(list() as value, giver):
            named = [Literal(item, f"item {at} of {giver}") for at, item in enumerate(value)]
            return Items(tuple(named), produced)
        case Literal(dict() as value, giver):
            fields = {name: Literal(item, of_field(name, giver)) for name, item in value.items()}
            return Items(tuple(fields.values()), produced, tuple(fields))
        case Gathered(fields, giver) if produced.is_closed:
            return Items(tuple(fields.values()), produced, tuple(fields))
        case Gathered(_, giver) if produced.is_unknown:
            return Items((Typed(ANY, f"an item of {giver}"),), produced)
        case Typed(whole, giver):
            item = _item_type(unrefined(whole))
            return None if item is None else Items((Typed(item, f"an item of {giver}"),), produced)
        case _:
            return None


def mapped(items: Items, outputs: tuple[Produced, ...], giver: str) -> Produced:
    """What comes of items when each becomes one of ``outputs``."""
    match items.whole:
        case Literal(list() as value, _) if not value:
            return items.whole
        case Literal(list(), _):
            return Typed(ListType(join(outputs)), giver)
        case Typed(whole, _):
            (output,) = map(type_of, outputs)
            match unrefined(whole):
                case ListType():
                    return Typed(ListType(output), giver)
                case MapType(key, _):
                    return Typed(MapType(key, output), giver)
                case _:
                    return Typed(ANY, giver)
        case Gathered(_, _, optional) if items.names is not None:
            return Gathered(dict(zip(items.names, outputs, strict=True)), giver, optional)
        case _ if items.names is not None:
            return Gathered(dict(zip(items.names, outputs, strict=True)), giver)
        case _:
            return Typed(ANY, giver)


def filtered(items: Items, giver: str) -> Produced:
    """What is left of items when any of them may go."""
    match items.whole:
        case Typed(whole, _):
            return Typed(unrefined(whole), giver)
        case Literal(list(), _):
            return Typed(ListType(join(items.parts)), giver)
        case _ if items.names is not None:
            fields = dict(zip(items.names, items.parts, strict=True))
            return Gathered(fields, giver, frozenset(fields))
        case _:
            return Typed(ANY, giver)


def join(parts: tuple[Produced, ...]) -> Type:
    """The type of what may be any of ``parts``; Any of none."""
    return union(*map(type_of, parts)) if parts else ANY


def either(parts: tuple[Produced, ...], giver: str) -> Produced:
    """What may be any of ``parts``, of which there is at least one."""
    return parts[0] if len(parts) == 1 else Typed(join(parts), giver)


def of_field(name: str, giver: str) -> str:
    """Who gives a field of something that has a giver."""
    return f"the field {shown(name)} of {giver}"


def _item_type(whole: Type) -> Type | None:
    match whole:
        case ListType(item) | MapType(_, item):
            return item
        case AnyType() | VarType():
            return ANY
        case _:
            return None
