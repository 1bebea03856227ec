"""Nix text of calls and packages, rendered from the templates beside this file."""

import functools
import re
from typing import TYPE_CHECKING

from noether_nix.nixexpr.escape import NixText, nix_path, nix_paths, nix_string, only_nix_text
from noether_nix.plan.interpreter import FLAGS, Interpreter
from noether_nix.plan.package import Package
from noether_nix.plan.program import (
    CALL_NAME,
    STARTING_ENVIRONMENT,
    CallFiles,
    Program,
    value_path,
)

if TYPE_CHECKING:
    from jinja2 import Environment

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_'-]*")


def render_call(program: Program, input_sha256: str) -> str:
    """The expression of one call derivation."""
    return _render(
        "call.nix.j2",
        program.interpreter,
        name=CALL_NAME,
        input=value_path(input_sha256),
        **_files(program.files),
    )


def render_package(package: Package) -> str:
    """The expression of a stage as a program, ``bin/NAME``."""
    program = package.program
    return _render(
        "package.nix.j2",
        program.interpreter,
        name=package.name,
        program=program.stage.name,
        package_code=package.builder,
        program_code=package.program_code,
        input_type=package.input_type,
        **_files(program.files),
    )


def nix_name(name: str) -> NixText:
    """The name of an attribute of ours.

    Raises:
        ValueError: it is none.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot be the name of an attribute")
    return NixText(name)


def _files(files: CallFiles) -> dict[str, object]:
    return {
        "contract": files.contract,
        "contract_code": files.contract_code,
        "helpers": files.helpers,
        "stage": files.stage,
    }


def _render(template: str, interpreter: Interpreter, **values: object) -> str:
    return (
        _environment()
        .get_template(template)
        .render(
            environment=sorted(STARTING_ENVIRONMENT.items()),
            flags=FLAGS,
            loader=interpreter.loader,
            system=interpreter.system,
            toolchain=interpreter.toolchain,
            **values,
        )
    )


@functools.cache
def _environment() -> "Environment":
    # jinja2 takes 38 ms to import, and a run in which nothing is new renders nothing.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("noether_nix.nixexpr", "templates"),
        undefined=StrictUndefined,
        finalize=only_nix_text,
        autoescape=False,  # noqa: S701 - this is Nix, and finalize refuses what is not escaped
        keep_trailing_newline=True,
    )
    environment.filters.update(
        nix_name=nix_name, nix_path=nix_path, nix_paths=nix_paths, nix_string=nix_string
    )
    return environment
