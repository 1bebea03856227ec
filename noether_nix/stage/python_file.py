"""A stage read from a Python file: its contract from the docstring, its code as it is."""

import ast
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import TypeAlias

from noether_nix.errors import Problem
from noether_nix.stage.annotations import read_annotations
from noether_nix.stage.docstring import Contract, read_contract
from noether_nix.stage.model import Helper, Stage
from noether_nix.stage.names import lawful_name
from noether_nix.stage.problems import ProblemList, lines_of, stage_invalid
from noether_nix.stage.python_code import check_code
from noether_nix.stage.python_syntax import module_docstring, parse_python

HelperSource: TypeAlias = Mapping[str, bytes] | Callable[[str], bytes | None]

_IMPORT_REMEDY = (
    "declare a file beside the stage with `Helpers: [{module}.py]`;"
    " packages from elsewhere cannot be declared yet"
)


def parse_stage_file(data: bytes, *, place: str, helpers: HelperSource | None = None) -> Stage:
    """Read a stage from the bytes of its file.

    Args:
        data: the whole file, which is the stage's source as it stands.
        place: the file's name for messages; its stem is the stage's name where none is declared.
        helpers: where the bytes of a declared helper come from, by file name; only names that
            the contract declares and that are lawful are asked for.

    Raises:
        StageInvalidError: the file breaks the contract; carries every problem.
    """
    problems = ProblemList(lines_of(place))
    tree = parse_python(data, problems)
    if tree is None:
        raise stage_invalid(place, problems.in_order())
    contract = _contract(tree, data, problems)
    declared = None if contract is None else contract.helpers
    found = () if contract is None else _read_helpers(contract, helpers or {}, problems)
    beside = _helper_problems(found, place, declared or ())
    check_code(tree, problems, helpers=declared, remedy=_IMPORT_REMEDY, is_stage=True)
    name = _name(contract, place, problems)
    every = (*problems.in_order(), *beside)
    if every or contract is None or contract.input is None or contract.output is None:
        raise stage_invalid(place, every)
    return Stage(
        name=name,
        input=contract.input,
        output=contract.output,
        effects=contract.effects,
        source=data,
        description=contract.description,
        tags=contract.tags,
        helpers=found,
        limits=contract.limits,
        properties=contract.properties,
        examples=contract.examples,
        origin=place,
    )


def helper_names(data: bytes) -> tuple[str, ...]:
    """The lawful helpers that a stage file declares; none where it cannot be read."""
    problems = ProblemList(str)
    tree = parse_python(data, problems)
    contract = None if tree is None else _contract(tree, data, problems)
    return () if contract is None else contract.helpers


def _contract(tree: ast.Module, data: bytes, problems: ProblemList) -> Contract | None:
    docstring = module_docstring(tree, data, problems)
    if docstring is None:
        return None
    return read_contract(
        docstring.text,
        first_line=docstring.first_line,
        escaped=docstring.escaped,
        problems=problems,
        annotations=read_annotations(tree),
    )


def _name(contract: Contract | None, place: str, problems: ProblemList) -> str:
    if contract is not None and contract.name is not None:
        return contract.name
    stem = PurePath(place).stem
    name = lawful_name(stem)
    if name is None:
        hint = "write a section Name into the docstring"
        problems.add("name-invalid", f"no name can be made of {stem!r}", 0, hint=hint)
    return name or ""


def _read_helpers(
    contract: Contract, source: HelperSource, problems: ProblemList
) -> tuple[Helper, ...]:
    read = source.get if isinstance(source, Mapping) else source
    found: list[Helper] = []
    for name in contract.helpers:
        data = read(name)
        if data is None:
            problems.add(
                "helper-missing",
                f"the helper {name} is not beside the stage",
                contract.helpers_line,
                hint=f"put {name} into the stage's folder, or take it out of Helpers",
            )
        else:
            found.append((name, data))
    return tuple(found)


def _helper_problems(
    found: tuple[Helper, ...], place: str, declared: tuple[str, ...]
) -> list[Problem]:
    every: list[Problem] = []
    for name, data in found:
        problems = ProblemList(lines_of(str(PurePath(place).parent / name)))
        tree = parse_python(data, problems)
        if tree is not None:
            check_code(tree, problems, helpers=declared, remedy=_IMPORT_REMEDY, is_stage=False)
        every.extend(problems.in_order())
    return every
