"""Values that lie in the store, and what a change does that does not change them."""

import json
from pathlib import Path

import pytest

from tests.e2e.homes import Noether

pytestmark = pytest.mark.nix

STAGE = '''"""Put much in front.

Input: Text
Output: Text
Effects: [Pure]
"""


def execute(text):
    return (("{0}" * 100_000) + text)[:150_000]
'''


def counts(noether: Noether) -> dict[str, int]:
    done = noether("run", "graph.json", "--input", '"x"', "--json")
    assert done.code == 0, done.err
    found: dict[str, int] = json.loads(done.out)["counts"]
    return found


def test_a_change_that_leaves_a_large_value_as_it_was_stops_there(own_noether: Noether) -> None:
    folder: Path = own_noether.folder
    for letter in "abc":
        (folder / f"{letter}.py").write_text(STAGE.format(letter))
    stages = [{"op": "Stage", "id": f"./{letter}.py"} for letter in "abc"]
    graph = {"description": "", "version": "1.0.0", "root": {"op": "Sequential", "stages": stages}}
    (folder / "graph.json").write_text(json.dumps(graph))
    assert counts(own_noether)["run"] == 3

    with (folder / "a.py").open("a") as file:
        file.write("# the same\n")

    again = counts(own_noether)
    assert (again["run"], again["known"]) == (1, 2)
