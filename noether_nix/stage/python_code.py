"""What can be seen wrong in a stage's Python without running it.

The code is read as a syntax tree and never imported. What only shows when it runs (a dynamic
import, a clock) is the sandbox's to catch.
"""

import ast
import sys
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from noether_nix.stage.problems import ProblemList, nearest

_Nodes: TypeAlias = tuple[ast.AST, ...]
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def check_code(
    tree: ast.Module,
    problems: ProblemList,
    *,
    helpers: Iterable[str] | None,
    remedy: str,
    is_stage: bool,
) -> None:
    """Note what cannot work in the source of a stage or of a helper.

    Args:
        tree: the source, read.
        problems: where problems go.
        helpers: the declared helper files; None when nobody could read what is declared, and
            imports are not looked at.
        remedy: the hint for an undeclared import, with ``{module}`` for its name.
        is_stage: whether ``execute`` must be here.
    """
    nodes = tuple(ast.walk(tree))
    if is_stage:
        _check_execute(tree, nodes, problems)
        _check_main_block(tree, problems)
    _check_standard_input(nodes, problems)
    if helpers is not None:
        _check_imports(nodes, problems, helpers=helpers, remedy=remedy)


def _check_execute(tree: ast.Module, nodes: _Nodes, problems: ProblemList) -> None:
    function = _find_execute(tree, nodes, problems)
    if function is None:
        return
    if isinstance(function, ast.AsyncFunctionDef):
        problems.add(
            "execute-async",
            "execute is async, and nothing awaits it",
            function.lineno,
            hint="write `def execute(value):` and use asyncio.run inside",
        )
    elif _yields(function):
        problems.add(
            "execute-generator",
            "execute yields, so calling it gives a generator and no value",
            function.lineno,
            hint="collect the items and return a list",
        )
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    required = [
        argument.arg for argument in positional[: len(positional) - len(arguments.defaults)]
    ]
    named = [
        argument.arg
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is None
    ]
    if len(required) != 1 or named:
        takes = ", ".join([*required, *(f"{name} by name" for name in named)]) or "nothing"
        problems.add(
            "execute-arguments",
            f"execute must take exactly one required argument, but it takes {takes}",
            function.lineno,
            hint="write `def execute(value):`; several inputs are fields of one record",
        )


def _find_execute(tree: ast.Module, nodes: _Nodes, problems: ProblemList) -> _Function | None:
    functions = [node for node in tree.body if isinstance(node, _Function)]
    found = [node for node in functions if node.name == "execute"]
    if found:
        return found[-1]
    line = next((line for name, line in _bound_names(nodes) if name == "execute"), None)
    if line is not None:
        problems.add(
            "execute-missing",
            "execute is not defined by a def at the top level of the file",
            line,
            hint="write `def execute(value):` there and call the other from it",
        )
        return None
    near = nearest("execute", [node.name for node in functions])
    hint = f"rename {near}" if near else "write `def execute(value):` and return the output"
    problems.add("execute-missing", "there is no function execute", 0, hint=hint)
    return None


def _bound_names(nodes: _Nodes) -> Iterator[tuple[str, int]]:
    for node in nodes:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, node.lineno
            case ast.ClassDef(name=name):
                yield name, node.lineno
            case ast.Name(id=name, ctx=ast.Store()):
                yield name, node.lineno
            case ast.arg(arg=name):
                yield name, node.lineno
            case ast.Import() | ast.ImportFrom():
                for alias in node.names:
                    yield alias.asname or alias.name.partition(".")[0], node.lineno
            case _:
                pass


def _yields(function: ast.FunctionDef) -> bool:
    pending: list[ast.AST] = [*function.body]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, _Function | ast.Lambda | ast.ClassDef):
            pending.extend(ast.iter_child_nodes(node))
    return False


def _check_main_block(tree: ast.Module, problems: ProblemList) -> None:
    for node in tree.body:
        if isinstance(node, ast.If) and _compares_main(node.test):
            problems.add(
                "main-block",
                "a stage has no main block: the file is loaded as a module",
                node.lineno,
                hint="remove it; what it tries belongs into Examples, see `noether stage run`",
            )


def _compares_main(test: ast.expr) -> bool:
    match test:
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
            sides = (left, right)
            named = any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides)
            main = any(
                isinstance(side, ast.Constant) and side.value == "__main__" for side in sides
            )
            return named and main
        case _:
            return False


def _check_standard_input(nodes: _Nodes, problems: ProblemList) -> None:
    bound = {name for name, _ in _bound_names(nodes)}
    system = {
        alias.asname or "sys"
        for node in nodes
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name == "sys"
    }
    for node in nodes:
        match node:
            case ast.Call(func=ast.Name(id="input")) if "input" not in bound:
                what = "input()"
            case ast.Attribute(attr="stdin", value=ast.Name(id=name)) if name in system:
                what = f"{name}.stdin"
            case ast.ImportFrom(module="sys") if any(a.name == "stdin" for a in node.names):
                what = "sys.stdin"
            case _:
                continue
        problems.add(
            "standard-input",
            f"{what} has nothing to read: a stage has no standard input",
            node.lineno,
            hint="what execute is given is the input",
        )


def _check_imports(
    nodes: _Nodes, problems: ProblemList, *, helpers: Iterable[str], remedy: str
) -> None:
    modules = {name.removesuffix(".py") for name in helpers}
    for name, line in _imports(nodes):
        root, dot, _ = name.partition(".")
        if not root:
            problems.add(
                "import-relative",
                "a relative import finds nothing: a stage is no part of a package",
                line,
                hint="import the helper by its name and declare it: Helpers: [its_file.py]",
            )
        elif root in modules and dot:
            problems.add(
                "import-undeclared",
                f"{name} cannot be imported: {root} is one file and has no modules inside",
                line,
                hint=f"write `import {root}` or `from {root} import …`",
            )
        elif root not in modules and root not in sys.stdlib_module_names:
            problems.add(
                "import-undeclared",
                f"{root} is neither in the standard library nor a declared helper",
                line,
                hint=remedy.format(module=root),
            )


def _imports(nodes: _Nodes) -> Iterator[tuple[str, int]]:
    """Every module that is imported by name, with its line; relative ones begin with a dot."""
    for node in nodes:
        match node:
            case ast.Import():
                for alias in node.names:
                    yield alias.name, node.lineno
            case ast.ImportFrom():
                yield "." * node.level + (node.module or ""), node.lineno
            case ast.Call(
                func=ast.Attribute(attr="import_module")
                | ast.Name(id="import_module" | "__import__"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield name, node.lineno
            case _:
                pass
