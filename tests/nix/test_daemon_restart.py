"""A nix-daemon that is restarted, or stopped for good, while a run builds through it.

In a machine of the test's own (:mod:`tests.nix.machines`), as an ordinary user, to whom the
machine's store is open through the daemon alone.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.watched import Watched, expected, write_graph
from tests.nix.daemon import Daemon, serve
from tests.nix.machines import ORDINARY_USER

pytestmark = [
    pytest.mark.nix,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can make such machines"),
]

BRANCHES, LENGTH = 3, 12


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """A machine with a daemon, in whose store the toolchain lies already."""
    with serve(tmp_path, nix_conf="sandbox = true\nsandbox-paths =\n") as running:
        yield running


def start_run(daemon: Daemon, folder: Path, salt: int) -> Watched:
    """Start a run whose calls take some time, as an ordinary user."""
    home = daemon.machine.root / f"people/{ORDINARY_USER}"
    graph = write_graph(home, salt, branches=BRANCHES, length=LENGTH, seconds=0.1)
    reader, writer = os.pipe()
    os.fchown(writer, ORDINARY_USER, ORDINARY_USER)  # who opens it again by its name there
    out = folder / f"out-{salt}"
    words = ("run", graph.name, "--json", "--events", f"/dev/fd/{writer}")
    argv = (sys.executable, "-P", "-B", "-m", "noether_nix", *words)
    with out.open("wb") as file:
        process = subprocess.Popen(
            daemon.machine.command(argv, user=ORDINARY_USER),
            env=daemon.machine.environment(ORDINARY_USER, {"NOETHER_STORE": "machine"}),
            stdin=subprocess.DEVNULL,
            stdout=file,
            pass_fds=(writer,),
        )
    os.close(writer)
    return Watched(process, reader, out)


def disturb(run: Watched, after: int, what: Callable[[], None]) -> dict[str, Any]:
    """Do something when so many calls have ended; gives what the run prints in the end."""
    for _ in run.read():
        if len(run.computed) >= after:
            break
    what()
    told: dict[str, Any] = json.loads(run.end())
    return told | {"exit": run.process.returncode}


def assert_told_calls_ran_once(run: Watched) -> None:
    """No call was started after it had been said to have a result."""
    ended: set[str] = set()
    for line in run.lines:
        if line["event"] == "call-started":
            assert line["node"] not in ended, run.lines
        if line["event"] == "call-ended":
            assert line["node"] not in ended, run.lines
            ended.add(line["node"])


def test_a_restarted_daemon_costs_a_run_no_result(daemon: Daemon, tmp_path: Path) -> None:
    run = start_run(daemon, tmp_path, 1)

    told = disturb(run, 4, daemon.restart)

    assert told["exit"] == 0, told
    assert told["output"] == expected(1, branches=BRANCHES, length=LENGTH)
    assert_told_calls_ran_once(run)
    assert len(run.computed) == BRANCHES * LENGTH
    assert any("nix-daemon" in warning for warning in told["warnings"]), told


def test_a_daemon_that_stays_away_is_named_and_what_was_told_is_kept(
    daemon: Daemon, tmp_path: Path
) -> None:
    run = start_run(daemon, tmp_path, 2)

    told = disturb(run, 4, daemon.stop)

    assert (told["exit"], told["error"]["code"]) == (8, "store-unwritable"), told
    assert "nix-daemon" in told["error"]["hint"]
    daemon.start()
    again = start_run(daemon, tmp_path, 2)
    done = json.loads(again.end())
    assert done["output"] == expected(2, branches=BRANCHES, length=LENGTH), done
    assert run.succeeded.isdisjoint(again.started)
    assert len(again.succeeded) == BRANCHES * LENGTH


def test_a_daemon_that_comes_back_late_is_waited_for(daemon: Daemon, tmp_path: Path) -> None:
    run = start_run(daemon, tmp_path, 3)

    def restart_late() -> None:
        daemon.stop()
        # Until its Nix has ended over that.
        while daemon.machine.run(["pgrep", "-x", "nix-build"]).returncode == 0:
            assert run.process.poll() is None
        daemon.start()

    told = disturb(run, 4, restart_late)

    assert told["exit"] == 0, told
    assert_told_calls_ran_once(run)
