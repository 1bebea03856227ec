"""The flake, all of it, on a machine that has Nix's store and nothing else.

nixpkgs cannot be fetched here, so a small flake of ours with its shape stands in its place, by the
means that Nix has for it: ``--override-input``. flake.nix and nix/ are those of the checkout.
"""

import json
import os
from typing import Any

import pytest

import noether_nix
from tests.flake.bare_machine import SYSTEM, BareMachine, set_up
from tests.nix.which_nix import PROGRAMS

pytestmark = [pytest.mark.nix, pytest.mark.timeout(600)]

HELLO = ("examples/hello/graph.json", "--input", '"A title"')


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> BareMachine:
    """One machine for all processes that run these tests."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    return set_up(shared / "bare-machine", PROGRAMS)


def test_the_machine_has_no_python_and_no_environment_of_the_checkout(machine: BareMachine) -> None:
    busybox = f"{machine.busybox}/bin/busybox"
    tried = ("/usr/bin/python3", "/usr", "/bin", "/checkout/.venv", "/checkout/flake.nix")

    done = machine.run(busybox, "ls", "-d", *tried)

    assert done.stdout.split() == ["/checkout/flake.nix"]


def test_nix_run_runs_a_graph_with_the_interpreter_of_its_nixpkgs(machine: BareMachine) -> None:
    done = machine.run_nix("run .#noether", "--", "run", *HELLO, "--json")

    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["output"] == "a-title"
    assert said["toolchain"]["provider"] == "nixpkgs"
    # The flake's package brought it along: nothing is fetched, nothing made of this machine.
    assert "making a toolchain" not in done.stderr


def test_nix_flake_show_lists_every_output(machine: BareMachine) -> None:
    done = machine.run_nix("flake show --json")

    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert set(shown) == {"apps", "checks", "devShells", "lib", "overlays", "packages"}
    names = {name: package["name"] for name, package in shown["packages"][SYSTEM].items()}
    assert names["noether"] == names["default"] == f"noether-nix-{noether_nix.__version__}"
    assert names["toolchain"].startswith("noether-python-3.")


def test_nix_flake_check_is_green(machine: BareMachine) -> None:
    done = machine.run_nix("flake check --print-build-logs")

    assert done.returncode == 0, done.stderr


def test_nix_develop_has_what_the_project_needs(machine: BareMachine) -> None:
    asked = "import click, pydantic, pytest, rich; print(click.__name__)"

    done = machine.run_nix("develop", "--command", "python3", "-c", asked)

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["click"]


@pytest.fixture(scope="module")
def answers(machine: BareMachine) -> list[dict[str, Any]]:
    """What noether answered to tests/flake/providers.sh."""
    built = machine.run_nix("build --json --no-link .#noether")
    assert built.returncode == 0, built.stderr
    program = json.loads(built.stdout)[0]["outputs"]["out"] + "/bin/noether"

    done = machine.run("sh", "-eu", "tests/flake/providers.sh", program)

    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_toolchain_of_nixpkgs_is_really_built_and_used(answers: list[dict[str, Any]]) -> None:
    updated, ran, shown, *_ = answers

    assert updated["toolchain"]["provider"] == "nixpkgs"
    assert updated["toolchain"]["source"] == "/small"
    assert shown["toolchain"] == updated["toolchain"]
    assert ran["output"] == "a-title"
    assert ran["toolchain"] == {
        name: updated["toolchain"][name] for name in ("provider", "path", "version")
    }


def test_a_toolchain_of_nixpkgs_that_is_lost_is_made_again_the_same(
    answers: list[dict[str, Any]],
) -> None:
    _, ran, _, again, *_ = answers

    assert again["output"] == "another-title"
    assert again["toolchain"] == ran["toolchain"]
    assert [call["cached"] for call in again["calls"]] == [False, False]


def test_the_other_provider_gives_other_keys(answers: list[dict[str, Any]]) -> None:
    _, of_nixpkgs, _, _, updated, of_host = answers

    assert updated["changed"]
    assert updated["toolchain"]["provider"] == of_host["toolchain"]["provider"] == "host"
    assert of_host["output"] == of_nixpkgs["output"]
    keys = {call["key"] for ran in (of_nixpkgs, of_host) for call in ran["calls"]}
    assert len(keys) == len(of_nixpkgs["calls"]) + len(of_host["calls"])


def test_a_cache_that_is_not_reached_is_no_riddle(machine: BareMachine) -> None:
    built = machine.run_nix("build --json --no-link .#noether")
    program = json.loads(built.stdout)[0]["outputs"]["out"] + "/bin/noether"
    # The flake's program brings a toolchain along; without it the pin has to be fetched.
    variables = {"NOETHER_TOOLCHAIN_CLOSURE": ""}

    done = machine.run(
        program, "toolchain", "update", "--provider", "nixpkgs", "--json", variables=variables
    )

    said = json.loads(done.stdout)["error"]
    assert done.returncode == 5
    assert said["code"] == "toolchain-unusable"
    assert "cannot be fetched" in said["message"]
    assert "--provider host" in said["hint"]
