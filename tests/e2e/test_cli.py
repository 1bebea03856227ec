"""The command as people and programs meet it: with the real Nix, from words to exit codes."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.homes import HELLO, PROJECT, Done, Noether

pytestmark = pytest.mark.nix

ECHO = '''"""Give the input back.

Input: Any
Output: Any
Effects: [Pure]
"""


def execute(value):
    return value
'''
FAIL = '''"""Fail.

Input: Any
Output: Any
Effects: [Pure, Fallible]
"""


def execute(value):
    print("a last word")
    raise ValueError("as asked")
'''
FETCH = '''"""Fetch.

Input: Any
Output: Any
Effects: [Network]
"""


def execute(value):
    return value
'''


def stage(file: str) -> dict[str, Any]:
    return {"op": "Stage", "id": f"./{file}"}


def write_graph(folder: Path, root: dict[str, Any], name: str = "graph.json") -> Path:
    for file, source in {"echo.py": ECHO, "fail.py": FAIL, "fetch.py": FETCH}.items():
        (folder / file).write_text(source)
    path = folder / name
    path.write_text(json.dumps({"description": "", "version": "1.0.0", "root": root}))
    return path


def sequence(*files: str) -> dict[str, Any]:
    return {"op": "Sequential", "stages": [stage(file) for file in files]}


def envelope(done: Done) -> dict[str, Any]:
    """The one JSON object that standard output must be."""
    document = json.loads(done.out)
    assert isinstance(document, dict)
    assert set(document) >= {"ok", "warnings", "error"}
    return document


# ---------------------------------------------------------------- how commands end

Ask = Callable[[Noether], Done]


def break_graph(noether: Noether) -> Path:
    path = write_graph(noether.folder, sequence("echo.py"))
    path.write_text('{"root": 3}')
    return path


ENDS = [
    pytest.param(0, None, ["run", HELLO, "--input", '"x"'], id="well"),
    pytest.param(2, "usage", ["run"], id="no graph named"),
    pytest.param(2, "usage", ["fly"], id="no such command"),
    pytest.param(2, "usage", ["run", HELLO, "--jobs", "0"], id="no jobs"),
    pytest.param(2, "file-unreadable", ["run", "absent.json"], id="no such graph"),
    pytest.param(2, "file-unreadable", ["run", "/"], id="a folder for a graph"),
    pytest.param(2, "file-unreadable", ["run", "a\x01b"], id="an odd name"),
    pytest.param(2, "input-unreadable", ["run", HELLO, "--input", "{"], id="input is no JSON"),
    pytest.param(2, "input-unreadable", ["run", HELLO, "--input", "@absent"], id="no input file"),
    pytest.param(2, "input-unreadable", ["run", HELLO, "--set", "text"], id="field without value"),
    pytest.param(2, "input-mismatch", ["run", HELLO, "--input", "4"], id="input of another type"),
    pytest.param(2, "input-mismatch", ["run", HELLO], id="no input where one is needed"),
    pytest.param(2, "setting-invalid", ["run", HELLO, "--limit", "wall=4"], id="limit unit"),
    pytest.param(2, "setting-invalid", ["run", HELLO, "--limit", "age=4s"], id="no such limit"),
    pytest.param(2, "unknown-run", ["logs", "20000101-000000-000000"], id="no such run"),
    pytest.param(
        2, "file-unreadable", ["run", HELLO, "--input", '"x"', "-o", "no/folder"], id="output place"
    ),
    pytest.param(
        2, "file-unreadable", ["run", HELLO, "--input", '"x"', "--events", "/"], id="events place"
    ),
    pytest.param(3, "unknown-node", ["run", HELLO, "--input", '"x"', "--only", "/x"], id="node"),
    pytest.param(3, "graph-syntax", ["run", HELLO.parent / "README.md"], id="graph is no JSON"),
    pytest.param(4, "unknown-name", ["stage", "show", "absent_stage"], id="no such stage"),
    pytest.param(4, "stage-invalid", ["stage", "new", "No Name"], id="no name for a stage"),
    pytest.param(4, "stage-invalid", ["stage", "run", HELLO, "--input", '"x"'], id="no stage"),
]


@pytest.mark.parametrize(("code", "name", "words"), ENDS)
def test_each_end_has_its_exit_code_and_its_name(
    noether: Noether, code: int, name: str | None, words: list[str | Path]
) -> None:
    done = noether(*words, "--json")

    told = envelope(done)
    assert (done.code, told["ok"]) == (code, code == 0), done
    assert (told["error"] or {}).get("code") == name
    assert done.err == ""


def test_a_graph_that_does_not_fit_ends_with_3_and_every_problem(noether: Noether) -> None:
    graph = write_graph(noether.folder, sequence("echo.py", "absent.py", "other.py"))

    done = noether("run", graph, "--json")

    problems = envelope(done)["error"]["problems"]
    assert done.code == 3
    assert [problem["place"].split()[-1] for problem in problems] == [
        "/root/stages/1/id",
        "/root/stages/2/id",
    ]


def test_a_stage_with_a_refused_effect_ends_with_9_and_names_it(noether: Noether) -> None:
    graph = write_graph(noether.folder, sequence("fetch.py"))

    done = noether("run", graph)

    assert (done.code, done.out) == (9, "")
    assert "fetch has the effect Network" in done.err


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param({"NOETHER_NIX": "/absent/nix"}, id="NOETHER_NIX leads nowhere"),
        pytest.param({"NOETHER_NIX": "/etc"}, id="NOETHER_NIX is no folder of Nix"),
    ],
)
def test_without_nix_nothing_runs_and_a_remedy_is_told(
    bare_noether: Noether, variables: dict[str, str]
) -> None:
    noether = Noether(bare_noether.home, bare_noether.folder, variables)

    plain = noether("run", HELLO, "--input", '"x"')
    told = envelope(noether("run", HELLO, "--input", '"x"', "--json"))

    assert (plain.code, plain.out) == (5, "")
    assert "hint: " in plain.err
    assert told["error"]["code"] == "nix-missing"
    assert "output" not in told


def test_graphs_are_checked_and_looked_up_without_nix_and_without_making_a_home(
    bare_noether: Noether,
) -> None:
    noether = Noether(bare_noether.home, bare_noether.folder, {"NOETHER_NIX": "/absent"})

    checked = noether("graph", "check", HELLO)
    shown = [noether("graph", "show", HELLO, "--format", form) for form in ("tree", "dot")]
    listed = [noether(*words) for words in (("stage", "list"), ("store", "info"), ("paths",))]

    assert (checked.code, checked.out) == (0, "hello: sound, 2 stages, Text -> Text\n")
    assert {done.code for done in [*shown, *listed]} == {0}
    assert not noether.home.exists()


def test_a_dry_run_without_nix_says_what_it_cannot_tell(bare_noether: Noether) -> None:
    noether = Noether(bare_noether.home, bare_noether.folder, {"NOETHER_NIX": "/absent"})

    told = envelope(noether("run", HELLO, "--input", '"x"', "--dry-run"))

    assert told["type_check"] == {"input": "Text", "output": "Text", "input_fits": True}
    assert [call["key"] for call in told["calls"]] == [None, None]
    assert any("NOETHER_NIX" in warning for warning in told["warnings"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(("run", HELLO, "--dry-run"), "--allow-effects does not allow", id="dry run"),
        pytest.param(("stage", "run", "./ask.py", "--dry-run"), "--allow-effects", id="one stage"),
        pytest.param(("stage", "test", "./ask.py"), "--allow-effects does not allow", id="tests"),
    ],
)
def test_what_no_policy_allows_is_refused_before_nix_is_asked(
    bare_noether: Noether, words: tuple[str, ...], message: str
) -> None:
    noether = Noether(bare_noether.home, bare_noether.folder, {"NOETHER_NIX": "/absent"})
    (noether.folder / "ask.py").write_text(
        '"""Ask.\n\nInput: Any\nOutput: Any\nEffects: [Pure]\nExamples:\n    1 -> 1\n"""\n'
        "def execute(value): return value\n"
    )

    done = noether(*words, "--allow-effects", "network", "--json")

    assert (done.code, envelope(done)["error"]["code"]) == (9, "effect-refused")
    assert message in envelope(done)["error"]["message"]


def test_a_policy_file_holds_for_stage_test_too(bare_noether: Noether) -> None:
    (bare_noether.folder / "policy.toml").write_text("[allow]\nfallible = true\n")
    (bare_noether.folder / "ask.py").write_text(
        '"""Ask.\n\nInput: Any\nOutput: Any\nEffects: [Pure]\nExamples:\n    1 -> 1\n"""\n'
        "def execute(value): return value\n"
    )

    done = bare_noether("stage", "test", "./ask.py", "--policy", "policy.toml")

    assert done.code == 9
    assert "write pure = true below [allow] in policy.toml" in done.err


def test_a_damaged_database_ends_with_8_and_is_left_as_it_is(bare_noether: Noether) -> None:
    bare_noether.home.mkdir()
    database = bare_noether.home / "noether.sqlite"
    database.write_bytes(b"no database at all\n" * 100)

    done = bare_noether("run", HELLO, "--input", '"x"', "--json")

    assert (done.code, envelope(done)["error"]["code"]) == (8, "database-damaged")
    assert database.read_bytes() == b"no database at all\n" * 100


# ---------------------------------------------------------------- what a run gives


def test_a_run_tells_programs_everything_in_one_object(noether: Noether) -> None:
    done = noether("run", HELLO, "--input", '"In one object"', "--json")

    told = envelope(done)
    assert (done.code, done.err, told["ok"], told["error"]) == (0, "", True, None)
    assert told["output"] == "in-one-object"
    assert told["sandbox"] == "full"
    assert set(told["toolchain"]) == {"provider", "path", "version"}
    checked = envelope(noether("graph", "check", HELLO, "--json"))
    ids = {"id": checked["id"], "composition": checked["composition"]}
    assert told["graph"] == {"name": "hello", **ids}
    known = envelope(noether("run", HELLO, "--input", '"In one object"', "--json"))
    assert known["graph"] == told["graph"]
    for run in (told["run"], known["run"]):
        recorded = envelope(noether("show", run, "--json"))["graph"]
        assert recorded.items() >= told["graph"].items()
    assert f"  written  {checked['composition']}" in noether("show", told["run"]).out
    assert [call["node"] for call in told["calls"]] == ["/root/stages/0", "/root/stages/1"]
    assert all(call["key"].endswith(".drv") for call in told["calls"])


def test_a_failed_call_is_told_with_its_traceback_its_words_and_how_to_repeat_it(
    noether: Noether,
) -> None:
    graph = write_graph(noether.folder, sequence("echo.py", "fail.py", "echo.py"))

    done = noether("run", graph, "--input", "[7]")

    assert (done.code, done.out) == (6, "")
    assert 'fail.py", line 11, in execute' in done.err
    assert "ValueError: as asked" in done.err
    assert "> a last word" in done.err
    assert f"again: noether run {graph} --input '[7]' --only /root/stages/1" in done.err


def test_the_repeated_call_fails_again_and_by_itself(noether: Noether) -> None:
    graph = write_graph(noether.folder, sequence("echo.py", "fail.py", "echo.py"))

    told = envelope(noether("run", graph, "--input", "[8]", "--only", "/root/stages/1", "--json"))

    outcomes = {call["node"]: call["outcome"] for call in told["calls"]}
    assert outcomes == {"/root/stages/0": "succeeded", "/root/stages/1": "stage-raised"}


def test_a_failed_run_tells_programs_which_call_and_which_were_skipped(noether: Noether) -> None:
    graph = write_graph(noether.folder, sequence("fail.py", "echo.py"))

    done = noether("run", graph, "--json")

    told = envelope(done)
    assert (done.code, done.err, told["ok"]) == (6, "", False)
    assert "output" not in told
    assert told["error"]["code"] == "stage-raised"
    assert told["calls"][1]["outcome"] == "skipped"
    assert told["calls"][1]["because"] == "/root/stages/0"


def test_raw_prints_a_text_as_it_is(noether: Noether) -> None:
    graph = write_graph(noether.folder, stage("echo.py"))

    done = noether("run", graph, "--input", '"Zürich\\n\\t☃"', "--raw")

    assert done.out == "Zürich\n\t☃"


def test_raw_refuses_what_is_no_text_and_still_prints_one_object(noether: Noether) -> None:
    graph = write_graph(noether.folder, stage("echo.py"))

    done = noether("run", graph, "--input", "[1]", "--raw", "--json")

    assert (done.code, envelope(done)["error"]["code"]) == (2, "input-mismatch")


def test_an_output_file_is_replaced_in_one_step_and_keeps_its_mode(noether: Noether) -> None:
    target = noether.folder / "out.json"
    target.write_text("old")
    target.chmod(0o640)
    before = target.stat().st_ino

    done = noether("run", HELLO, "--input", '"new words"', "-o", target)

    assert (done.code, done.out) == (0, "")
    assert json.loads(target.read_text()) == "new-words"
    assert (target.stat().st_ino != before, target.stat().st_mode & 0o777) == (True, 0o640)
    assert [path.name for path in noether.folder.iterdir()] == ["out.json"]


def test_a_failed_run_leaves_the_output_file_alone(noether: Noether) -> None:
    graph = write_graph(noether.folder, stage("fail.py"))
    (noether.folder / "out.json").write_text("old")

    done = noether("run", graph, "-o", "out.json")

    assert (done.code, (noether.folder / "out.json").read_text()) == (6, "old")


def test_events_are_one_object_a_line_from_start_to_end(noether: Noether) -> None:
    graph = write_graph(noether.folder, sequence("echo.py", "fail.py"))

    noether("run", graph, "--input", '"with events"', "--events", "events.ndjson")

    lines = (noether.folder / "events.ndjson").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    names = [event["event"] for event in events]
    assert names[0] == "run-started"
    assert names[-1] == "run-ended"
    assert {"sandbox-checked", "call-started", "call-ended"} < set(names)
    assert {event["version"] for event in events} == {1}
    assert [event["at"] for event in events] == sorted(event["at"] for event in events)
    ended = [event for event in events if event["event"] == "call-ended"]
    assert [event["outcome"] for event in ended] == ["succeeded", "stage-raised"]


def test_only_runs_a_node_and_what_it_needs(noether: Noether) -> None:
    done = noether("run", HELLO, "--input", '" only  this "', "--only", "/root/stages/0", "--json")

    told = envelope(done)
    assert told["output"] == "only this"
    assert [call["node"] for call in told["calls"]] == ["/root/stages/0"]


def test_fields_can_be_set_to_the_text_of_a_file(noether: Noether) -> None:
    graph = write_graph(noether.folder, stage("echo.py"))
    (noether.folder / "brief.txt").write_text("Grüße\n")

    done = noether(
        "run", graph, "--input", '{"a": 1, "b": 2}', "--set", "b=@brief.txt", "--set", "c=x=y", "-q"
    )

    assert json.loads(done.out) == {"a": 1, "b": "Grüße\n", "c": "x=y"}
    assert done.err == ""


@pytest.mark.parametrize(
    ("flag", "outcomes"),
    [
        pytest.param("--keep-going", ["stage-raised", "succeeded"], id="keep going"),
        pytest.param("--fail-fast", ["stage-raised", "skipped"], id="fail fast"),
    ],
)
def test_after_a_failure_the_rest_runs_or_not_as_asked(
    noether: Noether, flag: str, outcomes: list[str]
) -> None:
    branches = {"first": stage("fail.py"), "second": stage("echo.py")}
    graph = write_graph(noether.folder, {"op": "Parallel", "branches": branches})

    done = noether("run", graph, "--input", json.dumps(flag), flag, "--jobs", "1", "--json")

    told = envelope(done)
    assert done.code == 6
    assert [call["outcome"] for call in told["calls"]] == outcomes


def test_a_limit_ends_a_call_and_the_hint_names_it(noether: Noether) -> None:
    graph = write_graph(noether.folder, stage("echo.py"))

    done = noether("run", graph, "--input", json.dumps("x" * 5000), "--limit", "output=1kB")

    assert done.code == 6
    assert "output-too-large" in done.err
    assert "--limit output=" in done.err


def test_a_graph_and_an_input_come_from_standard_input(noether: Noether) -> None:
    graph = write_graph(noether.folder, stage("echo.py"))

    by_graph = noether("run", "-", "--input", '"by graph"', "--raw", stdin=graph.read_bytes())
    by_input = noether("run", graph, "--input", "-", "--raw", stdin=b'"by input"')

    assert (by_graph.out, by_input.out) == ("by graph", "by input")


def test_file_names_may_hold_any_letters(noether: Noether) -> None:
    folder = noether.folder / "Grüße 世界"
    folder.mkdir()
    graph = write_graph(folder, stage("echo.py"), name="gräph \x1b[31m.json")
    given = folder / "eingäbe.json"
    given.write_text('"früh"')

    done = noether("run", graph, "--input", f"@{given}", "--raw", "-o", folder / "aus.txt")

    assert done.code == 0, done.err
    assert (folder / "aus.txt").read_text() == "früh"
    assert "\x1b" not in done.err


def test_what_is_no_terminal_gets_plain_lines(noether: Noether) -> None:
    done = noether("run", HELLO, "--input", '"plain lines"')

    assert "\x1b" not in done.out + done.err
    assert done.err.splitlines()[0].startswith("hello  2 stages, types fit, sandbox full")


# ---------------------------------------------------------------- stages


def test_the_path_from_a_new_stage_to_a_registered_one(own_noether: Noether) -> None:
    noether = own_noether
    made = noether("stage", "new", "count_words", "--dir", "stages")
    again = noether("stage", "new", "count_words", "--dir", "stages")
    ran = noether("stage", "run", "stages/count_words.py", "--input", '{"text": "a b c"}', "-q")
    added = envelope(noether("stage", "add", "stages", "--json"))["stages"]
    file = noether.folder / "stages/count_words.py"
    file.write_text(file.read_text().replace("split())", "split()) + 0"))
    moved = noether("stage", "add", "stages")
    by_name = noether("stage", "run", "count_words", "--input", '{"text": "a b"}', "-q")

    assert (made.code, made.out) == (0, "wrote stages/count_words.py\n")
    assert (again.code, file.exists()) == (2, True)
    assert json.loads(ran.out) == {"words": 3}
    # Running a file registers it, as running a graph does with its files.
    assert [(one["name"], one["new"]) for one in added] == [("count_words", False)]
    assert moved.out.split() == ["count_words", added[0]["id"][:12], "->", moved.out.split()[-1]]
    assert json.loads(by_name.out) == {"words": 2}


def test_stages_are_listed_and_shown(own_noether: Noether) -> None:
    noether = own_noether
    write_graph(noether.folder, stage("echo.py"))
    noether("stage", "add", "echo.py", "fail.py")

    listed = envelope(noether("stage", "list", "--json"))["stages"]
    shown = noether("stage", "show", "echo")
    document = envelope(noether("stage", "show", "echo", "--json"))["stage"]
    source = noether("stage", "show", document["id"][:10], "--source")

    # The two others are those of the run that prepared the home.
    assert [one["name"] for one in listed] == ["echo", "fail", "make_file_name", "tidy_title"]
    assert document["id"] in shown.out
    assert source.out == ECHO


def test_several_files_are_registered_all_or_none(own_noether: Noether) -> None:
    noether = own_noether
    write_graph(noether.folder, stage("echo.py"))
    (noether.folder / "worse.py").write_text("def execute(value: return")
    (noether.folder / "wrong.py").write_text('"""No contract."""\ndef execute(value):\n    1')

    done = noether("stage", "add", ".", "--json")
    listed = envelope(noether("stage", "list", "--json"))["stages"]

    places = {problem["place"].split(":")[0] for problem in envelope(done)["error"]["problems"]}
    assert (done.code, places) == (4, {"worse.py", "wrong.py"})
    assert "echo" not in {one["name"] for one in listed}


def test_a_failing_stage_says_how_to_run_it_again(noether: Noether) -> None:
    write_graph(noether.folder, stage("fail.py"))

    done = noether("stage", "run", "./fail.py", "--input", '"x y"', "--limit", "wall=9s")

    assert done.code == 6
    assert "again: noether stage run ./fail.py --input '\"x y\"' --limit wall=9s" in done.err


def test_a_file_beside_is_suggested_for_a_name_that_is_unknown(noether: Noether) -> None:
    write_graph(noether.folder, stage("echo.py"))
    (noether.folder / "unheard_of.py").write_text(ECHO)

    done = noether("stage", "run", "unheard_of")

    assert done.code == 4
    assert "did you mean the file ./unheard_of.py?" in done.err


# ---------------------------------------------------------------- show


def test_a_run_shows_what_proved_its_sandbox_and_a_later_one_what_its_results_rest_on(
    own_noether: Noether,
) -> None:
    own_noether("run", HELLO, "--input", '"proved"')
    first = envelope(own_noether("show", "last", "--json"))
    own_noether("run", HELLO, "--input", '"proved"')
    later = envelope(own_noether("show", "last", "--json"))
    alone = own_noether("show", first["run"], "make_file_name")

    (name,) = first["proved_by"]
    proof = first["proofs"][name]
    assert (proof["level"], proof["kernel"]) == (first["sandbox"], os.uname().release)
    assert proof["evidence"]["call"]["no_new_privileges"] == 1
    assert (later["proved_by"], later["proofs"]) == ([], first["proofs"])
    assert all(call["cached"] for call in later["calls"])
    assert {call["record"]["proof"] for call in later["calls"]} == {name}
    assert {call["record"]["run"] for call in later["calls"]} == {first["run"]}
    assert "  proved   " in alone.out
    assert f"key      {first['calls'][1]['key']}" in alone.out
    assert first["calls"][0]["key"] not in alone.out


# ---------------------------------------------------------------- logs


def test_logs_show_what_calls_printed_and_nothing_that_acts_on_a_terminal(
    noether: Noether,
) -> None:
    graph = write_graph(noether.folder, sequence("echo.py", "fail.py"))
    loud = FAIL.replace('"a last word"', "'\\x1b[2J' + str(value) + '\\n'")
    (noether.folder / "fail.py").write_text(loud)
    run = envelope(noether("run", graph, "--input", '"loud"', "--json"))["run"]

    every = noether("logs", run)
    one = noether("logs", run, "fail")
    silent = noether("logs", run, "/root/stages/0")
    told = envelope(noether("logs", run, "--json"))

    assert every.out == "── fail at /root/stages/1\n\\x1b[2Jloud\n\n"
    assert one.out == "\\x1b[2Jloud\n\n"
    assert (silent.code, silent.out) == (0, "")
    assert "echo at /root/stages/0 printed nothing" in silent.err
    assert [entry["log"] for entry in told["logs"]] == ["", "\\x1b[2Jloud\n\n"]


def test_a_run_that_printed_nothing_says_so(own_noether: Noether) -> None:
    own_noether("run", HELLO, "--input", '"silence"')

    quiet = own_noether("logs", "last")
    own_noether("run", HELLO, "--input", '"silence"')
    known = own_noether("logs", "last")

    assert (quiet.code, quiet.out) == (0, "")
    assert quiet.err.endswith("printed nothing\n")
    assert known.err.endswith("printed nothing: every result was known, so nothing ran\n")


def test_a_node_is_named_by_its_stage_only_if_that_is_one(noether: Noether) -> None:
    graph = write_graph(noether.folder, sequence("echo.py", "echo.py"))
    run = envelope(noether("run", graph, "--input", '"twice"', "--json"))["run"]

    several = noether("logs", run, "echo")
    absent = noether("logs", run, "nothing")

    assert (several.code, absent.code) == (3, 3)
    assert "name one: /root/stages/0, /root/stages/1" in several.err
    assert "its calls are /root/stages/0 (echo)" in absent.err


# ---------------------------------------------------------------- derivations


def test_a_call_of_a_run_and_of_a_graph_has_the_same_derivation(own_noether: Noether) -> None:
    run = envelope(own_noether("run", HELLO, "--input", '"A drv"', "--json"))

    of_run = own_noether("drv", run["run"], "make_file_name")
    of_graph = own_noether("drv", HELLO, "/root/stages/1", "--input", '"A drv"', "--json")
    text = own_noether("drv", "last", "make_file_name", "--text")

    drv = envelope(of_graph)["drv"]
    assert of_run.out == f"{run['calls'][1]['key']}\n"
    assert drv["path"] == run["calls"][1]["key"]
    assert Path(drv["file"]).read_bytes().startswith(b"Derive(")
    assert "noether-call" in text.out


def test_a_derivation_can_be_had_of_a_call_that_failed(noether: Noether) -> None:
    graph = write_graph(noether.folder, sequence("echo.py", "fail.py"))
    run = envelope(noether("run", graph, "--input", '"a failure"', "--json"))

    done = noether("drv", run["run"], "fail")

    assert (done.code, done.out) == (0, f"{run['calls'][1]['key']}\n")


def test_the_limits_of_a_run_are_in_the_derivations_of_its_calls(noether: Noether) -> None:
    graph = write_graph(noether.folder, sequence("echo.py", "fail.py"))
    words = ["--input", '"with limits"', "--limit", "memory=300MiB"]
    run = envelope(noether("run", graph, *words, "--json"))

    kept = noether("drv", run["run"], "echo")
    failed = noether("drv", run["run"], "fail")
    other = noether("drv", run["run"], "fail", "--limit", "memory=400MiB")

    assert kept.out == f"{run['calls'][0]['key']}\n"
    assert failed.out == f"{run['calls'][1]['key']}\n"
    assert (other.code, "--limit memory=" in other.err) == (2, True)


def test_a_call_without_an_input_yet_has_no_derivation(noether: Noether) -> None:
    done = noether("drv", HELLO, "make_file_name", "--input", '"never run before"', "--json")

    assert (done.code, envelope(done)["error"]["code"]) == (2, "input-unknown")


# ---------------------------------------------------------------- store, toolchain


def test_a_collection_says_what_goes_and_leaves_what_runs_need(own_noether: Noether) -> None:
    noether = own_noether
    graph = write_graph(noether.folder, sequence("echo.py", "echo.py"))
    large = noether.folder / "large.json"
    large.write_text(json.dumps("x" * 200_000))
    noether("run", graph, "--input", f"@{large}", "-q")

    planned = envelope(noether("store", "gc", "--older-than", "0d", "--dry-run", "--json"))["gc"]
    before = envelope(noether("store", "info", "--json"))["store"]
    plain = noether("store", "gc", "--older-than", "0d")
    after = envelope(noether("store", "info", "--json"))["store"]
    again = envelope(noether("run", graph, "--input", f"@{large}", "--json"))

    assert {one["reason"] for one in planned["values"]} == {"its results go"}
    assert planned["bytes"] > 200_000
    assert (before["results"] > 0, before["large_results"]) == (True, 1)
    assert plain.out.splitlines()[-1].startswith("freed ")
    assert (after["results"], after["runs"]) == (0, 0)
    assert after["nix_store_bytes"] < before["nix_store_bytes"]
    # The toolchain and our own code are still there: nothing was made again.
    assert again["ok"]
    assert [call["cached"] for call in again["calls"]] == [False, True]


def test_results_and_runs_are_kept_by_number(own_noether: Noether) -> None:
    noether = own_noether
    for number in range(3):
        noether("run", HELLO, "--input", f'"by number {number}"', "-q")

    gone = envelope(noether("store", "gc", "--keep", "2", "--keep-runs", "1", "--json"))["gc"]
    info = envelope(noether("store", "info", "--json"))["store"]

    assert len(gone["runs"]) == 3
    assert (info["results"], info["runs"]) == (2, 1)


def test_an_update_of_the_same_python_changes_no_key(own_noether: Noether) -> None:
    shown = envelope(own_noether("toolchain", "show", "--json"))["toolchain"]

    updated = envelope(own_noether("toolchain", "update", "--json"))

    assert (updated["toolchain"], updated["changed"]) == (shown, False)


def test_version_and_paths_tell_where_one_is(noether: Noether) -> None:
    plain = noether("version")
    flag = noether("--version")
    told = envelope(noether("version", "--json"))["version"]
    paths = envelope(noether("paths", "--json"))["paths"]

    assert plain.out.splitlines()[0] == flag.out.strip() == f"noether {told['noether']}"
    assert told["nix"].startswith("Nix ")
    assert paths["home"] == str(noether.home)
    assert not (PROJECT / "noether.sqlite").exists()


CLOCKED = '''"""Tell the time.

Input: Any
Output: Number
Effects: [Pure]
"""

import time


def execute(value):
    if value == "now":
        return time.time()
    raise ValueError(value)
'''


def test_what_code_shows_is_refused_then_accepted_and_from_then_on_shown(
    own_noether: Noether,
) -> None:
    (own_noether.folder / "clocked.py").write_text(CLOCKED)

    refused = own_noether("stage", "add", "clocked.py")
    accepted = own_noether("stage", "add", "--accept-effects", "clocked.py")
    shown = own_noether("stage", "show", "clocked")

    assert refused.code == 4
    assert refused.err.splitlines()[0] == (
        "error: clocked.py:13: time.time(…) shows the effect Clock, which clocked does not declare"
    )
    assert "noether stage add --accept-effects clocked.py" in refused.err
    assert accepted.code == 0
    assert "seen Clock: time.time(…) in clocked.py:13 (not declared)" in accepted.out
    assert "may raise (clocked.py:14) and does not declare Fallible" in accepted.err
    assert "accepted   Clock: time.time(…) in clocked.py:13 was said not to hold" in shown.out
