"""A type as Python code writes it: read from the syntax tree with the names of its module."""

import ast
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from noether_nix.errors import TypeSyntaxError
from noether_nix.types.display import render_type
from noether_nix.types.model import (
    ANY,
    BOOL,
    NULL,
    NUMBER,
    TEXT,
    ListType,
    MapType,
    RecordType,
    RefinedType,
    Type,
    nullable,
    record,
    union,
)
from noether_nix.types.refinement import Integer, one_of
from noether_nix.types.text import parse_type

_DEPTH = 40
_INTEGER = RefinedType(NUMBER, Integer())
_PLAIN: Mapping[str, Type] = {
    "Any": ANY, "None": NULL, "NoneType": NULL, "bool": BOOL, "float": NUMBER, "int": _INTEGER,
    "object": ANY, "str": TEXT,
}  # fmt: skip
_LISTS = frozenset({"Iterable", "List", "Sequence", "list"})
_TUPLES = frozenset({"Tuple", "tuple"})
_MAPS = frozenset({"Dict", "Mapping", "MutableMapping", "dict"})
_WRAPPERS = frozenset({"Final", "NotRequired", "ReadOnly", "Required"})


class PythonTypeReader:
    """Reads one type.

    Attributes:
        unread: what of it cannot be read, as it is written; empty when all can.
        unread_line: where that stands; 0 when all can.
        loose: it says less than it could, as a bare ``dict`` does.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.unread = ""
        self.unread_line = 0
        self._quotes_line = 0  # of the text that is being read, as its own lines begin anew
        self.loose = False
        self._pending: set[str] = set()
        self._known: dict[str, ast.expr | ast.ClassDef] = {}
        self._imported: dict[str, str] = {}
        for node in tree.body:
            match node:
                case ast.ClassDef(name=name):
                    self._known[name] = node
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self._known[name] = value
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    self._known[name] = value
                case ast.ImportFrom(names=names):
                    self._imported |= {one.asname or one.name: one.name for one in names}
                case _:
                    pass

    def type(self, node: ast.expr, depth: int) -> Type:
        """The type that an expression stands for; what it is not, is noted as not read."""
        if depth > _DEPTH:
            return self._cannot(node)
        match node:
            case ast.Constant(value=None):
                return NULL
            case ast.Constant(value=str(text)):
                return self._quoted(text, node, depth)
            case ast.Name() | ast.Attribute():
                return self._named(node, depth)
            case ast.Subscript(value=value, slice=inner):
                items = inner.elts if isinstance(inner, ast.Tuple) else [inner]
                return self._subscribed(self._word(value), items, node, depth + 1)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return union(self.type(left, depth + 1), self.type(right, depth + 1))
            case _:
                return self._cannot(node)

    def _cannot(self, node: ast.AST) -> Type:
        name = self._word(node) if isinstance(node, ast.expr) else ""
        if not self.unread:
            self.unread = name or type(node).__name__
            self.unread_line = self._quotes_line or getattr(node, "lineno", 0)
        self.loose = True
        return ANY

    def _word(self, node: ast.expr) -> str:
        match node:
            case ast.Name(id=name):
                return self._imported.get(name, name)
            case ast.Attribute(attr=name):
                return name
            case ast.Subscript(value=value) | ast.Call(func=value):
                return self._word(value) if isinstance(value, ast.Name | ast.Attribute) else ""
            case _:
                return ""

    def _quoted(self, text: str, node: ast.expr, depth: int) -> Type:
        outside = self._quotes_line
        self._quotes_line = outside or node.lineno
        try:
            return self.type(ast.parse(text, mode="eval").body, depth + 1)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return self._cannot(node)
        finally:
            self._quotes_line = outside

    def _named(self, node: ast.expr, depth: int) -> Type:
        name = node.id if isinstance(node, ast.Name) else ""
        if name in self._pending:
            return self._cannot(node)  # a type that holds itself
        if name in self._known:
            self._pending.add(name)
            found = self._of_module(name, self._known[name], depth + 1)
            self._pending.discard(name)
            return found
        word = self._word(node)
        if word in _PLAIN:
            return _PLAIN[word]
        if word in _LISTS | _TUPLES:
            self.loose = True
            return ListType(ANY)
        if word in _MAPS:
            self.loose = True
            return MapType(TEXT, ANY)
        return self._cannot(node)

    def _of_module(self, name: str, found: ast.expr | ast.ClassDef, depth: int) -> Type:
        if isinstance(found, ast.ClassDef):
            return self._record(found, depth)
        match found:
            case ast.Call(args=[_, ast.Dict(keys=keys, values=values)]) if (
                self._word(found) == "TypedDict"
            ):
                pairs = [
                    (key.value, value)
                    for key, value in zip(keys, values, strict=True)
                    if isinstance(key, ast.Constant) and isinstance(key.value, str)
                ]
                return self._fields([(key, value, False) for key, value in pairs], depth)
            case ast.Call():
                return self._cannot(ast.Name(name))
            case _:
                return self.type(found, depth)

    def _record(self, found: ast.ClassDef, depth: int) -> Type:
        made = {self._word(one) for one in found.decorator_list}
        bases = [one for one in found.bases if self._word(one) not in ("TypedDict", "Generic")]
        is_dict = any(self._word(one) == "TypedDict" for one in found.bases)
        inherited = [self.type(base, depth) for base in bases]
        if not (is_dict or "dataclass" in made or inherited) or not all(
            isinstance(one, RecordType) for one in inherited
        ):
            return self._cannot(ast.Name(found.name))
        partial = any(
            word.arg == "total" and isinstance(word.value, ast.Constant) and not word.value.value
            for word in found.keywords
        )
        members = [
            (node.target.id, node.annotation, partial or node.value is not None)
            for node in found.body
            if isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and self._word(node.annotation) != "ClassVar"
        ]
        own = self._fields(members, depth)
        return _merged([*inherited, own])

    def _fields(self, members: list[tuple[str, ast.expr, bool]], depth: int) -> Type:
        needed: dict[str, Type] = {}
        optional: dict[str, Type] = {}
        for name, annotation, may_be_absent in members:
            word = self._word(annotation) if isinstance(annotation, ast.Subscript) else ""
            absent = (may_be_absent and word != "Required") or word == "NotRequired"
            needed.pop(name, None)
            optional.pop(name, None)
            (optional if absent else needed)[name] = self.type(annotation, depth + 1)
        return record(needed, optional=optional)

    def _subscribed(self, word: str, items: list[ast.expr], node: ast.expr, depth: int) -> Type:
        reader = _SUBSCRIBED.get(word)
        return self._cannot(node) if reader is None else reader(self, items, depth)

    def list_of(self, items: list[ast.expr], depth: int) -> Type:
        """``list[T]``."""
        return ListType(self.type(items[0], depth))

    def tuple_of(self, items: list[ast.expr], depth: int) -> Type:
        """``tuple[T, ...]``, or a tuple of several."""
        parts = [one for one in items if not (isinstance(one, ast.Constant) and one.value is ...)]
        return ListType(union(*(self.type(one, depth) for one in parts)))

    def map_of(self, items: list[ast.expr], depth: int) -> Type:
        """``dict[str, T]``."""
        if len(items) != 2 or self.type(items[0], depth) != TEXT:
            return self._cannot(items[0])
        return MapType(TEXT, self.type(items[1], depth))

    def either(self, items: list[ast.expr], depth: int) -> Type:
        """``Union[A, B]``."""
        return union(*(self.type(one, depth) for one in items))

    def maybe(self, items: list[ast.expr], depth: int) -> Type:
        """``Optional[T]``."""
        return nullable(self.type(items[0], depth))

    def wrapped(self, items: list[ast.expr], depth: int) -> Type:
        """``NotRequired[T]``."""
        return self.type(items[0], depth)

    def literal(self, items: list[ast.expr], _depth: int) -> Type:
        """``Literal["a", "b"]``."""
        values: list[Any] = [one.value for one in items if isinstance(one, ast.Constant)]
        bases = [_OF_VALUES[type(value)] for value in values if type(value) in _OF_VALUES]
        if len(bases) != len(items):
            return self._cannot(items[0])
        return RefinedType(union(*bases), one_of(values))

    def annotated(self, items: list[ast.expr], depth: int) -> Type:
        """``Annotated[T, "Range(0..=9)"]``."""
        found = self.type(items[0], depth)
        for note in items[1:]:
            match note:
                case ast.Constant(value=str(text)):
                    try:
                        found = parse_type(f"{render_type(found)} & {text}")
                    except TypeSyntaxError:
                        self._cannot(ast.Name(text[:40]))
                case _:
                    pass  # for somebody else
        return found


_OF_VALUES: Mapping[type, Type] = {
    str: TEXT, int: NUMBER, float: NUMBER, bool: BOOL, type(None): NULL
}  # fmt: skip
_Subscribed: TypeAlias = Callable[[Any, list[ast.expr], int], Type]
_SUBSCRIBED: Mapping[str, _Subscribed] = {
    **dict.fromkeys(_LISTS, PythonTypeReader.list_of),
    **dict.fromkeys(_TUPLES, PythonTypeReader.tuple_of),
    **dict.fromkeys(_MAPS, PythonTypeReader.map_of),
    **dict.fromkeys(_WRAPPERS, PythonTypeReader.wrapped),
    "Annotated": PythonTypeReader.annotated,
    "Literal": PythonTypeReader.literal,
    "Optional": PythonTypeReader.maybe,
    "Union": PythonTypeReader.either,
}


def _merged(records: list[Type]) -> Type:
    needed: dict[str, Type] = {}
    optional: dict[str, Type] = {}
    for one in records:
        assert isinstance(one, RecordType)
        for field in one.fields:
            needed.pop(field.name, None)
            optional.pop(field.name, None)
            (optional if field.optional else needed)[field.name] = field.type
    return record(needed, optional=optional)
