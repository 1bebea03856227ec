"""The types that a stage's code says in the annotations of ``execute``, read and never run.

``TypedDict`` and dataclasses are records (what ``execute`` is given is a dict in any case), and
what ``noether type schema --python`` writes reads back. Where the docstring says a type too, the
two have to agree in shape; what only the docstring can say (refinements, Bytes) it may add.
"""

import ast

from noether_nix.errors import TypeSyntaxError
from noether_nix.frozen import dataclass
from noether_nix.stage.problems import ProblemList
from noether_nix.stage.python_type import PythonTypeReader
from noether_nix.types.display import render_type, render_type_short
from noether_nix.types.fits import Misfit, fits, path_text
from noether_nix.types.model import (
    ANY,
    BYTES,
    TEXT,
    VNODE,
    ListType,
    MapType,
    OpenRecordType,
    RecordType,
    RefinedType,
    Type,
    UnionType,
    VarType,
    record,
    union,
)


@dataclass(frozen=True, slots=True)
class AnnotatedType:
    """What an annotation says.

    Attributes:
        type: the type, with Any in the place of what cannot be read.
        line: where it stands.
        unread: what of it cannot be read, as it is written; empty when all can.
        unread_line: where that stands, as in a class that the annotation names.
        loose: it says less than it could, as a bare ``dict`` does.
    """

    type: Type
    line: int
    unread: str = ""
    loose: bool = False
    unread_line: int = 0

    def instead_of_section(self, name: str, problems: ProblemList) -> Type:
        """The type where the docstring has no section of that name."""
        if self.unread:
            message = f"the annotation {self.unread} is of no type that a value can have"
            hint = f"write {name}: … into the docstring, or annotate with {_KNOWN}"
            line = self.unread_line or self.line
            problems.add("annotation-unknown", message, line, hint=hint)
        return self.type

    def compare(self, name: str, said: Type, problems: ProblemList) -> None:
        """Note where the docstring says another shape."""
        stated, annotated = _shape(said), _shape(self.type)
        if self.loose:
            return
        misfit = fits(stated, annotated) or fits(annotated, stated)
        if misfit is not None:
            message = (
                f"{name} is {render_type_short(said, 120)} in the docstring and "
                f"{render_type_short(self.type, 120)} in the code{_where(misfit)}"
            )
            hint = f"leave out the section {name}, or write {name}: {render_type(self.type)}"
            problems.add("annotation-mismatch", message, self.line, hint=hint)


_KNOWN = "str, int, float, bool, None, list[…], dict[str, …], Literal, a TypedDict or a dataclass"


def _where(misfit: Misfit) -> str:
    place = path_text(misfit.path)
    return f", which differ at {place}" if misfit.path else ""


def _shape(whole: Type) -> Type:
    """A type without what Python has no word for."""
    match whole:
        case RefinedType(base):
            return _shape(base)
        case ListType(item):
            return ListType(_shape(item))
        case MapType(key, value):
            return MapType(_shape(key), _shape(value))
        case UnionType(variants):
            return union(*map(_shape, variants))
        case RecordType(fields) | OpenRecordType(fields, _):
            needed = {one.name: _shape(one.type) for one in fields if not one.optional}
            return record(
                needed, optional={one.name: _shape(one.type) for one in fields if one.optional}
            )
        case VarType():
            return ANY
        case _:
            return TEXT if whole == BYTES else ANY if whole == VNODE else whole


@dataclass(frozen=True, slots=True)
class Annotations:
    """What the annotations of ``execute`` say, where they are there."""

    input: AnnotatedType | None = None
    output: AnnotatedType | None = None


def read_annotations(tree: ast.Module) -> Annotations:
    """Read the annotations of the ``execute`` of a stage."""
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    found = [node for node in functions if node.name == "execute"]
    if not found:
        return Annotations()
    arguments = [*found[-1].args.posonlyargs, *found[-1].args.args]
    given = arguments[0].annotation if arguments else None
    return Annotations(_read(given, tree), _read(found[-1].returns, tree))


def _read(annotation: ast.expr | None, tree: ast.Module) -> AnnotatedType | None:
    if annotation is None:
        return None
    reader = PythonTypeReader(tree)
    try:
        whole = reader.type(annotation, 0)
    except TypeSyntaxError as error:  # a field or an option that no type can have
        return AnnotatedType(ANY, annotation.lineno, error.message, loose=True)
    return AnnotatedType(whole, annotation.lineno, reader.unread, reader.loose, reader.unread_line)
