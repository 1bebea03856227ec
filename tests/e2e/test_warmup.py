"""What a first run waits for can be got ready before, and a run gets it ready beside its checks."""

import json
import os
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from noether_nix.cli.settings import load_settings
from noether_nix.errors import NixMissingError
from noether_nix.run.house import House
from noether_nix.run.settings import read_settings
from noether_nix.run.warmup import Ahead, get_ready_ahead
from tests.e2e.homes import HELLO, Noether
from tests.nix.left_behind import left_behind

pytestmark = pytest.mark.nix

WRONG = {"description": "", "version": "1", "root": {"op": "Stage", "id": "absent_stage"}}


def test_a_run_after_a_warmup_waits_for_nothing(bare_noether: Noether) -> None:
    first = bare_noether("warmup", HELLO, "--json")
    second = bare_noether("warmup", HELLO)
    ran = bare_noether("run", HELLO, "--input", '"Tea"', "--raw")

    steps = {step["name"]: step for step in json.loads(first.out)["warmup"]["steps"]}
    assert list(steps) == ["nix", "toolchain", "inside", "packages", "sandbox"]
    assert [name for name, step in steps.items() if not step["there"]] == ["toolchain", "inside"]
    assert steps["sandbox"]["message"].startswith("full")
    assert first.err.startswith("making a toolchain of Python ")
    assert second.err == ""
    assert second.out.count("there already") == 5
    assert (ran.code, ran.out) == (0, "tea")
    assert "toolchain" not in ran.err


def test_a_run_takes_the_toolchain_once_while_it_checks_the_graph(bare_noether: Noether) -> None:
    ran = bare_noether("run", HELLO, "--input", '"Tea"', "--raw")

    assert (ran.code, ran.out) == (0, "tea"), ran.err
    assert ran.err.count("making a toolchain") == 1


def test_a_graph_that_does_not_fit_ends_what_was_begun_and_leaves_nothing(
    bare_noether: Noether,
) -> None:
    (bare_noether.folder / "wrong.json").write_text(json.dumps(WRONG))

    ran = bare_noether("run", "wrong.json", "--json")

    assert (ran.code, json.loads(ran.out)["error"]["code"]) == (3, "graph-invalid")
    assert list((bare_noether.home / "nix").glob("toolchain-*")) == []
    assert json.loads(bare_noether("toolchain", "show", "--json").out)["toolchain"] is None
    assert left_behind(bare_noether.home, within_seconds=2.0) == []


def test_what_the_thread_meets_is_raised_where_it_is_waited_for(tmp_path: Path) -> None:
    settings = read_settings({"NOETHER_HOME": str(tmp_path / "home"), "NOETHER_NIX": "/absent"})

    with Ahead(settings, say=print) as ahead, pytest.raises(NixMissingError):
        ahead.wait()

    assert [thread.name for thread in threading.enumerate() if thread.name == "ahead"] == []


def test_where_all_is_there_no_thread_is_started(
    own_noether: Noether, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in own_noether.environment.items():
        monkeypatch.setenv(name, value)
    before = threading.active_count()

    with House(load_settings(), say=print) as house:
        get_ready_ahead(house)
        during = threading.active_count()

    assert during == before


def test_what_a_run_left_that_was_killed_while_it_took_the_toolchain_goes_with_the_next_one(
    bare_noether: Noether,
) -> None:
    process = bare_noether.start("run", HELLO, "--input", '"Tea"', stderr=subprocess.PIPE)
    assert process.stderr is not None
    while not list((bare_noether.home / "nix").glob("toolchain-*/*")):
        assert process.poll() is None, process.stderr.read()
        os.sched_yield()
    process.kill()
    process.wait()
    process.stderr.close()
    left = list((bare_noether.home / "nix").glob("toolchain-*"))

    ran = bare_noether("run", HELLO, "--input", '"Tea"', "--raw")

    assert len(left) == 1
    assert (ran.code, ran.out) == (0, "tea"), ran.err
    assert list((bare_noether.home / "nix").glob("toolchain-*")) == []
    assert left_behind(bare_noether.home, within_seconds=2.0) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_the_toolchain_is_taken_ends_that_too(
    bare_noether: Noether, number: signal.Signals
) -> None:
    process = bare_noether.start("run", HELLO, "--input", '"Tea"', stderr=subprocess.PIPE)
    assert process.stderr is not None
    while not list((bare_noether.home / "nix").glob("toolchain-*/*")):
        assert process.poll() is None, process.stderr.read()
        os.sched_yield()
    process.send_signal(number)
    code = process.wait(timeout=30)
    process.stderr.close()

    assert code == 128 + number
    assert list((bare_noether.home / "nix").glob("toolchain-*")) == []
    assert left_behind(bare_noether.home, within_seconds=2.0) == []
