"""Limits as people meet them: who sets them, what is said of them, how a command ends."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.homes import Done, Noether

pytestmark = pytest.mark.nix

STAGE = '''"""Do as told.

Input: Any
Output: Any
Effects: [Pure, Fallible]
Limits: {{ {limits} }}
"""

import time


def execute(told):
    if told == "open":
        return len([open("/dev/null") for _ in range(1000)])
    if told == "sleep":
        time.sleep(30)
    return [told]
'''


def write(folder: Path, root: dict[str, Any], stated: str = "", **more: Any) -> str:
    (folder / "told.py").write_text(STAGE.format(limits=stated))
    graph = {"description": "", "version": "1.0.0", **more, "root": root}
    (folder / "graph.json").write_text(json.dumps(graph, indent=1))
    return "graph.json"


def told(**limits: str) -> dict[str, Any]:
    return {"op": "Stage", "id": "./told.py", **({"limits": limits} if limits else {})}


def answer(done: Done) -> Any:
    return json.loads(done.out)


def used(done: Done, fact: str) -> Any:
    return answer(done)["calls"][0]["limits"][fact]["limit"]


def test_flag_variable_file_node_stage_and_built_in_count_in_this_order(noether: Noether) -> None:
    folder = noether.folder
    seconds: list[int] = []
    settings = folder / ".config/noether/settings.toml"
    settings.parent.mkdir(parents=True)
    variable = Noether(noether.home, folder, {"NOETHER_LIMITS_WALL_SECONDS": "52"})

    def wall(runner: Noether, *words: str) -> None:
        value = json.dumps(f"order {len(seconds)}")
        done = runner("run", "graph.json", "--input", value, "--json", *words)
        seconds.append(used(done, "wall_seconds"))

    write(folder, told())
    wall(noether)
    write(folder, told(), "wall: 55s")
    wall(noether)
    write(folder, told(wall="54s"), "wall: 55s", limits={"wall": "9s"})
    wall(noether)
    settings.write_text("[limits]\nwall = '53s'\n")
    wall(noether)
    wall(variable)
    wall(variable, "--limit", "wall=51s")

    assert seconds == [60, 55, 54, 53, 52, 51]


def test_what_exceeds_a_ceiling_is_refused_before_it_runs_and_by_the_check(
    noether: Noether,
) -> None:
    other = Noether(noether.home, noether.folder, {"NOETHER_LIMITS_CEILING_MEMORY_BYTES": "1GiB"})
    graph = write(noether.folder, told(memory="3GiB"))

    run = other("run", graph, "--json")
    check = other("graph", "check", graph)
    foreseen = other("run", graph, "--dry-run")
    lower = other("graph", "check", write(noether.folder, told(memory="512MiB")))
    write(noether.folder, told(memory="3GiB"))
    owner = other("run", graph, "--limit", "memory=2GiB", "--json")

    assert (run.code, check.code, foreseen.code) == (9, 9, 9)
    error = answer(run)["error"]
    assert error["code"] == "limit-refused"
    assert error["problems"][0]["place"] == "graph.json:8 /root/limits/memory"
    assert "its ceiling here is 1GiB" in check.err
    assert lower.code == 0
    assert (owner.code, used(owner, "memory_bytes")) == (0, 2 << 30)


def test_a_lower_ceiling_holds_where_nobody_asks_for_anything(noether: Noether) -> None:
    other = Noether(noether.home, noether.folder, {"NOETHER_LIMITS_CEILING_WALL_SECONDS": "7"})

    done = other("run", write(noether.folder, told()), "--input", '"asks for nothing"', "--json")

    assert used(done, "wall_seconds") == 7


def test_a_failed_call_says_what_it_used_and_which_limit_to_raise(noether: Noether) -> None:
    words = ("--input", '"open"', "--limit", "open_files=32")

    plain = noether("run", write(noether.folder, told()), *words)
    programs = noether("run", "graph.json", *words, "--json")

    assert plain.code == 6
    assert "open_files=32 shows itself" in plain.err
    assert "--limit open_files=…" in plain.err
    assert " of 1GiB" in plain.err
    problem = answer(programs)["error"]["problems"][0]
    assert "--limit open_files=…" in problem["hint"]
    assert answer(programs)["calls"][0]["limits"]["open_files"] == {"used": None, "limit": 32}


def test_on_demand_every_call_says_what_it_used(noether: Noether) -> None:
    graph = write(noether.folder, told())

    verbose = noether("run", graph, "--input", '"verbosely"', "-v")
    known = noether("run", graph, "--input", '"verbosely"', "-v")

    assert "used: wall 0." in verbose.err
    assert " of 60s, cpu 0." in verbose.err
    assert "used:" not in known.err


def test_the_time_of_a_run_ends_it_with_what_it_has(noether: Noether) -> None:
    root = {"op": "Sequential", "stages": [told(), {"op": "Const", "value": "sleep"}, told()]}
    graph = write(noether.folder, root)

    done = noether("run", graph, "--input", '"then sleep"', "--limit", "run=2s", "--json")
    plain = noether("run", graph, "--input", '"then sleep"', "--limit", "run=2s")

    assert (done.code, plain.code) == (6, 6)
    first, second = answer(done)["calls"]
    assert (first["outcome"], second["outcome"]) == ("succeeded", "timed-out")
    assert second["detail"]["limit"] == "run_seconds"
    assert "2s of the whole run were over" in plain.err
    assert "--limit run=…" in plain.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--limit", "memory=1MiB"], "1MiB is too little for anything to run"),
        (["--limit", "open_files=9"], "give at least 16"),
        (["--limit", "cpu=48h"], "give at most 24h"),
        (["--limit", "speed=3"], "'speed' is no limit"),
    ],
    ids=["little memory", "few files", "much time", "unknown"],
)
def test_a_limit_that_cannot_be_had_is_refused_with_what_can(
    noether: Noether, words: list[str], said: str
) -> None:
    done = noether("run", write(noether.folder, told()), *words)

    assert done.code == 2
    assert said in done.err


def test_a_stage_whose_limit_cannot_be_had_is_refused_when_it_is_read(noether: Noether) -> None:
    write(noether.folder, told(), "memory: 1MiB")

    done = noether("stage", "add", "told.py")

    assert done.code == 4
    assert "told.py:6: the limit memory: 1MiB is too little" in done.err


def test_settings_are_shown_with_who_said_so(noether: Noether) -> None:
    settings = noether.folder / ".config/noether/settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("jobs = 2\n[limits.ceiling]\nmemory_bytes = '2GiB'\n")
    other = Noether(noether.home, noether.folder, {"NOETHER_LIMITS_CPU_SECONDS": "30"})

    plain = other("settings")
    rows = {row["name"]: row for row in answer(other("settings", "--json"))["settings"]}
    settings.write_text("[limits]\nwal = 3\n")
    broken = other("settings")

    assert plain.code == 0
    assert rows["jobs"]["source"] == str(settings)
    assert rows["limits.ceiling.memory_bytes"]["value"] == 2 << 30
    assert rows["limits.cpu_seconds"]["source"] == "variable NOETHER_LIMITS_CPU_SECONDS"
    assert rows["limits.cpu_seconds"]["default"] == 24 * 3600
    assert rows["home"]["value"] == str(noether.home)
    assert broken.code == 2
    assert f"{settings}: limits.wal is no setting" in broken.err
    assert "limits.wall" in broken.err
