"""Names of calls before anything has run: equal where keys must be, different elsewhere."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from noether_nix.database.connection import Database
from noether_nix.plan.structure import StructuralNames
from tests.fakes.fake_runs import FakeRuns


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[FakeRuns]:
    with Database.open(tmp_path / "noether.sqlite") as database:
        made = FakeRuns(database, tmp_path / "logs")
        for name in ("add", "double"):
            made.stage(name, f"return [x, '{name}']")
        yield made


ADD, DOUBLE = {"op": "Stage", "id": "add"}, {"op": "Stage", "id": "double"}


def const(value: Any) -> dict[str, Any]:
    return {"op": "Const", "value": value}


def chain(*nodes: Mapping[str, Any]) -> dict[str, Any]:
    return {"op": "Sequential", "stages": list(nodes)}


def side(**branches: Mapping[str, Any]) -> dict[str, Any]:
    return {"op": "Parallel", "branches": branches}


def names(runs: FakeRuns, root: Mapping[str, Any], value: bytes = b"1", **given: int) -> list[str]:
    plan = runs.plan(root, only=None, **given)
    found = StructuralNames(plan, hashlib.sha256(value).hexdigest())
    return [found[call.index] for call in plan.calls]


def test_a_name_is_64_hex_digits_and_always_the_same(runs: FakeRuns) -> None:
    first, second = names(runs, chain(ADD, DOUBLE)), names(runs, chain(ADD, DOUBLE))

    assert first == second
    assert all(len(name) == 64 and int(name, 16) >= 0 for name in first)
    assert len(set(first)) == 2


def test_calls_that_are_made_of_the_same_have_one_name_wherever_they_stand(
    runs: FakeRuns,
) -> None:
    branch = chain(const({"n": 1}), ADD, DOUBLE)
    alone = names(runs, branch)

    a, b, c, d = names(runs, side(a=branch, b=branch))

    assert ([a, b], [c, d]) == (alone, alone)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(chain(ADD, ADD), chain(DOUBLE, ADD), id="another call before it"),
        pytest.param(chain(const(1), ADD), chain(const(2), ADD), id="another constant"),
        pytest.param(chain(const(1), ADD), chain(const(1.0), ADD), id="another kind of number"),
        pytest.param(chain(const(1), ADD), ADD, id="a constant for the input"),
        pytest.param(ADD, {**ADD, "config": {"a": 1}}, id="config"),
        pytest.param(ADD, DOUBLE, id="another stage"),
    ],
)
def test_calls_that_differ_have_different_names(
    runs: FakeRuns, one: Mapping[str, Any], other: Mapping[str, Any]
) -> None:
    assert names(runs, one)[-1] != names(runs, other)[-1]


def test_another_input_or_other_limits_give_other_names(runs: FakeRuns) -> None:
    both = chain(ADD, DOUBLE)

    assert not set(names(runs, both)) & set(names(runs, both, b"2"))
    assert not set(names(runs, both)) & set(names(runs, both, memory=512 << 20))
    assert names(runs, both) == names(runs, both, wall=7)


def test_what_several_use_is_named_once_and_by_what_it_is_made_of(runs: FakeRuns) -> None:
    shared = chain(side(a=ADD, b=DOUBLE), side(x=ADD, y=DOUBLE, z=chain(ADD, ADD)))

    found = names(runs, shared)

    assert found == names(runs, shared)
    assert found[2] == found[4]
    assert len(set(found)) == len(found) - 1


def grown(runs: FakeRuns, body: Mapping[str, Any], items: int, kind: str = "Map") -> list[str]:
    """The names of what a node that has grown is made of."""
    extra = {"initial": 0} if kind == "Reduce" else {}
    plan = runs.plan(chain(ADD, {"op": kind, "body": body, **extra}), only=None)
    calls = plan.grow(0, items)
    found = StructuralNames(plan, hashlib.sha256(b"1").hexdigest())
    return [found[call.index] for call in calls]


def test_what_is_done_with_each_item_is_called_the_same_but_for_its_place(runs: FakeRuns) -> None:
    found = grown(runs, chain(ADD, side(a=DOUBLE, b=ADD)), 3)

    names, places = zip(*(name.split("+") for name in found), strict=True)
    assert places == ("0", "0", "0", "1", "1", "1", "2", "2", "2")
    assert names[:3] == names[3:6] == names[6:]
    assert len(set(names)) == 3
    assert found[0] == grown(runs, ADD, 1)[0]  # whatever comes behind it


def test_what_is_made_of_several_items_has_a_name_of_its_own(runs: FakeRuns) -> None:
    found = grown(runs, ADD, 4, "Reduce")

    assert len(set(found)) == 4
    assert len({name.split("+")[0] for name in found}) == 4
