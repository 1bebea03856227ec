"""Graphs that grow, at their limits: items that fail, take too long, are many, large, or none."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.homes import Done, Noether, copy_home

pytestmark = pytest.mark.nix


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> Path:
    return copy_home(prepared, tmp_path_factory.mktemp("growing") / "home")


@pytest.fixture
def noether(home: Path, tmp_path: Path) -> Noether:
    return Noether(home, tmp_path)


def stage(noether: Noether, name: str, code: str, takes: str = "Any", gives: str = "Any") -> Any:
    text = f'"""Do {name}.\n\nInput: {takes}\nOutput: {gives}\nEffects: [Pure]\n"""\n'
    body = "".join(f"    {line}\n" for line in code.splitlines())
    path = noether.folder / f"{name}.py"
    path.write_text(f"{text}\nimport time\n\n\ndef execute(given):\n{body}")
    return {"op": "Stage", "id": f"./{name}.py"}


def mapped(body: Any) -> dict[str, Any]:
    return {"op": "Map", "body": body}


def run(noether: Noether, root: Any, value: Any, *words: str | Path) -> Done:
    document = {"description": "test", "version": "1.0.0", "root": root}
    (noether.folder / "graph.json").write_text(json.dumps(document))
    (noether.folder / "input.json").write_text(json.dumps(value))
    return noether("run", "graph.json", "--input", "@input.json", *words)


def outcomes(done: Done) -> list[str]:
    return [call["outcome"] for call in json.loads(done.out)["calls"]]


def test_of_300_items_one_fails_and_the_others_are_known_to_the_next_run(noether: Noether) -> None:
    root = mapped(stage(noether, "third", "assert given != 3, 'three'\nreturn [given]"))

    done = run(noether, root, list(range(300)), "--json")

    assert done.code == 6
    assert outcomes(done) == ["succeeded"] * 3 + ["stage-raised"] + ["succeeded"] * 296

    again = run(noether, root, list(range(300)))

    assert "300 calls: 1 run, 299 known, 1 failed" in again.err
    (line,) = [line for line in again.err.splitlines() if line.startswith("    again: ")]
    words = shlex.split(line.removeprefix("    again: noether "))
    assert noether(*words).code == 6, "the command that is told can be typed"


def test_a_run_of_many_items_is_shown_by_node_with_what_failed(noether: Noether) -> None:
    make = stage(noether, "make_many", "return list(range(50))", gives="List<Any>")
    item = mapped(stage(noether, "seventh", "assert given != 7, 'seven'\nreturn [given]"))

    run(noether, {"op": "Sequential", "stages": [make, item]}, None)
    shown = noether("show", "last").out.splitlines()

    calls = [line for line in shown if line[0] in "✓✗·"]
    assert [line.split()[:3] for line in calls] == [
        ["✓", "make_many", calls[0].split()[2]],
        ["✗", "seventh", "#7"],
        ["✗", "seventh", "50"],
    ]
    assert calls[-1].endswith("50 items: 49 run, 1 stage-raised")
    assert "noether show" in shown[-1]
    assert "/root/stages/1#7/body" in noether("show", "last", "seventh #7").out


def test_after_a_failed_item_nothing_begins_if_that_is_asked_for(noether: Noether) -> None:
    root = mapped(stage(noether, "first", "assert given, 'none'\nreturn given"))

    done = run(noether, root, list(range(300)), "--json", "--fail-fast", "--jobs", "1")

    assert done.code == 6
    assert outcomes(done) == ["stage-raised"] + ["skipped"] * 299


def test_where_every_item_fails_five_are_told_of_and_the_rest_counted(noether: Noether) -> None:
    root = mapped(stage(noether, "never", "raise ValueError(given)"))

    done = run(noether, root, list(range(40)))

    assert done.code == 6
    assert done.err.count("--only /root") == 5
    assert "and 35 more calls failed" in done.err
    assert done.err.splitlines()[-1].startswith("40 calls: 40 run, 0 known, 40 failed")


def test_an_item_that_takes_too_long_ends_by_the_limits_of_its_node_alone(
    noether: Noether,
) -> None:
    body = stage(noether, "slow", "time.sleep(1000 if given == 2 else 0)\nreturn given")
    body |= {"limits": {"wall": "1s"}}
    inner = {"op": "Retry", "stage": body, "max_attempts": 2, "delay_ms": 10}
    even = stage(noether, "is_two", "return len(given) == 4", "List<Any>", "Bool")
    other = stage(noether, "other", "return 0")
    root = {"op": "Branch", "predicate": even, "if_true": mapped(inner), "if_false": other}

    done = run(noether, root, [0, 1, 2, 3], "--json")

    calls = {call["node"]: call for call in json.loads(done.out)["calls"]}
    ends = [calls[f"/root/if_true#{place}/body/stage"]["outcome"] for place in range(4)]
    assert ends == ["succeeded", "succeeded", "timed-out", "succeeded"]
    assert len(calls["/root/if_true#2/body/stage"]["attempts"]) == 1
    assert calls["/root/if_false"]["outcome"] == "not-taken"


def test_the_time_of_a_run_ends_all_of_its_items(noether: Noether) -> None:
    make = stage(noether, "make", "return list(range(500))", gives="List<Any>")
    root = {"op": "Sequential", "stages": [make, mapped(stage(noether, "nap", "time.sleep(100)"))]}

    done = run(noether, root, None, "--json", "--limit", "run=2s", "--jobs", "2")

    assert done.code == 6
    ends = outcomes(done)
    assert ends[0] == "succeeded"
    assert set(ends[1:]) <= {"timed-out", "interrupted"}


@pytest.mark.parametrize("computed", [True, False])
def test_too_many_items_are_refused_by_name_and_with_a_way_out(
    noether: Noether, computed: bool
) -> None:
    many = stage(noether, "many", "return [0] * given", gives="List<Any>")
    root = mapped(stage(noether, "same", "return given"))
    if computed:
        root = {"op": "Sequential", "stages": [many, root]}

    done = run(noether, root, 100_001 if computed else [0] * 100_001)

    assert done.code == 6
    node = "/root/stages/1" if computed else "/root"
    assert f"{node} has 100001 items" in done.err
    assert "more than 100000 calls" in done.err
    assert "hint: let one call do more" in done.err


def test_what_waits_for_too_many_items_says_so_too(noether: Noether) -> None:
    many = stage(noether, "many", "return [0] * given", gives="List<Any>")
    length = stage(noether, "length", "return len(given)", "List<Any>", "Number")
    same = mapped(stage(noether, "same", "return given"))
    root = {"op": "Sequential", "stages": [many, same, length]}

    done = run(noether, root, 100_001)

    assert done.code == 6
    assert "there are 100001 items" in done.err
    assert "hint: let one call do more" in done.err


def test_an_item_may_be_large(noether: Noether) -> None:
    body = stage(noether, "large", "return 'x' * 5_000_000 if given == 1 else given")
    root = mapped(body)

    done = run(noether, root, [0, 1, 2], "-o", "out.json")

    assert done.code == 0, done.err
    output = json.loads((noether.folder / "out.json").read_bytes())
    assert [len(repr(one)) for one in output] == [1, 5_000_002, 1]
    again = run(noether, root, [0, 1, 2, 3], "-o", "out.json")
    assert "4 calls: 1 run, 3 known" in again.err


def test_names_of_a_map_may_be_any_text(noether: Noether) -> None:
    value = {"ключ": 1, "鍵": 2, "\u0000": 3, "a/b#3~": 4, "": 5, "\U0001f511": 6}
    twice = stage(noether, "twice", "return given * 2", "Number", "Number")

    done = run(noether, mapped(twice), value, "--json")

    output = json.loads(done.out)["output"]
    assert list(output.items()) == [(name, number * 2) for name, number in value.items()]


@pytest.mark.parametrize("mode", ["left", "tree"])
def test_a_long_reduction_is_made_step_by_step(noether: Noether, mode: str) -> None:
    first, second = ("accumulator", "item") if mode == "left" else ("left", "right")
    add = stage(
        noether, f"add_{mode}", f"return given[{first!r}] + given[{second!r}]",
        f"{{ {first}: Number, {second}: Number }}", "Number",
    )  # fmt: skip
    root = {"op": "Reduce", "mode": mode, "initial": 0, "body": add}

    done = run(noether, root, list(range(150)))

    assert (done.code, done.out.strip()) == (0, str(sum(range(150)))), done.err
