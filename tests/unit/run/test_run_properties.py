"""What every graph keeps to: a change reaches what it can reach, and fusing changes nothing."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from noether_nix.database.connection import Database
from noether_nix.errors import GraphError
from noether_nix.plan.growing import GrowingPlan
from noether_nix.run.report import Report
from tests.fakes.fake_runs import FakeRuns
from tests.unit.graph.graphs import ROOTS, VALUES, Document

STAGES = ("one", "two", "three", "configured")
# Another value for another source or input; some are objects with fields that graphs ask for.
_DIGEST = "import hashlib; d = hashlib.sha256(f'{name} {mark} {x!r}'.encode()).hexdigest()[:6]; "
_RETURNS = {
    "one": "return d",
    "two": "return {'a': d, 'x/y': x}",
    "three": "return [d]",
    "configured": "return {'v': d, 'b': {'a': d}}",
}


def body(name: str, mark: int) -> str:
    return _DIGEST.replace("{name}", name).replace("{mark}", str(mark)) + _RETURNS[name]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder = tmp_path_factory.mktemp("properties")
    with Database.open(folder / "noether.sqlite") as opened:
        yield opened


def make_runs(database: Database, marks: Mapping[str, int]) -> FakeRuns:
    runs = FakeRuns(database, database.path.parent / "logs")
    define(runs, marks)
    return runs


def define(runs: FakeRuns, marks: Mapping[str, int]) -> None:
    for name in STAGES:
        takes = "{a?: Any, b?: Any, v: Any}" if name == "configured" else "Any"
        runs.stage(name, body(name, marks[name]), takes=takes)


def run(runs: FakeRuns, root: Document, value: Any) -> Report:
    try:
        return runs.run(root, value)
    except GraphError:
        assume(False)
        raise


class Reference:
    """The meaning of a graph in so many words: a walk over its tree, one call after the other."""

    def __init__(self, marks: Mapping[str, int]) -> None:
        self._marks = marks
        self.inputs: dict[str, Any] = {}

    def value(self, node: Document, given: Any, pointer: str = "/root") -> Any:
        match node["op"]:
            case "Const":
                return node["value"]
            case "Stage":
                return self._call(node, given, pointer)
            case "Sequential":
                for number, stage in enumerate(node["stages"]):
                    given = self.value(stage, given, f"{pointer}/stages/{number}")
                return given
            case "Parallel":
                return {
                    name: self.value(
                        branch,
                        given[name] if isinstance(given, dict) and name in given else given,
                        f"{pointer}/branches/{_escaped(name)}",
                    )
                    for name, branch in sorted(node["branches"].items())
                }
            case _:
                bound = {
                    name: self.value(one, given, f"{pointer}/bindings/{_escaped(name)}")
                    for name, one in sorted(node["bindings"].items())
                }
                under = given if isinstance(given, dict) else {}
                return self.value(node["body"], {**under, **bound}, f"{pointer}/body")

    def _call(self, node: Document, given: Any, pointer: str) -> Any:
        name = node["id"]
        if "config" in node:
            under = given if isinstance(given, dict) else {"v": given}
            given = {**under, **dict(sorted(node["config"].items()))}
        self.inputs[pointer] = given
        names: dict[str, Any] = {}
        exec(f"def execute(x):\n    {body(name, self._marks[name])}", names)
        return names["execute"](json.loads(json.dumps(given)))


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def ordered(value: Any) -> str:
    return json.dumps(value)


def reachable(plan: GrowingPlan, name: str) -> set[str]:
    """The nodes whose calls are of that stage, or need one that is."""
    reached: set[int] = set()
    for call in plan.calls:
        if call.stage.name == name or call.needs & reached:
            reached.add(call.index)
    return {plan.calls[index].pointer for index in reached}


OLD = dict.fromkeys(STAGES, 1)


@settings(max_examples=200)
@given(ROOTS, VALUES)
def test_a_run_gives_what_its_graph_means(database: Database, root: Document, value: Any) -> None:
    reference = Reference(OLD)
    expected = reference.value(root, value)

    report = run(make_runs(database, OLD), root, value)

    assert ordered(report.output) == ordered(expected)
    assert {call.pointer for call in report.calls} <= reference.inputs.keys()


@settings(max_examples=250)
@given(ROOTS, VALUES, st.sampled_from(STAGES))
def test_one_changed_byte_of_a_stage_changes_the_keys_of_what_it_reaches_and_no_other(
    database: Database, root: Document, value: Any, changed: str
) -> None:
    runs = make_runs(database, OLD)
    before = run(runs, root, value)
    new = {**OLD, changed: 2}
    define(runs, new)
    plan = runs.plan(root)
    first, second = Reference(OLD), Reference(new)
    expected = second.value(root, value)
    first.value(root, value)

    after = runs.run(root, value)

    moved = {
        old.pointer
        for old, now in zip(before.calls, after.calls, strict=True)
        if old.key != now.key
    }
    other_input = {
        pointer
        for pointer in second.inputs
        if ordered(second.inputs[pointer]) != ordered(first.inputs[pointer])
    }
    own = {call.pointer for call in plan.calls if call.stage.name == changed}
    everything = {call.pointer for call in plan.calls}
    assert moved == (own | other_input) & everything
    assert moved <= reachable(plan, changed)
    ran = {call.pointer for call in after.calls if not call.cached}
    assert ran <= moved
    assert {call.key for call in after.calls if call.pointer in moved} >= {
        call.key for call in after.calls if not call.cached
    }
    assert ordered(after.output) == ordered(expected)


# A chain in which every value goes to the next call: all that can be reached is reached.
_STRAIGHT = st.lists(st.sampled_from(["one", "three"]), min_size=1, max_size=8)


@given(_STRAIGHT, VALUES, st.sampled_from(["one", "three"]))
def test_in_a_chain_everything_after_the_change_has_another_key(
    database: Database, names: list[str], value: Any, changed: str
) -> None:
    root = {"op": "Sequential", "stages": [{"op": "Stage", "id": name} for name in names]}
    runs = make_runs(database, OLD)
    before = runs.run(root, value)
    define(runs, {**OLD, changed: 2})

    after = runs.run(root, value)

    begins = names.index(changed) if changed in names else len(names)
    moved = [old.key != now.key for old, now in zip(before.calls, after.calls, strict=True)]
    assert moved == [number >= begins for number in range(len(names))]
    assert [call.cached for call in after.calls] == [
        number < begins for number in range(len(names))
    ]


@settings(max_examples=200)
@given(ROOTS, VALUES, st.data())
def test_another_order_of_the_files_keys_changes_no_key_and_runs_nothing(
    database: Database, root: Document, value: Any, data: st.DataObject
) -> None:
    runs = make_runs(database, OLD)
    before = run(runs, root, value)

    after = runs.run(_reordered(data.draw, root), value)

    assert {call.pointer: call.key for call in after.calls} == {
        call.pointer: call.key for call in before.calls
    }
    assert runs.executor.ran == []
    assert ordered(after.output) == ordered(before.output)


def _reordered(draw: Any, node: Any) -> Any:
    """The node with its keys in another order; those of constants are values, and stay."""
    if isinstance(node, list):
        return [_reordered(draw, item) for item in node]
    reordered = {}
    for key in draw(st.permutations(list(node))):
        item = node[key]
        if key in ("branches", "bindings"):
            names = draw(st.permutations(list(item)))
            item = {name: _reordered(draw, item[name]) for name in names}
        elif key in ("stages", "body"):
            item = _reordered(draw, item)
        reordered[key] = item
    return reordered


def test_the_keys_of_a_run_are_those_of_its_values(database: Database) -> None:
    runs = make_runs(database, OLD)

    report = runs.run({"op": "Stage", "id": "one"}, {"a": 1})

    (call,) = report.calls
    (planned,) = runs.plan({"op": "Stage", "id": "one"}).calls
    sha256 = hashlib.sha256(b'{"a":1}').hexdigest()
    assert call.key == str(planned.program.key(sha256))
