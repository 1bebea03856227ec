"""Graphs that grow in the sandbox: one build for all, known items known, and every level alike."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from noether_nix.errors import InputUnknownError
from noether_nix.run.calls import call_of_graph, call_of_run
from noether_nix.run.events import CallsAdded, SandboxChecked
from noether_nix.run.loading import load_graph_text
from noether_nix.run.report import Report
from tests.e2e.homes import copy_home
from tests.nix.fused_runs import FusedRuns, open_house, stage_text

pytestmark = pytest.mark.nix


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> Iterator[FusedRuns]:
    folder = tmp_path_factory.mktemp("growth")
    with open_house(copy_home(prepared, folder / "home")) as house:
        yield FusedRuns(house, folder)


def stage(runs: FusedRuns, name: str, code: str, **types: str) -> dict[str, Any]:
    return {"op": "Stage", "id": runs.write(name, stage_text(code, **types))}


def chain(*stages: dict[str, Any]) -> dict[str, Any]:
    return {"op": "Sequential", "stages": list(stages)}


def graph(runs: FusedRuns, salt: str, numbers: str) -> dict[str, Any]:
    """Numbers made, each looked at by a branch and mapped over, sorted out, and added up twice."""
    made = stage(runs, "make", f"return {numbers}", gives="List<Number>")
    even = stage(runs, "even", f"return given % 2 == 0  # {salt}", takes="Number", gives="Bool")
    half = stage(runs, "half", "return given // 2", takes="Number", gives="Number")
    more = stage(runs, "more", "return given * 3 + 1", takes="Number", gives="Number")
    up_to = stage(
        runs, "up_to", "return list(range(given % 4))", takes="Number", gives="List<Number>"
    )
    total = stage(
        runs, "total", "return given['accumulator'] + given['item']",
        takes="{ accumulator: Number, item: Number }", gives="Number",
    )  # fmt: skip
    most = stage(
        runs, "most", "return max(given['left'], given['right'])",
        takes="{ left: Number, right: Number }", gives="Number",
    )  # fmt: skip
    step = {"op": "Branch", "predicate": even, "if_true": half, "if_false": more}
    small = stage(runs, "small", "return given < 60", takes="Number", gives="Bool")
    inner = chain(up_to, {"op": "Map", "body": more})
    return chain(
        made,
        {"op": "Map", "body": step},
        {"op": "Filter", "predicate": small},
        {
            "op": "Parallel",
            "branches": {
                "total": {"op": "Reduce", "body": total, "initial": 0},
                "most": {"op": "Reduce", "body": most, "mode": "tree", "initial": 0},
                "nested": {"op": "Map", "body": inner},
            },
        },
    )


def meant(numbers: list[int]) -> dict[str, Any]:
    stepped = [n // 2 if n % 2 == 0 else n * 3 + 1 for n in numbers]
    kept = [n for n in stepped if n < 60]
    nested = [[m * 3 + 1 for m in range(n % 4)] for n in kept]
    return {"most": max([0, *kept]), "nested": nested, "total": sum(kept)}


def builds(runs: FusedRuns) -> int:
    return sum(isinstance(event, SandboxChecked) for event in runs.events)


def ran(report: Report) -> list[str]:
    return [call.pointer for call in report.calls if not call.cached and call.ok]


def test_what_grows_in_a_build_is_one_build_and_is_known_item_by_item(runs: FusedRuns) -> None:
    numbers = [3, 8, 21, 8, 0, 40]
    first = runs.run(graph(runs, "one", str(numbers)))

    assert first.output == meant(numbers)
    assert builds(runs) == 1
    pointers = [call.pointer for call in first.calls]
    assert pointers[0] == "/root/stages/0"
    assert {"/root/stages/1#5/body/predicate", "/root/stages/1#5/body/if_true"} <= set(pointers)
    assert "/root/stages/3/branches/nested#0/body/stages/1#0/body" in pointers
    added = [event for event in runs.events if isinstance(event, CallsAdded)]
    assert [call.index for call in first.calls] == list(range(len(pointers)))
    assert sum(len(event.pointers) for event in added) == len(pointers) - 1

    again = runs.run(graph(runs, "one", str(numbers)))

    assert (again.output, builds(runs), ran(again)) == (first.output, 0, [])
    assert [call.pointer for call in again.calls if call.outcome == "not-taken"] == [
        call.pointer for call in first.calls if call.outcome == "not-taken"
    ]

    # The list is made anew, in a build, and has one item that is new.
    changed = [*numbers, 50]
    third = runs.run(graph(runs, "one", f"[*{numbers}, 50]"))

    assert third.output == meant(changed)
    assert builds(runs) == 1
    new = [one for one in ran(third) if one.startswith("/root/stages/1#")]
    assert new == ["/root/stages/1#6/body/predicate", "/root/stages/1#6/body/if_true"]


def test_a_failed_item_fails_its_node_and_the_others_results_are_kept(runs: FusedRuns) -> None:
    item = stage(runs, "item", "assert given != 3, 'three'\nreturn given * 10")
    after = stage(runs, "after", "return len(given)")
    root = chain({"op": "Map", "body": item}, after)

    failed = runs.run(root, [1, 2, 3, 4])

    assert [(call.pointer, call.outcome) for call in failed.calls] == [
        ("/root/stages/1", "skipped"),
        ("/root/stages/0#0/body", "succeeded"),
        ("/root/stages/0#1/body", "succeeded"),
        ("/root/stages/0#2/body", "stage-raised"),
        ("/root/stages/0#3/body", "succeeded"),
    ]
    assert failed.calls[0].because == "/root/stages/0#2/body"

    mended = runs.run(root, {"a": 1, "b": 2, "c": 5, "d": 4})

    assert mended.output == 4
    assert ran(mended) == ["/root/stages/1", "/root/stages/0#2/body"]


def test_of_no_items_there_are_no_calls(runs: FusedRuns) -> None:
    never = stage(runs, "never", "raise ValueError")
    mapped = {"op": "Map", "body": never}

    values: tuple[Any, ...] = ([], {})
    for empty in values:
        report = runs.run(mapped, empty)
        assert (report.output, list(report.calls), builds(runs)) == (empty, [], 0)


def test_the_call_of_an_item_has_a_name_wherever_calls_are_named(runs: FusedRuns) -> None:
    numbers = [3, 8, 21]
    root = graph(runs, "names", str(numbers))
    report = runs.run(root)
    house = runs.house
    loaded = load_graph_text(
        json.dumps({"description": "a test", "version": "1.0.0", "root": root}).encode(),
        source="graph.json", name="test", folder=runs.folder, find=house.find_stage,
    )  # fmt: skip
    made = [call for call in report.calls if call.key is not None]
    assert any("#0/body/stages/1#" in call.pointer for call in made)

    for call in made:
        assert str(call_of_run(house, report.run, call.pointer, {}).key) == call.key
        if "#" in call.pointer:
            assert str(call_of_graph(house, loaded, None, call.pointer, {}).key) == call.key
    with pytest.raises(InputUnknownError, match="no call /root/stages/1#3/body/predicate"):
        call_of_graph(house, loaded, None, "/root/stages/1#3/body/predicate", {})


def test_many_calls_that_end_at_once_are_all_heard_of(runs: FusedRuns) -> None:
    """What was said of them at once was more than a line of a log may be long."""
    long = "x" * 300
    made = stage(runs, "texts", f"return [str(n) + {long!r} for n in range(4000)]", gives="Any")
    number = stage(runs, "number", "return given", takes="Map<Text, Number>", gives="Number")

    report = runs.run(chain(made, {"op": "Map", "body": number}))

    outcomes = [call.outcome for call in report.calls]
    assert outcomes == ["succeeded", *["input-invalid"] * 4000]
