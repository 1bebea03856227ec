"""The variables of types: which there are, and types in which something stands for them."""

from collections.abc import Iterable, Mapping

from noether_nix.frozen import dataclass
from noether_nix.types.model import (
    ANY,
    MAX_TYPE_DEPTH,
    Field,
    ListType,
    MapType,
    OpenRecordType,
    RecordType,
    RefinedType,
    StreamType,
    Type,
    UnionType,
    VarType,
    union,
)
from noether_nix.types.traversal import nesting, walk

# A stage may give its input twice, and a hundred of them stand in a row.
MAX_TYPE_SIZE = 2000


@dataclass(frozen=True, slots=True)
class Row:
    """What stands for the rest of an open record: fields, and a variable where there are more.

    When it ``is_unknown``, nothing can be said of the whole record.
    """

    fields: tuple[Field, ...] = ()
    rest: str | None = None
    is_unknown: bool = False


@dataclass(frozen=True, slots=True)
class Substitution:
    """What stands for variables: types for some, rows for those of open records."""

    types: Mapping[str, Type]
    rows: Mapping[str, Row]

    def apply(self, whole: Type) -> Type:
        """``whole`` with everything in its place; what got too large or too deep is Any."""
        places = sum(
            one.name in self.types if isinstance(one, VarType) else one.rest in self.rows
            for one in walk(whole)
            if isinstance(one, VarType | OpenRecordType)
        )
        if places * self._largest() <= MAX_TYPE_SIZE:
            return self.apply_at(whole, 0)
        rows = dict.fromkeys(self.rows, Row(is_unknown=True))
        return Substitution(dict.fromkeys(self.types, ANY), rows).apply_at(whole, 0)

    def of_known_rows(self) -> "Substitution":
        """The same, but an open record of whose rest nothing is known stays one."""
        known = {name: row for name, row in self.rows.items() if not row.is_unknown}
        return Substitution(self.types, known)

    def _largest(self) -> int:
        inserted = [_size(found) for found in self.types.values()]
        inserted += [sum(_size(one.type) for one in row.fields) for row in self.rows.values()]
        return max(inserted, default=0)

    def apply_at(self, whole: Type, depth: int) -> Type:
        """:meth:`apply` where ``whole`` is so many types deep in another."""
        match whole:
            case VarType(name):
                found = self.types.get(name) or self._record((), name, depth, whole)
                return ANY if depth + nesting(found) > MAX_TYPE_DEPTH else found
            case ListType(item):
                return ListType(self.apply_at(item, depth + 1))
            case StreamType(item):
                return StreamType(self.apply_at(item, depth + 1))
            case MapType(key, value):
                return MapType(self.apply_at(key, depth + 1), self.apply_at(value, depth + 1))
            case UnionType(variants):
                return union(*(self.apply_at(variant, depth + 1) for variant in variants))
            case RefinedType(base, refinement):
                return RefinedType(self.apply_at(base, depth + 1), refinement)
            case RecordType(fields):
                return RecordType(self._fields(fields, depth))
            case OpenRecordType(fields, rest):
                kept = self._fields(fields, depth)
                return self._record(kept, rest, depth, OpenRecordType(kept, rest))
            case _:
                return whole

    def _fields(self, fields: tuple[Field, ...], depth: int) -> tuple[Field, ...]:
        return tuple(
            Field(one.name, self.apply_at(one.type, depth + 1), optional=one.optional)
            for one in fields
        )

    def _record(self, fields: tuple[Field, ...], rest: str, depth: int, otherwise: Type) -> Type:
        row = self.rows.get(rest)
        if row is None:
            return otherwise
        if row.is_unknown:
            return ANY
        named = {one.name for one in fields}
        more = (one for one in row.fields if one.name not in named)
        kept = [
            one if depth + 1 + nesting(one.type) <= MAX_TYPE_DEPTH else Field(one.name, ANY)
            for one in more
        ]
        ordered = tuple(sorted((*fields, *kept), key=lambda one: one.name))
        return RecordType(ordered) if row.rest is None else OpenRecordType(ordered, row.rest)


def variables_of(*wholes: Type) -> frozenset[str]:
    """The names of all variables, of types and of rests of records."""
    types = (one.name for whole in wholes for one in walk(whole) if isinstance(one, VarType))
    return frozenset(types) | rests_of(*wholes)


def rests_of(*wholes: Type) -> frozenset[str]:
    """The names of the variables that stand for the rest of a record."""
    inner = (one for whole in wholes for one in walk(whole))
    return frozenset(one.rest for one in inner if isinstance(one, OpenRecordType))


def rename_apart(wholes: Iterable[Type], taken: Iterable[str]) -> tuple[Type, ...]:
    """The same types with other variables where a name is among ``taken``: T becomes T2.

    All ``wholes`` share their variables, so the same one gets the same new name in all.
    """
    kept = tuple(wholes)
    own = variables_of(*kept)
    used = set(taken) | own
    names: dict[str, str] = {}
    for name in sorted(own & frozenset(taken)):
        number = 2
        while f"{name}{number}" in used:
            number += 1
        names[name] = f"{name}{number}"
        used.add(names[name])
    types: dict[str, Type] = {old: VarType(new) for old, new in names.items()}
    renamed = Substitution(types, {old: Row((), new) for old, new in names.items()})
    return tuple(renamed.apply_at(whole, 0) for whole in kept) if names else kept


def _size(whole: Type) -> int:
    return sum(1 for _ in walk(whole))
