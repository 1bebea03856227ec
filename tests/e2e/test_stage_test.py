"""`noether stage test`: examples, properties and generated inputs, in the real sandbox."""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.homes import Noether

pytestmark = pytest.mark.nix


def write_stage(folder: Path, name: str, body: str, **contract: str) -> None:
    """A stage of lists; ``contract`` has the sections that are no text of their own."""
    parts = {"input": "List<Number>", "output": "Number", "effects": "Pure", "more": ""} | contract
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.py").write_text(
        f'"""Something of numbers.\n\nInput: {parts["input"]}\nOutput: {parts["output"]}\n'
        f'Effects: [{parts["effects"]}]\n{parts["more"]}"""\n\n\ndef execute(input):\n    {body}\n'
    )


SUM = """Properties:
    {"kind": "range", "field": "output", "min": 0}
Examples:
    [1, 2] -> 3
    [] -> 0
"""


def told(noether: Noether, *words: str | Path) -> tuple[int, dict[str, Any]]:
    done = noether("stage", "test", *words, "--json")
    return done.code, json.loads(done.out)


def test_examples_that_hold_are_told_in_a_line(noether: Noether) -> None:
    write_stage(noether.folder, "total", "return sum(input)", more=SUM)

    done = noether("stage", "test", "./total.py")

    assert (done.code, done.err) == (0, "")
    assert " ".join(done.out.split()) == "✓ total 2 of 2 examples held, 1 property"


def test_an_example_that_does_not_hold_says_what_came_instead_and_where(noether: Noether) -> None:
    more = (
        'Examples:\n    [1] -> {"a": [1, 3]}\n    [2] -> raises KeyError\n'
        '    [3] -> {"a": [3, 3]}\n'
    )
    write_stage(
        noether.folder, "pairs", "return {'a': [input[0], 3]}",
        output="{ a: List<Number> }", effects="Fallible", more=more,
    )  # fmt: skip

    code, answer = told(noether, "./pairs.py")

    assert (code, answer["error"]["code"]) == (6, "call-failed")
    examples = answer["stages"][0]["examples"]
    assert [one["code"] for one in examples] == [None, "example-broken", None]
    assert examples[1]["message"] == 'gave {"a":[2,3]}, and should raise KeyError'
    write_stage(
        noether.folder, "pairs", "return {'a': [input[0], 4]}",
        output="{ a: List<Number> }", more='Examples:\n    [1] -> {"a": [1, 3]}\n',
    )  # fmt: skip
    done = noether("stage", "test", "./pairs.py")
    assert done.code == 6
    assert (
        'pairs, example 1: gave {"a":[1,4]}, and should give {"a":[1,3]} (they differ at /a/1)'
        in done.out
    )


def test_a_stage_that_raises_shows_where(noether: Noether) -> None:
    write_stage(noether.folder, "first", "return input[0]", more="Examples:\n    [] -> 0\n")

    done = noether("stage", "test", "./first.py")

    assert done.code == 6
    assert "IndexError" in done.out
    assert "first.py:12" in done.out


def test_generated_inputs_find_what_examples_do_not_and_make_it_small(noether: Noether) -> None:
    write_stage(noether.folder, "total", "return sum(input)", more=SUM)

    code, answer = told(noether, "./total.py", "--fuzz", "50")
    again, other = told(noether, "./total.py", "--fuzz", "50")

    assert code == again == 6
    fuzz = answer["stages"][0]["fuzz"]
    found = fuzz["counterexample"]
    assert found["code"] == "property-violated"
    # The smallest sum below nothing; how it is written is hypothesis' own choice.
    assert found["input"] in ([-1], [-1.0])
    assert fuzz["first_bytes"] >= len(json.dumps(found["input"]))
    assert other["stages"][0]["fuzz"] == fuzz
    assert answer["stages"][0]["ok"] is False
    assert all(one["ok"] for one in answer["stages"][0]["examples"])


@pytest.mark.parametrize(("effects", "code"), [("Pure", 6), ("Fallible", 0)])
def test_only_a_fallible_stage_may_raise_on_generated_inputs(
    noether: Noether, effects: str, code: int
) -> None:
    write_stage(noether.folder, "first", "return input[0]", effects=effects)

    ended, answer = told(noether, "./first.py", "--fuzz", "30")

    fuzz = answer["stages"][0]["fuzz"]
    assert ended == code, fuzz
    if code:
        assert fuzz["counterexample"]["input"] == []
        assert "Fallible is not among the effects" in fuzz["counterexample"]["message"]
        assert "Effects: [Pure, Fallible]" in fuzz["counterexample"]["hint"]
    else:
        assert fuzz["counterexample"] is None
        assert fuzz["tried"] > 10


def test_on_request_every_result_of_a_run_is_held_against_the_properties(noether: Noether) -> None:
    write_stage(noether.folder, "total", "return sum(input)", more=SUM)
    words = ("stage", "run", "./total.py", "--json", "--input")

    good = noether(*words, "[5, 2]", "--check-properties")
    unasked = noether(*words, "[-7]")
    known = noether(*words, "[-7]", "--check-properties")
    fresh = noether(*words, "[-8]", "--check-properties")

    assert (good.code, unasked.code) == (0, 0)
    assert json.loads(unasked.out)["output"] == -7
    for done, cached in ((known, True), (fresh, False)):
        (call,) = json.loads(done.out)["calls"]
        assert (done.code, call["outcome"], call["cached"]) == (6, "output-invalid", cached)
        message = call["detail"]["message"]
        assert message.startswith("it breaks the property range: output is -")
        assert "output" not in json.loads(done.out)


def test_a_folder_is_tested_and_nothing_to_test_is_an_error(noether: Noether) -> None:
    stages = noether.folder / "stages"
    write_stage(stages, "total", "return sum(input)", more=SUM)
    write_stage(stages, "largest", "return max(input)")

    code, answer = told(noether, "./stages")
    fuzzed, both = told(noether, "./stages", "--fuzz", "5", "--seed", "3")

    assert (code, answer["error"]["code"]) == (4, "stage-invalid")
    assert "largest" in answer["error"]["message"]
    assert "--fuzz" in answer["error"]["hint"]
    assert fuzzed == 6
    assert {one["name"]: one["fuzz"]["seed"] for one in both["stages"]} == {
        "largest": 3,
        "total": 3,
    }


def test_what_no_value_has_cannot_be_generated(noether: Noether) -> None:
    write_stage(noether.folder, "never", "return 0", input='Number & Range(0..=9) & OneOf["a"]')

    code, answer = told(noether, "./never.py", "--fuzz", "5")

    assert (code, answer["error"]["code"]) == (2, "input-mismatch")


def test_a_test_that_is_stopped_says_so_and_keeps_what_had_ended(own_noether: Noether) -> None:
    noether = own_noether
    examples = "Examples:\n" + "".join(f"    [{n}] -> {n}\n" for n in range(1, 4))
    body = "if input[0] == 3:\n        while True: pass\n    return input[0]"
    write_stage(noether.folder, "slow", body, more=examples)
    before = _results(noether)
    process = noether.start(
        "stage", "test", "./slow.py", "--json", stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with process:
        # Two of three are known as soon as they have ended.
        while _results(noether) < before + 2:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)

    answer = json.loads(out)
    assert (process.returncode, answer["error"]["code"]) == (130, "run-interrupted")
    assert [one["case"] for one in answer["stages"][0]["examples"]] == ["example 1", "example 2"]


def _results(noether: Noether) -> int:
    count: int = json.loads(noether("store", "info", "--json").out)["store"]["results"]
    return count
