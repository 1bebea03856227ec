"""What is rendered, whole, and that nothing gets into it by accident."""

import dataclasses

import pytest
from jinja2 import Environment, StrictUndefined, UndefinedError

from noether_nix.nixexpr.escape import only_nix_text
from noether_nix.nixexpr.render import nix_name, render_call, render_package
from noether_nix.plan.package import Package
from noether_nix.plan.program import Program
from scripts.update_golden import FOLDER, golden_files, golden_program

_REMEDY = "scripts/update_golden.py rewrites the files of tests/golden on purpose"
_CONTRACT_REMEDY = (
    "inside/contract.py is in every key: a change voids every kept result in the world. "
    "If that is meant, write an ADR (docs/adr) and run scripts/update_golden.py"
)


@pytest.mark.parametrize("name", ["call.nix", "key.txt", "package.nix"])
def test_the_golden_text_is_what_is_made_now(name: str) -> None:
    expected = (FOLDER / name).read_text(encoding="utf-8")

    assert golden_files()[name] == expected, _REMEDY


def test_the_code_in_every_key_has_not_changed() -> None:
    expected = (FOLDER / "contract.sha256").read_text(encoding="utf-8")

    assert golden_files()["contract.sha256"] == expected, _CONTRACT_REMEDY


def test_every_golden_file_is_one_that_is_compared() -> None:
    mine = {"call.nix", "contract.sha256", "key.txt", "package.nix"}
    # tests/unit/graph and tests/unit/stage compare these
    messages = {"graphs/accepted.txt", "graphs/refused.txt", "stages/refused.txt"}

    assert golden_files().keys() == mine | messages
    assert mine <= {file.name for file in FOLDER.iterdir()}


def test_a_rendered_call_names_every_file_that_it_reads() -> None:
    program = golden_program()

    text = render_call(program, "0" * 64)

    for path in (*program.contents, program.interpreter.toolchain):
        assert f'(inStore "{path}")' in text


def test_a_rendered_package_names_every_file_that_it_reads() -> None:
    package = Package(golden_program())

    text = render_package(package)

    for path in (*package.contents, package.program.interpreter.toolchain):
        assert f'(inStore "{path}")' in text


def test_code_of_a_stage_is_never_in_the_text() -> None:
    golden = golden_program()
    stage = dataclasses.replace(golden.stage, source=b'"${builtins.abort "x"}"')
    program = Program(stage, golden.interpreter, golden.limits)

    assert "abort" not in render_call(program, "0" * 64)
    assert "abort" not in render_package(Package(program))


@pytest.mark.parametrize("value", ["text", 1, None, True, b"bytes", ["a"]])
def test_a_bare_value_is_refused_before_it_becomes_code(value: object) -> None:
    environment = Environment(finalize=only_nix_text, undefined=StrictUndefined)

    with pytest.raises(TypeError, match="was about to become Nix code unescaped"):
        environment.from_string("{{ value }}").render(value=value)


def test_a_name_that_nobody_gave_is_refused() -> None:
    environment = Environment(finalize=only_nix_text, undefined=StrictUndefined)

    with pytest.raises((TypeError, UndefinedError)):
        environment.from_string("{{ value }}").render()


@pytest.mark.parametrize("name", ["", "1", "a b", "a.b", "a;", "é", "a\n", "${x}", "a=1"])
def test_what_is_no_name_of_an_attribute_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name"):
        nix_name(name)


@pytest.mark.parametrize("name", ["a", "_", "LC_ALL", "a'-1"])
def test_a_name_of_an_attribute_stays_as_it_is(name: str) -> None:
    assert nix_name(name) == name
