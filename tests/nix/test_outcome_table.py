"""Every outcome of the table, come by for real: through the command, fused and alone.

An outcome without a fixture here stands in a list with its reason.
"""

import json
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from noether_nix.process.nix_build import BuildEnd
from noether_nix.run.codes import CODES
from noether_nix.run.outcome import OUTCOMES
from noether_nix.stage.python_file import parse_stage_file
from tests.e2e.homes import Noether, copy_home, prepared_home
from tests.nix.calls import Place, make_place
from tests.nix.endless import running
from tests.nix.fused_runs import stage_text
from tests.nix.outcome_rows import ROWS, Row

pytestmark = pytest.mark.nix

_SHOWN: set[str] = set()
Test = TypeVar("Test", bound=Callable[..., object])


def shows(*names: str) -> Callable[[Test], Test]:
    """Say which rows a test is the fixture of."""
    _SHOWN.update(names)
    return lambda test: test


def test_every_outcome_has_a_fixture_or_a_reason() -> None:
    there = _SHOWN | {row.outcome for row in ROWS}

    assert there == OUTCOMES.keys()
    assert not any(code.awaits for code in OUTCOMES.values()), "what can be shown waits for nothing"


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A home that all tests here add to."""
    home = tmp_path_factory.mktemp("shared") / "home"
    return copy_home(prepared_home(tmp_path_factory, worker_id), home)


@pytest.fixture
def noether(shared_home: Path, tmp_path: Path) -> Noether:
    """The command in an empty folder."""
    return Noether(shared_home, tmp_path)


_INNOCENT = "return ['innocent', given]"


def graph_of(row: Row, salt: str) -> dict[str, Any]:
    """The tried stage beside an innocent one, each behind a stage that says its input aloud."""
    tried = [{"op": "Stage", "id": "./pass_on.py"}, {"op": "Stage", "id": "./tried.py"}]
    branches = {
        "innocent": {"op": "Sequential", "stages": [
            {"op": "Const", "value": salt}, {"op": "Stage", "id": "./innocent.py"},
        ]},
        "tried": {"op": "Sequential", "stages": [{"op": "Const", "value": salt}, *tried]},
    }  # fmt: skip
    return {
        "description": row.outcome,
        "version": "1.0.0",
        "root": {"op": "Parallel", "branches": branches},
    }


def facts(detail: dict[str, Any], row: Row) -> dict[str, Any]:
    """The facts that the row names, with its pattern in place of what fits it."""
    found = {}
    for name, wanted in row.detail.items():
        fact = detail.get(name)
        fits = isinstance(wanted, re.Pattern) and wanted.fullmatch(str(fact))
        found[name] = wanted if fits else fact
    return found


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.outcome)
def test_a_call_ends_as_its_row_says_beside_others_and_alone(noether: Noether, row: Row) -> None:
    salt = f"{row.outcome} {noether.folder}"
    for name, text in {
        "innocent": stage_text(_INNOCENT),
        "pass_on": stage_text("return given"),
        "tried": stage_text(row.code, takes=row.takes, gives=row.gives),
    }.items():
        (noether.folder / f"{name}.py").write_text(text)
    (noether.folder / "graph.json").write_text(json.dumps(graph_of(row, salt)))

    # What they try shows in their code; the sandbox is to say what becomes of it.
    assert noether("stage", "add", "--accept-effects", "tried.py").code == 0

    # The second time only the call that failed runs: its build is one of one call.
    fused, alone = (noether("run", "graph.json", *row.words, "--json") for _ in range(2))

    code = CODES[row.outcome]
    for number, done in enumerate((fused, alone)):
        told = json.loads(done.out)
        calls = {call["stage"]["name"]: call for call in told["calls"]}
        assert done.code == code.exit_code, done.err
        assert calls["tried"]["outcome"] == row.outcome, calls["tried"]["detail"]
        assert facts(calls["tried"]["detail"], row) == row.detail
        assert calls["innocent"]["outcome"] == "succeeded"
        assert calls["innocent"]["cached"] == calls["pass_on"]["cached"] == bool(number)
        assert calls["tried"]["cached"] == (bool(number) and row.outcome == "succeeded")
        if row.outcome == "succeeded":
            assert told["output"] == {"innocent": ["innocent", salt], "tried": ["result", salt]}
        else:
            assert told["error"]["code"] == row.outcome
            assert told["error"]["problems"][0]["place"] == "/root/branches/tried/stages/2"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> Place:
    return make_place(tmp_path_factory.mktemp("alone"), prepared)


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.alone != ""], ids=lambda row: row.outcome
)
def test_nix_alone_builds_the_call_s_derivation_to_the_same_end(place: Place, row: Row) -> None:
    text = stage_text(row.code, takes=row.takes, gives=row.gives)
    stage = parse_stage_file(text.encode(), place="tried.py")

    built = place.run_alone(place.program(stage), "given")

    if row.alone is None:
        assert built.out is not None
        assert json.loads(place.nix.physical(built.out).read_bytes()) == ["result", "given"]
    else:
        assert (built.end, built.out) == (BuildEnd.BUILDER_FAILED, None)
        assert row.alone in built.exit.stderr_tail.decode()


@shows("skipped")
def test_a_call_whose_input_never_came_is_skipped(noether: Noether) -> None:
    (noether.folder / "raises.py").write_text(stage_text("raise KeyError(given)"))
    (noether.folder / "after.py").write_text(stage_text("return given"))
    stages = [{"op": "Stage", "id": f"./{name}.py"} for name in ("raises", "after")]
    graph = {"description": "d", "version": "1.0.0", "root": {"op": "Sequential", "stages": stages}}
    (noether.folder / "graph.json").write_text(json.dumps(graph))

    done = noether("run", "graph.json", "--json")

    told = json.loads(done.out)
    assert (done.code, told["error"]["code"]) == (CODES["skipped"].exit_code, "stage-raised")
    assert [call["outcome"] for call in told["calls"]] == ["stage-raised", "skipped"]
    assert told["calls"][1]["because"] == "/root/stages/0"
    assert told["calls"][1]["detail"] == {"because": "/root/stages/0"}


@shows("not-taken")
def test_a_call_in_an_arm_that_was_not_taken_is_no_failure(noether: Noether) -> None:
    salt = str(noether.folder)
    for name, code, gives in (
        ("choose", f"return given != {salt!r}", "Bool"),
        ("one", "return ['one', given]", "Any"),
        ("other", "return ['other', given]", "Any"),
    ):
        (noether.folder / f"{name}.py").write_text(stage_text(code, gives=gives))
    arms = {name: {"op": "Stage", "id": f"./{name}.py"} for name in ("choose", "one", "other")}
    root = {
        "op": "Branch", "predicate": arms["choose"], "if_true": arms["one"],
        "if_false": arms["other"],
    }  # fmt: skip
    graph = {"description": "d", "version": "1.0.0", "root": root}
    (noether.folder / "graph.json").write_text(json.dumps(graph))

    fresh, known = (
        noether("run", "graph.json", "--input", json.dumps(salt), "--json") for _ in range(2)
    )

    for number, done in enumerate((fresh, known)):
        told = json.loads(done.out)
        assert done.code == CODES["not-taken"].exit_code, done.err
        assert told["output"] == ["other", salt]
        calls = {call["stage"]["name"]: call for call in told["calls"]}
        assert calls["one"]["outcome"] == "not-taken"
        assert (calls["one"]["key"], calls["one"]["cached"]) == (None, False)
        assert calls["other"]["cached"] == bool(number)
        assert told["counts"]["not_taken"] == 1
    assert "not-taken" in noether("show", "last").out


@shows("interrupted")
def test_a_stopped_run_says_so_and_so_do_its_calls(noether: Noether) -> None:
    with running(noether) as process:
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    logs = json.loads(noether("logs", "last", "--json").out)

    assert process.returncode == CODES["run-interrupted"].exit_code
    assert json.loads(out)["error"]["code"] == "run-interrupted"
    assert [log["outcome"] for log in logs["logs"]] == ["interrupted"]
