"""What the expressions in a piece of Python stand for, as far as can be told without running it.

Total: code that is built to confuse is at worst not understood. Nothing here knows what an effect
is.
"""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from noether_nix.effects.scopes import Annotated, Known, Made, Meaning, Own, Scope, Words
from noether_nix.effects.sources import IMPORTERS, OWN_PATHS, PATH_CLASSES, PATH_PARTS

_DEPTH = 40  # of expressions and of aliases of aliases
_BINDINGS = 6  # of one name are looked at
_Meanings: TypeAlias = tuple[Meaning, ...]


def meanings(node: ast.expr | None, scope: Scope, depth: int = 0) -> _Meanings:
    """What an expression may stand for; nothing where that cannot be told."""
    reader = _READERS.get(type(node))
    return () if reader is None or depth > _DEPTH else reader(node, scope, depth)


def _of_constant(node: Any, _scope: Scope, _depth: int) -> _Meanings:
    return (Words(node.value, whole=True),) if isinstance(node.value, str) else ()


def _of_attribute(node: Any, scope: Scope, depth: int) -> _Meanings:
    return _each(_attribute(one, node.attr) for one in meanings(node.value, scope, depth + 1))


def _of_annotated(node: Any, scope: Scope, depth: int) -> _Meanings:
    classes = meanings(node.annotation, scope, depth + 1)
    return tuple(Made(one.name) for one in classes if isinstance(one, Known))


def _of_subscript(node: Any, scope: Scope, depth: int) -> _Meanings:
    return _each(_item(one, node.slice) for one in meanings(node.value, scope, depth + 1))


def _of_sum(node: Any, scope: Scope, depth: int) -> _Meanings:
    if not isinstance(node.op, ast.Div | ast.Add):
        return ()
    return _each(_joined(one, node.right) for one in meanings(node.left, scope, depth + 1))


def _of_formatted(node: Any, scope: Scope, depth: int) -> _Meanings:
    if not node.values:
        return (Words("", whole=True),)
    first = node.values[0]
    if isinstance(first, ast.FormattedValue):
        first = first.value
    return _each(map(_begins, meanings(first, scope, depth + 1)))


def _of_either(node: Any, scope: Scope, depth: int) -> _Meanings:
    found: _Meanings = ()
    values = node.values[:_BINDINGS] if isinstance(node, ast.BoolOp) else [node.body, node.orelse]
    for value in values:
        found += meanings(value, scope, depth + 1)
    return tuple(dict.fromkeys(found))[:_BINDINGS]


def _of_inner(node: Any, scope: Scope, depth: int) -> _Meanings:
    return meanings(node.value, scope, depth + 1)


def _each(found: Iterable[Meaning | None]) -> _Meanings:
    return tuple(one for one in found if one is not None)


def _of_name(node: Any, scope: Scope, depth: int) -> _Meanings:
    name = node.id
    found = scope.lookup(name)
    if found is None and name == "__builtins__":
        return (Known("builtins"),)
    if found is None:
        modules = scope.module().everything_of
        return (*(Known(f"{module}.{name}") for module in modules), Known(f"builtins.{name}"))
    owner, bindings = found
    if name in owner.asked:
        return owner.asked[name]
    owner.asked[name] = ()  # an alias of itself stands for nothing
    answer: list[Meaning] = []
    for binding in bindings[:_BINDINGS]:
        if isinstance(binding, Known):
            answer.append(binding)
        elif binding is not None:
            answer += meanings(binding, owner, depth + 1)
    owner.asked[name] = tuple(dict.fromkeys(answer))[:_BINDINGS]
    return owner.asked[name]


def _attribute(one: Meaning, attribute: str) -> Meaning | None:
    match one:
        case Known(name):
            return Known(f"{name}.{attribute}")
        case Made(kind, _) if kind in PATH_CLASSES:
            return one if attribute in PATH_PARTS else Known(f"pathlib.Path().{attribute}")
        case Made(kind):
            return Known(f"{kind}().{attribute}")
        case Own():
            return one
        case Words():
            return None


def _item(one: Meaning, index: ast.expr) -> Meaning | None:
    match one, index:
        case Own(), _:
            return one
        case Known("sys.modules"), ast.Constant(value=str(name)):
            return Known(name)
        case Known(name), ast.Constant(value=str(attribute)) if name == "builtins" or name.endswith(
            ".__dict__"
        ):
            # In a module that is imported, __builtins__ is their dictionary.
            return Known(f"{name.removesuffix('.__dict__')}.{attribute}")
        case _:
            return None


