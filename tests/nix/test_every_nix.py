"""Every user and every store: root and an ordinary account, a private store and the machine's.

Each in a machine of the test's own (:mod:`tests.nix.machines`), on the Nix that is tested. Only
root can make such machines; what an ordinary account can show, the other tests show as it.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.nix.daemon import Daemon, serve
from tests.nix.machines import ORDINARY_USER, PROJECT, Machine, boot

pytestmark = [
    pytest.mark.nix,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can make such machines"),
]

HELLO = PROJECT / "examples/hello/graph.json"
MACHINE_STORE = {"NOETHER_STORE": "machine"}
# What other people write. Debian's newer Nix wants to show a shell that is not unpacked here.
LAZY = "sandbox-paths =\nmax-jobs = 0\ncores = 0\n"
SOUND = LAZY + "sandbox = true\n"
ENDS_AT_ONCE = (
    "{ system, ... }: { callPackage = _: _: derivation { inherit system; "
    'name = "noether-python-3.13.1"; builder = "/no/such/program"; }; }'
)


def run_hello(
    machine: Machine, title: str, *, user: int, store: str, **variables: str
) -> dict[str, Any]:
    """Run the hello example, which makes a file name of a title; gives what it tells programs."""
    done = machine.noether(
        "run", HELLO, "--input", json.dumps(title), "--json",
        user=user, variables={"NOETHER_STORE": store, **variables},
    )  # fmt: skip
    assert done.stdout, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told | {"exit": done.returncode}


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A machine whose daemon trusts nobody but root."""
    with serve(tmp_path_factory.mktemp("served"), nix_conf=SOUND) as running:
        yield running


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine without a daemon and with nothing in its store."""
    (tmp_path / "machine").mkdir()
    with boot(tmp_path / "machine") as running:
        yield running


@pytest.fixture
def machine_without_build_users(tmp_path: Path) -> Iterator[Machine]:
    """A machine without a daemon, and with nobody in the group nixbld."""
    (tmp_path / "machine").mkdir()
    with boot(tmp_path / "machine", build_users=0) as running:
        yield running


def configure(daemon: Daemon, nix_conf: str) -> None:
    (daemon.machine.root / "etc/nix/nix.conf").write_text(nix_conf)
    daemon.restart()


@pytest.mark.parametrize(
    ("user", "store"),
    [
        pytest.param(0, "private", id="root, a private store"),
        pytest.param(0, "machine", id="root, the machine's store"),
        pytest.param(ORDINARY_USER, "private", id="an ordinary user, a private store"),
    ],
)
def test_a_graph_runs_in_the_full_sandbox(machine: Machine, user: int, store: str) -> None:
    told = run_hello(machine, "A title", user=user, store=store)

    assert (told["exit"], told["output"], told["sandbox"]) == (0, "a-title", "full"), told
    assert (machine.root / "nix/store").exists() == (store == "machine")


def test_root_needs_no_build_users_for_a_private_store_but_for_the_machine_s(
    machine_without_build_users: Machine,
) -> None:
    machine = machine_without_build_users

    told = run_hello(machine, "No build users", user=0, store="private")

    assert (told["exit"], told["output"], told["sandbox"]) == (0, "no-build-users", "full"), told
    told = run_hello(machine, "No build users either", user=0, store="machine")
    assert (told["exit"], told["error"]["code"]) == (5, "sandbox-unavailable"), told
    assert "groupadd" in told["error"]["hint"]


def test_an_untrusted_user_s_graph_is_built_by_the_daemon_s_build_users(daemon: Daemon) -> None:
    configure(daemon, SOUND)

    told = run_hello(daemon.machine, "By the daemon", user=ORDINARY_USER, store="machine")

    assert (told["exit"], told["output"], told["sandbox"]) == (0, "by-the-daemon", "full"), told
    assert "user somebody" in daemon.log.read_text()  # and not "(trusted)"
    assert "user somebody (trusted)" not in daemon.log.read_text()
    again = run_hello(daemon.machine, "By the daemon", user=ORDINARY_USER, store="machine")
    assert [call["cached"] for call in again["calls"]] == [True, True]


def test_a_large_value_lies_in_the_machine_s_store_and_is_spared_there(daemon: Daemon) -> None:
    configure(daemon, SOUND)
    title = "x" * 100_000

    told = run_hello(daemon.machine, title, user=ORDINARY_USER, store="machine")

    assert told["exit"] == 0, told
    daemon.machine.run(["nix-store", "--gc"], user=0)
    again = run_hello(daemon.machine, title, user=ORDINARY_USER, store="machine")
    assert again["output"] == told["output"]
    assert [call["cached"] for call in again["calls"]] == [True, True]


@pytest.mark.parametrize(
    ("nix_conf", "seen"),
    [
        pytest.param(LAZY + "sandbox = false\n", "network devices", id="no sandbox"),
        pytest.param(
            SOUND + "build-users-group =\n", "runs as the machine's root", id="builds as root"
        ),
    ],
)
def test_a_daemon_that_does_not_isolate_is_found_out_from_inside(
    daemon: Daemon, nix_conf: str, seen: str
) -> None:
    configure(daemon, nix_conf)

    told = run_hello(daemon.machine, f"Not isolated: {seen}", user=ORDINARY_USER, store="machine")

    assert told["exit"] == 5
    assert told["error"]["code"] == "sandbox-unavailable"
    assert seen in told["error"]["message"]
    assert "sandbox = true" in told["error"]["hint"]
    assert "build-users-group" in told["error"]["hint"]
    assert "output" not in told


def test_a_daemon_that_shows_a_file_that_is_not_there_is_named(daemon: Daemon) -> None:
    configure(daemon, "sandbox = true\nsandbox-paths = /bin/sh=/absent/shell\n")

    told = run_hello(daemon.machine, "A missing shell", user=ORDINARY_USER, store="machine")

    assert (told["exit"], told["error"]["code"]) == (5, "sandbox-unavailable"), told
    assert "/absent/shell" in told["error"]["message"]
    assert "sandbox-paths" in told["error"]["hint"]


def test_without_a_daemon_an_ordinary_user_is_told_who_may_use_the_machine_s_store(
    machine: Machine,
) -> None:
    told = run_hello(machine, "Nobody listens", user=ORDINARY_USER, store="machine")

    assert (told["exit"], told["error"]["code"]) == (8, "store-unwritable"), told
    assert "nix-daemon" in told["error"]["hint"]
    # Newer ones make a third store in the user's home, whose values lie nowhere we look.
    hidden = (machine.root / f"people/{ORDINARY_USER}").rglob("nix/root/nix/store")
    assert list(hidden) == []


@pytest.mark.parametrize(
    ("nix_conf", "code", "words"),
    [
        # Debian's newest is compiled to show builds /usr/bin/bash-static, whoever has it.
        pytest.param("", "toolchain-unusable", "gives no toolchain", id="Nix as it was built"),
        pytest.param(
            "sandbox-paths = /bin/sh=/absent/shell\n",
            "sandbox-unavailable",
            "/absent/shell",
            id="the machine's own words",
        ),
    ],
)
def test_a_toolchain_is_built_without_a_shell_that_nobody_asked_for_and_is_not_there(
    nix_conf: str, code: str, words: str, tmp_path: Path
) -> None:
    (tmp_path / "machine").mkdir()
    with boot(tmp_path / "machine", nix_conf=nix_conf) as machine:
        (machine.root / "people/nixpkgs").mkdir()
        (machine.root / "people/nixpkgs/default.nix").write_text(ENDS_AT_ONCE)

        done = machine.noether(
            "toolchain", "update", "--provider", "nixpkgs", "--nixpkgs", "/people/nixpkgs", "--json"
        )

    told = json.loads(done.stdout)["error"]
    assert (told["code"], words in told["message"]) == (code, True), told
