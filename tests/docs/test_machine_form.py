"""What commands print for programs is what docs/schemas says, when all is well and when not.

Every command runs for real; each answer is read strictly by the model that its schema is of.
"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from noether_nix.cli.documents.schemas import SCHEMAS
from noether_nix.run.codes import CODES
from tests.e2e.homes import HELLO, Done, Noether

pytestmark = pytest.mark.nix

ENDING = '''"""End in one of many ways.

Input: Text
Output: Number
Effects: [Pure, Fallible]
Limits: { wall: 1s, memory: 128MiB, output: 10kB, log: 10kB }
Helpers: [aid.py]
Tags: [trial]
Examples:
    "well" -> 1
    "raise" -> raises ValueError
"""

import ctypes
import os

import aid


def execute(way):
    print("about to", way)
    if way == "raise":
        raise ValueError("as asked")
    if way == "socket":
        import socket

        for module in [socket]:  # so that it does not show in the code
            module.socket()
    if way == "import":
        for find in [__import__]:
            find("absent_" + "module")
    if way == "type":
        return "no number"
    if way == "nan":
        return float("nan")
    if way == "loop":
        while True:
            pass
    if way == "memory":
        return len(b"x" * (1 << 30))
    if way == "kill":
        ctypes.string_at(0)
    if way == "exit":
        os._exit(0)
    if way == "output":
        return "x" * 100_000
    if way == "log":
        print("x" * 100_000)
    return aid.ONE
'''
COUNT = '''"""Count.

Input: Number | Null
Output: { count: Number & Range(0..=9), "of all"?: List<Text>, by: Map<Text, Any> }
Effects: [Pure]
Examples:
    3 -> {"count": 3, "by": {}}
