"""The short way of a run that was asked for before, and everything that must end it."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.homes import PROJECT, Done, Noether

pytestmark = pytest.mark.nix

HELLO = PROJECT / "examples/hello/graph.json"
ZONES = PROJECT / "examples/zones"
HEAVY = (
    "graph.check", "graph.parse", "inside", "plan", "types", "executor", "catalog", "process.nix",
    "run.start",
)  # fmt: skip


def run_counts(done: Done) -> dict[str, int]:
    assert done.code == 0, done.err
    counts: dict[str, int] = json.loads(done.out)["counts"]
    return counts


@pytest.fixture
def asked(own_noether: Noether) -> tuple[Noether, Path]:
    """A home in which the zones example was run twice, and the folder of its copy."""
    folder = own_noether.folder / "zones"
    shutil.copytree(ZONES, folder)
    first = run_counts(run(own_noether, folder))
    assert first["run"] == first["calls"]
    assert run_counts(run(own_noether, folder))["run"] == 0
    return own_noether, folder


def run(noether: Noether, folder: Path, *words: str) -> Done:
    given = f"@{folder / 'input.json'}"
    return noether("run", folder / "graph.json", "--input", given, "--json", *words)


def database(noether: Noether, statement: str, *values: object) -> None:
    with sqlite3.connect(noether.home / "noether.sqlite") as connection:
        connection.execute(statement, values)
    connection.close()


def test_a_repeated_run_imports_no_room_that_checks_plans_or_builds(
    asked: tuple[Noether, Path],
) -> None:
    noether, folder = asked
    noether = Noether(noether.home, noether.folder, {"PYTHONVERBOSE": "1"})

    done = run(noether, folder)

    assert run_counts(done)["known"] == 15
    imported = [line for line in done.err.splitlines() if line.startswith("import 'noether_nix")]
    assert imported
    # The words for the levels are a page of constants.
    light = ("'noether_nix.inside'", "'noether_nix.inside.levels'")
    imported = [line for line in imported if not any(name in line for name in light)]
    assert [line for line in imported if any(f"noether_nix.{room}" in line for room in HEAVY)] == []


def test_a_run_asked_for_in_known_words_imports_no_click(own_noether: Noether) -> None:
    words = ("run", HELLO, "--input", '"In the same words"', "--json")
    assert run_counts(own_noether(*words))["run"] == 2

    done = replace(own_noether, variables={"PYTHONVERBOSE": "1"})(*words)

    assert run_counts(done)["known"] == 2
    imported = {line.split("'")[1] for line in done.err.splitlines() if line[:8] == "import '"}
    assert "sqlite3" in imported
    assert {"click", "inspect", "dataclasses", "subprocess"} & imported == set()


def test_known_words_give_what_they_gave(own_noether: Noether) -> None:
    words = ("run", HELLO, "--set", "nothing=1", "--input", '"Grüße"', "-o", "out.json")
    unknown = own_noether(*words)
    assert unknown.code == 2
    for _ in range(2):  # what failed is not remembered
        again = own_noether(*words)
        assert (again.code, again.out, again.err) == (unknown.code, unknown.out, unknown.err)
    words = ("run", HELLO, "--input", '"Grüße an alle"', "-o", "out.json", "--limit", "wall=20s")
    ends = []
    for _ in range(3):
        done = own_noether(*words)
        ends.append((done.code, done.out, (own_noether.folder / "out.json").read_text()))
        (own_noether.folder / "out.json").unlink()

    assert ends == [(0, "", '"grue-an-alle"\n')] * 3


def test_words_are_asked_about_anew_where_what_is_kept_of_them_is_not_what_was_kept(
    asked: tuple[Noether, Path],
) -> None:
    noether, folder = asked
    database(noether, "UPDATE memos SET document = replace(document, '\"quiet\": false', '1')")

    assert run_counts(run(noether, folder))["known"] == 15


def test_a_start_with_unknown_words_says_what_is_wrong_with_them_first(
    asked: tuple[Noether, Path],
) -> None:
    noether, folder = asked
    broken = Noether(noether.home, noether.folder, {"NOETHER_JOBS": "many"})

    assert "--nonsense" in broken("run", folder / "graph.json", "--nonsense").err
    assert "NOETHER_JOBS" in run(broken, folder).out


def test_after_one_result_is_deleted_exactly_one_call_runs(asked: tuple[Noether, Path]) -> None:
    noether, folder = asked
    database(
        noether,
        "DELETE FROM results WHERE key = (SELECT key FROM calls WHERE stage_name = 'draw_map'"
        " LIMIT 1)",
    )

    done = run(noether, folder)

    assert run_counts(done)["run"] == 1
    (ran,) = [call for call in json.loads(done.out)["calls"] if not call["cached"]]
    assert ran["stage"]["name"] == "draw_map"


def change_stage(_noether: Noether, folder: Path) -> None:
    file = folder / "stages/parse_links.py"
    file.write_text(file.read_text() + "# one more line\n")


def remove_stage(_noether: Noether, folder: Path) -> None:
    (folder / "stages/parse_links.py").unlink()


def damage_memo(noether: Noether, _folder: Path) -> None:
    database(noether, "UPDATE memos SET document = replace(document, 'draw_map', 'draw_mob')")


def damage_result(noether: Noether, _folder: Path) -> None:
    database(noether, "UPDATE results SET inline = x'2222' WHERE inline IS NOT NULL")


@pytest.mark.parametrize(
    ("change", "ran"),
    [
        pytest.param(change_stage, 1, id="a stage was changed, its value was not"),
        pytest.param(damage_memo, 0, id="the memo is not what was written"),
        pytest.param(
            damage_result, 14, id="results but the one large one are not what was written"
        ),
    ],
)
def test_a_memo_that_does_not_hold_is_no_answer(
    asked: tuple[Noether, Path], change: Callable[[Noether, Path], None], ran: int
) -> None:
    noether, folder = asked
    before = json.loads(run(noether, folder).out)["output"]
    change(noether, folder)

    done = run(noether, folder)

    assert run_counts(done)["run"] == ran
    assert json.loads(done.out)["output"] == before


def test_a_stage_that_is_gone_is_missed_although_all_results_are_known(
    asked: tuple[Noether, Path],
) -> None:
    noether, folder = asked
    remove_stage(noether, folder)

    done = run(noether, folder)

    assert done.code == 3
    assert "parse_links.py" in done.out


def test_another_limit_or_node_is_another_question(asked: tuple[Noether, Path]) -> None:
    noether, folder = asked

    assert run_counts(run(noether, folder, "--limit", "memory=2GiB"))["run"] == 15
    assert run_counts(run(noether, folder, "--only", "/root"))["run"] == 0


def test_a_name_that_moved_is_followed(own_noether: Noether) -> None:
    stage = own_noether.folder / "twice.py"
    text = '"""Twice.\n\nInput: Number\nOutput: Number\nEffects: [Pure]\n"""\n\n\ndef execute(n):\n'
    stage.write_text(text + "    return n * 2\n")
    assert own_noether("stage", "add", stage).code == 0
    graph = own_noether.folder / "g.json"
    root = {"op": "Stage", "id": "twice"}
    graph.write_text(json.dumps({"description": "", "version": "1.0.0", "root": root}))
    assert own_noether("run", graph, "--input", "4").out == "8\n"
    assert own_noether("run", graph, "--input", "4").out == "8\n"
    stage.write_text(text + "    return n * 20\n")
    assert own_noether("stage", "add", stage).code == 0

    done = own_noether("run", graph, "--input", "4")

    assert done.out == "80\n"


def test_an_answer_bears_the_name_of_the_graph_that_was_asked_for(own_noether: Noether) -> None:
    graph = json.dumps({"description": "", "version": "1.0.0", "root": {"op": "Const", "value": 1}})
    names = ("first", "second")
    for name in names:
        (own_noether.folder / f"{name}.json").write_text(graph)

    ends = [own_noether("run", f"{name}.json", "--json") for name in names]
    piped = own_noether("run", "-", "--json", stdin=graph.encode())

    told = [json.loads(done.out)["graph"]["name"] for done in (*ends, piped)]
    assert told == [*names, "graph"]
    kept = json.loads(own_noether("show", "last", "--json").out)
    assert kept["graph"]["name"] == "graph"


def test_of_a_graph_of_several_files_the_same_is_recorded_every_time(own_noether: Noether) -> None:
    graph = own_noether.folder / "outer.json"
    root = {"op": "Import", "path": "./inner.json"}
    graph.write_text(json.dumps({"description": "", "version": "1.0.0", "root": root}))
    inner = {"op": "Const", "value": 1}
    part = json.dumps({"description": "", "version": "1.0.0", "root": inner})
    (own_noether.folder / "inner.json").write_text(part)
    assert own_noether("run", graph).code == 0
    first = json.loads(own_noether("show", "last", "--json").out)
    assert own_noether("run", graph).code == 0

    again = json.loads(own_noether("show", "last", "--json").out)

    assert again["run"] != first["run"]
    assert again["graph"] == first["graph"]


def test_a_policy_is_asked_also_where_everything_is_known(
    asked: tuple[Noether, Path], tmp_path: Path
) -> None:
    noether, folder = asked
    policy = tmp_path / "policy.toml"
    policy.write_text("[allow]\npure = true\nfallible = true\n")
    narrowed = Noether(noether.home, noether.folder, {"NOETHER_POLICY": str(policy)})

    refused = run(noether, folder, "--allow-effects", "pure")
    allowed = [run_counts(run(narrowed, folder)) for _ in range(2)]
    policy.write_text("[allow]\npure = true\n")
    later = run(narrowed, folder, "--allow-effects", "pure,fallible")

    assert [counts["run"] for counts in allowed] == [0, 0]
    for done in (refused, later):
        error = json.loads(done.out)["error"]
        assert (done.code, error["code"]) == (9, "effect-refused")
    assert f"below [allow] in {policy}" in json.loads(later.out)["error"]["hint"]


def test_another_nix_is_looked_at_also_where_everything_is_known(
    asked: tuple[Noether, Path],
) -> None:
    noether, folder = asked
    elsewhere = replace(noether, variables={"NOETHER_NIX": str(noether.folder / "nowhere")})

    done = run(elsewhere, folder)

    assert (done.code, json.loads(done.out)["error"]["code"]) == (5, "nix-missing")
