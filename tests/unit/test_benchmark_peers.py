"""What the peers of benchmarks/ are told and start, and that those on this machine do it.

Which peers a machine has is its own affair, so each test holds with and without them: where one
is installed it runs, otherwise it has to be said that it is not.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.contestants import PYTHON
from benchmarks.peers.all import all_peers
from benchmarks.peers.bazel import Bazel
from benchmarks.peers.ninja import Make, Ninja, bubblewrap
from benchmarks.peers.peer import JOBS, FilePeer, Peer, steps_of
from benchmarks.peers.python_tools import Doit, Snakemake
from benchmarks.workloads import (
    Workload,
    edit_one,
    write_chain,
    write_large_chain,
    write_map,
    write_one_slow,
    write_wide,
)

# A server's start is slow where other tests run.
pytestmark = pytest.mark.timeout(400)

# Of 7: three times by 31, with 0, 1 and 2 on it.
_CHAIN_OF_3 = 208570


@pytest.fixture(params=sorted(all_peers()))
def peer(request: pytest.FixtureRequest) -> Iterator[Peer]:
    chosen = all_peers()[request.param]
    yield chosen
    chosen.close()


def test_a_peer_comes_to_the_value_runs_what_has_to_and_nothing_twice(
    peer: Peer, tmp_path: Path
) -> None:
    chain, wide = write_chain(tmp_path / "chain", 3), write_map(tmp_path / "wide", 2)
    if peer.version() is None:
        assert peer.isolation
        return

    assert (peer.run(wide).answer, peer.run(wide).ran) == (
        [{"n": 0, "square": 0}, {"n": 1, "square": 1}],
        0,
    )
    first, again = peer.run(chain), peer.run(chain)
    edit_one(chain)
    same = peer.run(chain)
    edit_one(chain, 1)
    changed = peer.run(chain)

    assert (first.answer, first.ran) == (_CHAIN_OF_3, 3)
    assert (again.answer, again.ran) == (_CHAIN_OF_3, 0)
    assert same.answer == _CHAIN_OF_3
    assert (changed.answer, changed.ran) == (_CHAIN_OF_3 + 31, 2)


def test_everything_of_a_peer_is_in_the_folder_of_its_round(tmp_path: Path) -> None:
    workload = write_chain(tmp_path / "chain", 3)

    for peer in all_peers().values():
        assert peer.folder(workload).parent == workload.folder
        if not isinstance(peer, Bazel):
            assert peer.directory(workload) == workload.folder
            home = peer.environment(workload)["HOME"]
            assert Path(home).is_relative_to(workload.folder)


@pytest.mark.parametrize(
    "write",
    [write_chain, write_large_chain, write_wide, write_one_slow, write_map],
    ids=lambda write: write.__name__.removeprefix("write_"),
)
def test_calls_as_files_are_those_of_the_plan(
    write: Callable[[Path, int], Workload], tmp_path: Path
) -> None:
    workload = write(tmp_path / "graph", 3)

    steps = steps_of(workload, "out/{name}.json")

    assert len(steps) == workload.calls
    assert [step.output for step in steps] == [f"out/{step.name}.json" for step in steps]
    if workload.chain:
        assert [step.stage for step in steps] == list(workload.chain)
        assert [step.input for step in steps] == [
            "input.json",
            "out/link_0000.json",
            "out/link_0001.json",
        ]
    else:
        assert {step.stage for step in steps} == {"stage.py"}
        assert [step.input for step in steps] == [f"values/{step.name}.json" for step in steps]


def told(peer: FilePeer, workload: Workload, name: str) -> str:
    """What a peer was told: a file of its folder, written without the peer."""
    peer.folder(workload).mkdir()
    peer.write(workload, steps_of(workload, peer.output()))
    return (peer.folder(workload) / name).read_text()


def test_ninja_wraps_every_action_and_looks_whether_its_output_changed(tmp_path: Path) -> None:
    text = told(Ninja(), write_chain(tmp_path / "chain", 2), "build.ninja")

    lines = text.splitlines()
    assert lines[0:2] == ["builddir = ninja", "rule call"]
    assert "bwrap --unshare-all --die-with-parent --clearenv" in lines[2]
    assert "--ro-bind $stage /stage.py --ro-bind $value /input.json --bind $folder /out" in text
    assert lines[3] == "  restat = 1"
    assert lines[8:] == [
        "build ninja/link_0001/value.json: call link_0001.py ninja/link_0000/value.json",
        "  stage = link_0001.py",
        "  value = ninja/link_0000/value.json",
        "  folder = ninja/link_0001",
    ]


def test_the_wrapper_shows_a_call_nothing_of_the_machine_but_its_system() -> None:
    words = bubblewrap("STAGE", "VALUE", "FOLDER")

    bound = {words[place + 1] for place, word in enumerate(words) if word.endswith("bind")}
    assert {"STAGE", "VALUE", "FOLDER", "/usr"} <= bound
    assert not bound & {"/", "/home", "/root", "/etc", "/tmp", "/nix"}
    call = [PYTHON, "-I", "-S", "/action.py", "/stage.py", "/input.json", "/out/value.json"]
    assert words[-len(call) :] == call


def test_make_has_a_rule_for_each_link_and_one_for_all_calls_of_a_stage(tmp_path: Path) -> None:
    chain = told(Make(), write_chain(tmp_path / "chain", 2), "Makefile").splitlines()
    wide = told(Make(), write_wide(tmp_path / "wide", 2), "Makefile").splitlines()

    assert chain[0] == "all: make/link_0000.json make/link_0001.json"
    assert chain[4] == "make/link_0001.json: link_0001.py make/link_0000.json"
    # No quotes and no other sign that make would start a shell for.
    assert chain[5].endswith("action.py $(filter %.py,$^) $(filter %.json,$^) $@")
    assert not set(chain[5].replace("$(", "").replace("$^", "").replace("$@", "")) & set("'\"$;&|")
    assert wide[2] == (
        "make/call_00000.json make/call_00001.json: make/%.json: values/%.json stage.py"
    )


def test_bazel_gets_one_target_for_the_graph(tmp_path: Path) -> None:
    text = told(Bazel(), write_chain(tmp_path / "chain", 2), "BUILD")

    assert 'calls = ["link_0000.py input.json link_0000", ' in text
    assert '"link_0001.py out/link_0000.json link_0001"]' in text
    assert 'files = ["input.json", "link_0000.py", "link_0001.py"]' in text


def test_doit_gets_the_calls_as_they_are(tmp_path: Path) -> None:
    text = told(Doit(), write_wide(tmp_path / "wide", 1), "steps.json")

    assert json.loads(text) == [
        ["stage.py", "values/call_00000.json", "doit/call_00000.json", "call_00000"]
    ]


@pytest.mark.parametrize(
    ("peer", "words"),
    [
        pytest.param(Ninja(), ["-f", "ninja/build.ninja", f"-j{JOBS}"], id="ninja"),
        pytest.param(Make(), [f"-j{JOBS}", "-f", "make/Makefile"], id="make"),
        pytest.param(Snakemake(), ["--cores", str(JOBS), "--scheduler", "greedy"], id="snakemake"),
        pytest.param(Doit(), ["--db-file", "doit/state", "--backend", "json"], id="doit"),
    ],
)
def test_a_command_has_its_fast_way_and_as_many_jobs_as_processors(
    peer: Peer, words: list[str], tmp_path: Path
) -> None:
    command = peer.command(write_chain(tmp_path / "chain", 2))

    assert any(command[place : place + len(words)] == words for place in range(len(command)))


def test_bazel_sandboxes_every_action_and_asks_for_no_network(tmp_path: Path) -> None:
    bazel = Bazel()
    # Its home is made where nothing is started.
    command = bazel.command(write_chain(tmp_path / "chain", 2))
    home = bazel.forget()

    assert {"--spawn_strategy=linux-sandbox", "--nosandbox_default_allow_network"} <= set(command)
    assert f"--jobs={JOBS}" in command
    assert home is not None
    assert not home.exists()