"""


def execute(value):
    return {"count": value or 0, "by": {}}
'''
BROKEN = '"""No contract."""\ndef execute(value: return'

GRAPH = {
    "description": "ends, then counts",
    "version": "1.0.0",
    "root": {
        "op": "Parallel",
        "branches": {
            "a b/c": {
                "op": "Sequential",
                "stages": [
                    {"op": "Stage", "id": "./ending.py"},
                    {"op": "Stage", "id": "./count.py", "label": "Counting"},
                ],
            },
            "fixed": {"op": "Const", "value": [None, 1.5, {"k": ["v"]}]},
        },
    },
}
WRONG = {**GRAPH, "root": {"op": "Sequential", "stages": [{"op": "Stage", "id": "absent_stage"}]}}

# One case of each command at least; where "last" is, the run that made the home.
WELL = [
    ("run", ["run", "graph.json", "--input", '"well"']),
    ("run", ["run", HELLO, "--input", '"A first run"']),
    ("run", ["run", HELLO, "--input", '" only "', "--only", "/root/stages/0"]),
    ("run", ["run", "graph.json", "--input", '"well"', "--no-optimize"]),
    ("stage-new", ["stage", "new", "fresh_stage", "--dir", "stages"]),
    ("stage-run", ["stage", "run", "./ending.py", "--input", '"well"']),
    ("stage-test", ["stage", "test", "./count.py"]),
    ("type-show", ["type", "show", 'Text & Pattern("[a-z]+") & MaxLength(9)']),
    ("type-infer", ["type", "infer", "graph.json"]),
    ("type-schema", ["type", "schema", "{ a: Text }"]),
    ("stage-add", ["stage", "add", "ending.py", "count.py"]),
    ("stage-list", ["stage", "list", "--all"]),
    ("stage-show", ["stage", "show", "./ending.py"]),
    ("stage-show", ["stage", "show", "./count.py"]),
    ("graph-check", ["graph", "check", "graph.json"]),
    ("graph-check", ["graph", "check", "graph.json", "--no-optimize"]),
    ("graph-show", ["graph", "show", "graph.json"]),
    ("graph-effects", ["graph", "effects", "graph.json"]),
    ("show", ["show", "last"]),
    ("show", ["show", "last", "make_file_name"]),
    ("logs", ["logs", "last"]),
    ("drv", ["drv", "last", "make_file_name"]),
    ("drv", ["drv", "last", "make_file_name", "--text"]),
    ("shell", ["shell", "last", "make_file_name", "--run"]),
    ("shell", ["shell", "last", "make_file_name", "-c", "print(execute(input))"]),
    ("store-info", ["store", "info"]),
    ("store-gc", ["store", "gc", "--older-than", "0d", "--dry-run"]),
    ("store-gc", ["store", "gc", "--keep", "1", "--keep-runs", "0"]),
    ("toolchain-show", ["toolchain", "show"]),
    ("toolchain-update", ["toolchain", "update"]),
    ("explain", ["explain", "memory-exceeded"]),
    ("explain", ["explain", "--list"]),
    ("doctor", ["doctor"]),
    ("warmup", ["warmup"]),
    ("warmup", ["warmup", "graph.json"]),
    ("settings", ["settings"]),
    ("settings", ["settings", "limits.wall"]),
    ("paths", ["paths"]),
    ("schema", ["schema"]),
    ("schema", ["schema", "events"]),
    ("version", ["version"]),
    ("dry-run", ["run", "graph.json", "--input", '"well"', "--dry-run"]),
    ("dry-run", ["run", "graph.json", "--dry-run"]),
    ("dry-run", ["stage", "run", "./count.py", "--input", "3", "--dry-run"]),
]
WITHOUT_A_HOME = [
    ("stage-list", ["stage", "list"]),
    ("store-info", ["store", "info"]),
    ("store-gc", ["store", "gc"]),
    ("toolchain-show", ["toolchain", "show"]),
    ("settings", ["settings"]),
    ("paths", ["paths"]),
    ("version", ["version"]),
    ("dry-run", ["run", "graph.json", "--input", '"well"', "--dry-run"]),
]
FAILED = [
    ("run", 2, ["run", "graph.json", "--input", "{"]),
    ("run", 2, ["run", "graph.json", "--input", "3"]),
    ("run", 2, ["run", "absent.json"]),
    ("run", 3, ["run", "wrong.json"]),
    ("run", 3, ["run", "graph.json", "--input", '"well"', "--only", "/root/x"]),
    ("stage-new", 4, ["stage", "new", "No Name"]),
    ("stage-run", 4, ["stage", "run", "./broken.py"]),
    ("stage-test", 4, ["stage", "test", "./broken.py"]),
    ("stage-add", 2, ["stage", "add", "absent.py"]),
    ("stage-add", 4, ["stage", "add", "broken.py"]),
    ("stage-show", 4, ["stage", "show", "absent_stage"]),
    ("graph-check", 3, ["graph", "check", "wrong.json"]),
    ("graph-show", 3, ["graph", "show", "broken.py"]),
    ("show", 2, ["show", "20000101-000000-000000"]),
    ("show", 3, ["show", "last", "/root/absent"]),
    ("logs", 2, ["logs", "20000101-000000-000000"]),
    ("logs", 3, ["logs", "last", "/root/absent"]),
    ("drv", 2, ["drv", HELLO, "make_file_name", "--input", '"never run before"']),
    ("store-gc", 2, ["store", "gc", "--older-than", "soon"]),
    ("shell", 2, ["shell", HELLO, "make_file_name", "--input", '"never run"', "--run"]),
    ("shell", 3, ["shell", "last", "--run"]),
    ("settings", 2, ["settings", "limits.absent"]),
    ("warmup", 3, ["warmup", "wrong.json"]),
    ("schema", 2, ["schema", "absent"]),
    ("explain", 2, ["explain", "absent-code"]),
    ("explain", 2, ["explain", "killed", "--list"]),
    ("dry-run", 3, ["run", "wrong.json", "--dry-run"]),
    ("failure", 2, ["fly"]),
]
WITH_A_BAD_SETTING = [
    "stage-list",
    "store-info",
    "toolchain-show",
    "toolchain-update",
    "settings",
    "paths",
]
ENDS = [
    ("raise", "stage-raised"),
    ("socket", "effect-denied"),
    ("import", "import-missing"),
    ("type", "output-invalid"),
    ("nan", "output-invalid"),
    ("loop", "timed-out"),
    ("memory", "memory-exceeded"),
    ("kill", "killed"),
    ("exit", "output-invalid"),
    ("output", "output-too-large"),
    ("log", "log-too-large"),
]


def case_ids(cases: list[tuple[Any, ...]]) -> list[str]:
    return [" ".join(Path(str(word)).name for word in case[-1]) for case in cases]


def write_files(folder: Path) -> None:
    texts = {
        "aid.py": "ONE = 1\n",
        "broken.py": BROKEN,
        "count.py": COUNT,
        "ending.py": ENDING,
        "graph.json": json.dumps(GRAPH),
        "wrong.json": json.dumps(WRONG),
    }
    folder.mkdir()
    for name, text in texts.items():
        (folder / name).write_text(text)


@pytest.fixture
def noether(home: Path, tmp_path: Path) -> Noether:
    """The command with a home of its own, among stages and graphs."""
    write_files(tmp_path / "work")
    return Noether(home, tmp_path / "work")


@pytest.fixture
def bare_noether(tmp_path: Path) -> Noether:
    """The command without a home, and where there is no Nix."""
    write_files(tmp_path / "work")
    return Noether(tmp_path / "home", tmp_path / "work", {"NOETHER_NIX": "/absent"})


def read(name: str, done: Done) -> Any:
    """The answer as its model reads it; nothing in it may be unknown to the model."""
    return SCHEMAS[name].read(done.out)


@pytest.mark.parametrize(("name", "words"), WELL, ids=case_ids(WELL))
def test_an_answer_is_of_its_schema(noether: Noether, name: str, words: list[str]) -> None:
    done = noether(*words, "--json")

    assert done.code == 0, done.err
    assert read(name, done).ok


@pytest.mark.parametrize(("name", "words"), WITHOUT_A_HOME, ids=case_ids(WITHOUT_A_HOME))
def test_an_answer_without_home_and_nix_is_of_its_schema(
    bare_noether: Noether, name: str, words: list[str]
) -> None:
    done = bare_noether(*words, "--json")

    assert done.code == 0, done.err
    assert read(name, done).ok


@pytest.mark.parametrize(("name", "code", "words"), FAILED, ids=case_ids(FAILED))
def test_a_failure_is_of_the_schema(
    noether: Noether, name: str, code: int, words: list[str]
) -> None:
    done = noether(*words, "--json")

    failure = read("failure", done)
    assert done.code == code, done.err
    assert read(name, done) == failure
    assert CODES[failure.error.code].exit_code == code
    assert {problem.code for problem in failure.error.problems} <= CODES.keys()


@pytest.mark.parametrize("name", WITH_A_BAD_SETTING)
def test_a_bad_setting_is_told_in_the_form_of_a_failure(noether: Noether, name: str) -> None:
    other = Noether(noether.home, noether.folder, {"NOETHER_JOBS": "many"})

    done = other(*name.split("-"), "--json")

    assert (done.code, read(name, done).error.code) == (2, "setting-invalid")


def test_no_nix_is_told_in_the_form_of_a_failure(bare_noether: Noether) -> None:
    done = bare_noether("run", "graph.json", "--input", '"well"', "--json")

    assert (done.code, read("run", done).error.code) == (5, "nix-missing")


@pytest.mark.parametrize(("way", "outcome"), ENDS, ids=[way for way, _ in ENDS])
def test_a_failed_run_its_events_and_its_logs_are_of_their_schemas(
    noether: Noether, way: str, outcome: str
) -> None:
    words = ("--input", json.dumps(way), "--events", "events.ndjson", "--json")

    done = noether("run", "graph.json", *words)
    logs = noether("logs", "last", "--json")
    shown = read("show", noether("show", "last", "--json"))

    report = read("run", done)
    assert (done.code, report.error.code) == (6, outcome)
    assert [call.outcome for call in report.calls] == [outcome, "skipped"]
    assert report.error.problems[0].place == "/root/branches/a b~1c/stages/0"
    assert [log.outcome for log in read("logs", logs).logs] == [outcome, "skipped"]
    assert [call.outcome for call in shown.calls] == [outcome, "skipped"]
    assert [call.detail for call in shown.calls] == [call.detail for call in report.calls]
    lines = (noether.folder / "events.ndjson").read_text().splitlines()
    events = [SCHEMAS["events"].read(line) for line in lines]
    assert {"run-started", "sandbox-checked", "call-started", "call-ended", "run-ended"} == {
        event.event for event in events
    }


def test_a_stage_that_does_not_stand_an_input_is_told_in_its_form(noether: Noether) -> None:
    done = noether("stage", "test", "./count.py", "--fuzz", "20", "--json")

    told = read("stage-test", done)
    assert (done.code, told.error.code) == (6, "call-failed")
    assert told.stages[0].fuzz.counterexample.code == "output-invalid"


def test_a_warning_of_a_run_is_in_its_answer_and_among_its_events(noether: Noether) -> None:
    database = sqlite3.connect(noether.home / "noether.sqlite")
    with closing(database), database:
        database.execute("UPDATE results SET inline = x'2222'")

    # Asked in another way than before, so that every result is looked up.
    words = (
        "--input",
        '"A first run"',
        "--limit",
        "wall=9s",
        "--events",
        "events.ndjson",
        "--json",
    )
    done = noether("run", HELLO, *words)

    lines = (noether.folder / "events.ndjson").read_text().splitlines()
    events = [SCHEMAS["events"].read(line) for line in lines]
    warnings = [event.message for event in events if event.event == "warned"]
    assert read("run", done).warnings == tuple(warnings)
    assert "damaged" in warnings[0]


def test_every_command_was_tried_here() -> None:
    names = {case[0] for case in [*WELL, *WITHOUT_A_HOME]}

    assert names == SCHEMAS.keys() - {"envelope", "events", "failure", "graph", "stage"}
