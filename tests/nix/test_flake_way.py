"""The flake, all of it, on a machine that has Nix's store and nothing else.

nixpkgs cannot be fetched here, so a small flake of ours with its shape stands in its place, by the
means that Nix has for it: ``--override-input``. flake.nix and nix/ are those of the checkout.
"""

import json
import os
from pathlib import Path

import pytest

import noether_nix
from noether_nix.process.nix_programs import find_nix
from tests.flake.bare_machine import SYSTEM, BareMachine, set_up

pytestmark = [pytest.mark.nix, pytest.mark.timeout(400)]

_NAMED = os.environ.get("NOETHER_NIX")
PROGRAMS = find_nix(Path(_NAMED) if _NAMED else None, os.environ["PATH"])
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


def test_nix_run_runs_a_graph(machine: BareMachine) -> None:
    done = machine.run_nix("run .#noether", "--", "run", *HELLO, "--raw")

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "a-title"


def test_nix_build_gives_the_program(machine: BareMachine) -> None:
    done = machine.run_nix("build --json --no-link .#noether")

    assert done.returncode == 0, done.stderr
    program = json.loads(done.stdout)[0]["outputs"]["out"] + "/bin/noether"
    version = machine.run(program, "version")
    assert version.returncode == 0, version.stderr
    assert noether_nix.__version__ in version.stdout


def test_nix_flake_show_lists_every_output(machine: BareMachine) -> None:
    done = machine.run_nix("flake show --json")

    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert set(shown) == {"apps", "checks", "devShells", "lib", "packages"}
    assert shown["packages"][SYSTEM]["noether"]["name"] == f"noether-nix-{noether_nix.__version__}"
