"""How a toolchain is started, and that the two places that know it say the same."""

import pytest

from noether_nix.formats.digest import Digest
from noether_nix.formats.store_path import StorePath
from noether_nix.inside import package
from noether_nix.plan.interpreter import FLAGS, Interpreter
from noether_nix.plan.program import STARTING_ENVIRONMENT
from noether_nix.toolchain import model

TOOLCHAIN = StorePath("0" * 32, "noether-python-3.11.2")


@pytest.mark.parametrize("system", ["x86_64-linux", "aarch64-linux"])
def test_a_reference_and_its_interpreter_start_the_same_words(system: str) -> None:
    reference = model.ToolchainReference("host", TOOLCHAIN, "3.11.2", system, Digest.of(b""))

    interpreter = reference.interpreter

    assert interpreter == Interpreter(TOOLCHAIN, system, "3.11.2", "host")
    assert interpreter.builder == reference.builder
    assert interpreter.arguments == reference.arguments


def test_flags_that_would_ignore_the_hash_seed_are_not_among_the_flags() -> None:
    assert not {"-I", "-E"} & set(FLAGS)
    assert FLAGS == model.FLAGS == package._FLAGS


def test_a_package_starts_with_the_variables_of_a_call() -> None:
    assert sorted(package._VARIABLES) == sorted(STARTING_ENVIRONMENT)


def test_a_report_names_the_toolchain() -> None:
    assert Interpreter(TOOLCHAIN, "x86_64-linux", "3.11.2").to_document() == {
        "provider": "host",
        "path": str(TOOLCHAIN),
        "version": "3.11.2",
    }
