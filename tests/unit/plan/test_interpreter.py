"""How a toolchain is started, and that the two places that know it say the same."""

import pytest

from noether_nix.errors import ToolchainUnusableError
from noether_nix.formats.digest import Digest
from noether_nix.formats.store_path import StorePath
from noether_nix.inside import package
from noether_nix.plan.interpreter import FLAGS, Interpreter
from noether_nix.plan.program import STARTING_ENVIRONMENT
from noether_nix.toolchain import model

TOOLCHAIN = StorePath("0" * 32, "noether-python-3.11.2")


def test_the_interpreter_is_started_by_the_loader_beside_it() -> None:
    root = f"/nix/store/{TOOLCHAIN.base_name}"

    interpreter = Interpreter(TOOLCHAIN, "x86_64-linux", "3.11.2")

    assert interpreter.builder == f"{root}/lib/ld-linux-x86-64.so.2"
    assert interpreter.arguments == (
        "--library-path", f"{root}/lib", f"{root}/bin/python3", "-s", "-S", "-P", "-X", "utf8",
    )  # fmt: skip


def test_a_toolchain_gives_its_interpreter() -> None:
    reference = model.ToolchainReference(
        "host", TOOLCHAIN, "3.11.2", "aarch64-linux", Digest.of(b"")
    )

    assert reference.interpreter == Interpreter(TOOLCHAIN, "aarch64-linux", "3.11.2", "host")


def test_a_system_without_a_known_loader_is_refused() -> None:
    with pytest.raises(ToolchainUnusableError, match="riscv64-linux"):
        _ = Interpreter(TOOLCHAIN, "riscv64-linux", "3.11.2").builder


def test_flags_that_would_ignore_the_hash_seed_are_not_among_the_flags() -> None:
    assert not {"-I", "-E"} & set(FLAGS)
    assert FLAGS == package._FLAGS


def test_a_package_starts_with_the_variables_of_a_call() -> None:
    assert sorted(package._VARIABLES) == sorted(STARTING_ENVIRONMENT)


def test_a_report_names_the_toolchain() -> None:
    assert Interpreter(TOOLCHAIN, "x86_64-linux", "3.11.2").to_document() == {
        "provider": "host",
        "path": str(TOOLCHAIN),
        "version": "3.11.2",
    }
