"""The scopes of a piece of Python, and what each name in them is bound to.

Every function, class and comprehension is a scope. A name is bound to an import, to a value that
an assignment gives it, or to something that cannot be told.
"""

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from noether_nix.frozen import dataclass, field


@dataclass(frozen=True, slots=True)
class Known:
    """Something that Python knows under this dotted name: ``os``, ``time.time``."""

    name: str


@dataclass(frozen=True, slots=True)
class Words:
    """A text that begins so; ``whole`` when that is all of it."""

    text: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Own:
    """A path of the call's own, as ``tempfile`` makes them."""


@dataclass(frozen=True, slots=True)
class Made:
    """An object that a class made from this first argument."""

    kind: str
    given: "Meaning | None" = None


Meaning: TypeAlias = Known | Words | Own | Made

_Binding: TypeAlias = Known | ast.expr | None


@dataclass(slots=True)
class Scope:
    """Names and what they are bound to; those of a class are not seen from its functions."""

    outer: "Scope | None" = None
    is_class: bool = False
    names: dict[str, list[_Binding]] = field(default_factory=dict)
    everything_of: list[str] = field(default_factory=list)
    elsewhere: dict[str, "Scope"] = field(default_factory=dict)
    asked: dict[str, tuple[Meaning, ...]] = field(default_factory=dict)

    def bind(self, name: str, to: _Binding) -> None:
        """Note that the name may stand for that; None cannot be told."""
        scope = self.elsewhere.get(name, self)
        scope.names.setdefault(name, []).append(to)

    def lookup(self, name: str) -> "tuple[Scope, list[_Binding]] | None":
        """The scope that a name is of, seen from here."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.elsewhere:
                scope = scope.elsewhere[name]
            if name in scope.names and (scope is self or not scope.is_class):
                return scope, scope.names[name]
            scope = scope.outer
        return None

    def module(self) -> "Scope":
        """The outermost scope."""
        scope = self
        while scope.outer is not None:
            scope = scope.outer
        return scope


class Annotated(ast.expr):
    """Stands for an object of the class that an annotation names."""

    def __init__(self, annotation: ast.expr) -> None:
        super().__init__()
        self.annotation = annotation


def walk(tree: ast.Module) -> list[tuple[ast.AST, Scope]]:
    """Every node that runs, in the order of the source, with its scope; all names are bound.

    Annotations and what stands under ``if TYPE_CHECKING`` are left out: they do nothing.
    """
    found: list[tuple[ast.AST, Scope]] = []
    pending: list[tuple[ast.AST, Scope]] = [(tree, Scope())]
    while pending:
        node, scope = pending.pop()
        found.append((node, scope))
        _bind(node, scope)
        pending.extend(reversed(list(_inside(node, scope))))
    return found


def _inside(node: ast.AST, scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
            inner = Scope(scope)
            _bind_arguments(node.args, inner)
            decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
            defaults = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
            yield from ((part, scope) for part in (*decorators, *defaults))
            body = [node.body] if isinstance(node, ast.Lambda) else node.body
            yield from ((part, inner) for part in body)
        case ast.ClassDef():
            inner = Scope(scope, is_class=True)
            outside = (*node.decorator_list, *node.bases, *node.keywords)
            yield from ((part, scope) for part in outside)
            yield from ((part, inner) for part in node.body)
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            inner = Scope(scope)
            yield from ((part, inner) for part in ast.iter_child_nodes(node))
        case ast.AnnAssign():
            parts = [node.target, *([node.value] if node.value else [])]
            yield from ((part, scope) for part in parts)
        case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
            yield from ((part, scope) for part in node.orelse)
        case _:
            yield from ((part, scope) for part in ast.iter_child_nodes(node))


def _bind_arguments(arguments: ast.arguments, scope: Scope) -> None:
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    for argument in every:
        # Of what is annotated as a path, what is done with it can be told.
        scope.bind(argument.arg, argument.annotation and Annotated(argument.annotation))
    for rest in filter(None, (arguments.vararg, arguments.kwarg)):
        scope.bind(rest.arg, None)


def _bind(node: ast.AST, scope: Scope) -> None:
    binder = _BINDERS.get(type(node))
    if binder is not None:
        binder(node, scope)


def _bind_import(node: Any, scope: Scope) -> None:
    for alias in node.names:
        first = alias.name.partition(".")[0]
        scope.bind(alias.asname or first, Known(alias.name if alias.asname else first))


def _bind_import_from(node: Any, scope: Scope) -> None:
    for alias in node.names:
        if node.level or node.module is None:
            scope.bind(alias.asname or alias.name, None)
        elif alias.name == "*":
            scope.everything_of.append(node.module)
        else:
            scope.bind(alias.asname or alias.name, Known(f"{node.module}.{alias.name}"))


def _bind_assign(node: Any, scope: Scope) -> None:
    for target in node.targets:
        _bind_target(target, node.value, scope)


def _bind_annotated(node: Any, scope: Scope) -> None:
    _bind_target(node.target, node.value or Annotated(node.annotation), scope)


def _bind_with(node: Any, scope: Scope) -> None:
    if node.optional_vars is not None:
        _bind_target(node.optional_vars, node.context_expr, scope)


def _bind_global(node: Any, scope: Scope) -> None:
    scope.elsewhere.update(dict.fromkeys(node.names, scope.module()))


def _bind_name(node: Any, scope: Scope) -> None:
    if node.name is not None:
        scope.bind(node.name, None)


_BINDERS: Mapping[type[ast.AST], Callable[[Any, Scope], None]] = {
    ast.Import: _bind_import,
    ast.ImportFrom: _bind_import_from,
    ast.Assign: _bind_assign,
    ast.AnnAssign: _bind_annotated,
    ast.withitem: _bind_with,
    ast.Global: _bind_global,
    **dict.fromkeys(
        (
            ast.FunctionDef,
            ast.AsyncFunctionDef,
            ast.ClassDef,
            ast.ExceptHandler,
            ast.MatchAs,
            ast.MatchStar,
        ),
        _bind_name,
    ),
    ast.MatchMapping: lambda node, scope: scope.bind(node.rest or "", None),
    ast.NamedExpr: lambda node, scope: _bind_target(node.target, node.value, scope),
    **dict.fromkeys(
        (ast.For, ast.AsyncFor, ast.comprehension, ast.AugAssign),
        lambda node, scope: _bind_target(node.target, None, scope),
    ),
}


def _bind_target(target: ast.expr, value: ast.expr | None, scope: Scope) -> None:
    pending: list[tuple[ast.expr, ast.expr | None]] = [(target, value)]
    while pending:
        one, given = pending.pop()
        match one, given:
            case ast.Name(id=name), _:
                scope.bind(name, given)
            case (
                (ast.Tuple(elts=parts) | ast.List(elts=parts)),
                (ast.Tuple(elts=values) | ast.List(elts=values)),
            ) if len(parts) == len(values):
                pending += zip(parts, values, strict=True)
            case ((ast.Tuple(elts=parts) | ast.List(elts=parts)), _):
                # Of mkstemp's pair each is the call's own; of anything else nothing is known.
                pending += (
                    (part, given if isinstance(given, ast.Call) else None) for part in parts
                )
            case ast.Starred(value=part), _:
                pending.append((part, None))
            case _:
                pass