def _begins(one: Meaning) -> Meaning | None:
    match one:
        case Words(text):
            return Words(text, whole=False)
        case Own() | Made():
            return one
        case Known():
            return None


def _joined(one: Meaning, right: ast.expr) -> Meaning | None:
    """A path or a text with more behind it."""
    match one, right:
        case Made(kind, Words(text, True)), ast.Constant(value=str(more)) if kind in PATH_CLASSES:
            path = more if more.startswith("/") else f"{text.rstrip('/')}/{more}"
            return Made(kind, Words(path, whole=True))
        case Made(kind, Words(text)), _ if kind in PATH_CLASSES:
            return Made(kind, Words(text, whole=False))
        case Words(text, True), ast.Constant(value=str(more)):
            return Words(text + more, whole=True)
        case _:
            return _begins(one)


def _of_call(node: Any, scope: Scope, depth: int) -> _Meanings:
    found: list[Meaning] = []
    for function in meanings(node.func, scope, depth + 1):
        match function:
            case Known(name):
                found += _of_known(name, node, scope, depth)
            case Made(kind, given) if kind in PATH_CLASSES:
                found.append(Made(kind, _begins(given) if given else None))
            case Own():
                found.append(function)
            case _:
                pass
    return tuple(dict.fromkeys(found))[:_BINDINGS]


def _of_known(name: str, node: ast.Call, scope: Scope, depth: int) -> Iterable[Meaning]:
    if name in IMPORTERS:
        return _imported(name, node)
    if name in OWN_PATHS:
        return (Own(),)
    if name in PATH_CLASSES:
        return _path(name, node, scope, depth)
    if name in _CALLED:
        return _CALLED[name](node, scope, depth)
    if name.rpartition(".")[2][:1].isupper() and "()" not in name:
        given = meanings(_first(node), scope, depth + 1)
        return (Made(name, given[0] if given else None),)
    return ()


def _first(node: ast.Call) -> ast.expr | None:
    return node.args[0] if node.args else None


def _imported(name: str, node: ast.Call) -> Iterator[Meaning]:
    match _first(node):
        case ast.Constant(value=str(module)):
            yield Known(module.partition(".")[0] if name.endswith("__import__") else module)
        case _:
            pass


def _path(name: str, node: ast.Call, scope: Scope, depth: int) -> Iterator[Meaning]:
    given = meanings(_first(node), scope, depth + 1)
    for one in given:
        inner = one.given if isinstance(one, Made) and one.kind in PATH_CLASSES else one
        if inner is not None and len(node.args) > 1:
            inner = _begins(inner)
        yield inner if isinstance(inner, Own) else Made(name, inner)
    if not given:
        yield Made(name)


def _getattr(node: ast.Call, scope: Scope, depth: int) -> Iterator[Meaning]:
    match node.args[1:]:
        case [ast.Constant(value=str(attribute)), *_]:
            found = (_attribute(one, attribute) for one in meanings(node.args[0], scope, depth + 1))
            yield from _each(found)
        case _:
            pass


def _vars(node: ast.Call, scope: Scope, depth: int) -> Iterator[Meaning]:
    for one in meanings(_first(node), scope, depth + 1):
        if isinstance(one, Known):
            yield Known(f"{one.name}.__dict__")


def _same_text(node: ast.Call, scope: Scope, depth: int) -> Iterable[Meaning]:
    found = meanings(_first(node), scope, depth + 1)
    return _each(map(_begins, found)) if len(node.args) > 1 else found


_CALLED: Mapping[str, Callable[[ast.Call, Scope, int], Iterable[Meaning]]] = {
    "builtins.getattr": _getattr,
    "builtins.vars": _vars,
    "multiprocessing.get_context": lambda _node, _scope, _depth: (Known("multiprocessing"),),
    **dict.fromkeys(("os.path.join", "os.fspath", "builtins.str", "os.path.abspath"), _same_text),
    "pathlib.Path.cwd": lambda _node, _scope, _depth: (Made("pathlib.Path"),),
    "pathlib.Path.home": lambda _node, _scope, _depth: (Made("pathlib.Path"),),
}
_READERS: Mapping[type, Callable[[Any, Scope, int], _Meanings]] = {
    ast.Constant: _of_constant,
    ast.Name: _of_name,
    ast.Attribute: _of_attribute,
    Annotated: _of_annotated,
    ast.Call: _of_call,
    ast.Subscript: _of_subscript,
    ast.BinOp: _of_sum,
    ast.JoinedStr: _of_formatted,
    ast.IfExp: _of_either,
    ast.BoolOp: _of_either,
    ast.NamedExpr: _of_inner,
    ast.Await: _of_inner,
}
