"""Graphs of several files: what is kept of a run of one, and what a change of a part does."""

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.e2e.homes import Done, Noether

pytestmark = pytest.mark.nix

STAGE = '''"""Join texts.

Input: { texts: List<Text>, by: Text }
Output: Text
Effects: [Pure]
"""


def execute(value):
    return value["by"].join(value["texts"])
'''


def graph(root: dict[str, Any]) -> str:
    return json.dumps({"description": "", "version": "1", "root": root})


@pytest.fixture
def asked(own_noether: Noether) -> Noether:
    """A home and a folder with a graph that imports another, which has a literal from a file."""
    folder = own_noether.folder
    (folder / "parts").mkdir()
    (folder / "parts/join.py").write_text(STAGE)
    (folder / "parts/texts.json").write_text('["a", "b"]')
    texts = {"op": "Const", "file": "./texts.json"}
    joined = {"op": "Stage", "id": "./join.py", "config": {"by": "-"}}
    inner = {"op": "Sequential", "stages": [texts, joined]}
    (folder / "parts/inner.json").write_text(graph(inner))
    imported = {"op": "Import", "path": "./parts/inner.json"}
    wrapped = {"op": "Project", "fields": {"joined": {"from": []}}}
    (folder / "graph.json").write_text(graph({"op": "Sequential", "stages": [imported, wrapped]}))
    return own_noether


def run(noether: Noether) -> tuple[Any, int]:
    done = noether("run", "graph.json", "--json")
    assert done.code == 0, done.err
    document = json.loads(done.out)
    return document["output"], document["counts"]["run"]


def test_a_part_that_changes_is_seen_and_one_that_does_not_is_known(asked: Noether) -> None:
    assert run(asked) == ({"joined": "a-b"}, 1)
    assert run(asked) == ({"joined": "a-b"}, 0)
    assert run(asked) == ({"joined": "a-b"}, 0)

    texts = asked.folder / "parts/texts.json"
    texts.write_text('["a", "c"]')
    assert run(asked) == ({"joined": "a-c"}, 1)
    texts.write_text('["a", "b"]')
    assert run(asked) == ({"joined": "a-b"}, 0)

    inner = asked.folder / "parts/inner.json"
    inner.write_text(inner.read_text().replace('"-"', '"+"'))
    assert run(asked) == ({"joined": "a+b"}, 1)


def test_a_part_that_has_become_a_link_to_elsewhere_is_refused(asked: Noether) -> None:
    """Also where it has the very bytes that the run had that is remembered."""
    assert run(asked) == ({"joined": "a-b"}, 1)
    texts = asked.folder / "parts/texts.json"
    with TemporaryDirectory() as elsewhere:
        texts.rename(Path(elsewhere) / "texts.json")
        texts.symlink_to(Path(elsewhere) / "texts.json")

        done = asked("run", "graph.json", "--json")

    (problem,) = json.loads(done.out)["error"]["problems"]
    assert (done.code, problem["code"]) == (3, "file-unreadable")
    assert problem["place"] == "./parts/inner.json:1 /root/stages/0/import/root/stages/0/file"
    assert "is not in the folder of the graph" in problem["message"]


@pytest.mark.parametrize("command", [("run",), ("graph", "check")], ids=" ".join)
def test_a_graph_from_standard_input_has_parts_in_the_folder_that_one_stands_in(
    asked: Noether, command: tuple[str, ...]
) -> None:
    (asked.folder.parent / "secret.txt").write_text("SECRET")
    os.mkfifo(asked.folder / "pipe")
    asking = (*command, "-", "--json")

    def part(path: str) -> Done:
        return asked(*asking, stdin=graph({"op": "Const", "file": path}).encode())

    inside, outside, pipe = part("./parts/texts.json"), part("./../secret.txt"), part("./pipe")

    assert (inside.code, outside.code, pipe.code) == (0, 3, 3), inside.err
    assert json.loads(outside.out)["error"]["problems"][0]["place"] == "-:1 /root/file"
    assert "SECRET" not in outside.out + outside.err
    assert "pipe is no regular file" in pipe.out


def test_a_run_can_be_looked_at_when_its_files_are_gone(asked: Noether) -> None:
    run(asked)
    node = "/root/stages/0/import/root/stages/1"
    before = asked("drv", "last", node)
    for file in ("graph.json", "parts/inner.json", "parts/texts.json", "parts/join.py"):
        Path(asked.folder / file).unlink()

    after = asked("drv", "last", node)

    assert (before.code, after.code) == (0, 0), after.err
    assert after.out == before.out


def test_what_cannot_run_yet_is_refused_by_name(asked: Noether) -> None:
    remote = {"op": "RemoteStage", "url": "https://a.org/x", "input": "Any", "output": "Text"}
    (asked.folder / "remote.json").write_text(graph(remote))

    unasked = asked("run", "remote.json", "--json")
    done = asked("run", "remote.json", "--json", "--allow-effects", "pure,fallible,network")

    assert (unasked.code, json.loads(unasked.out)["error"]["code"]) == (9, "effect-refused")
    error = json.loads(done.out)["error"]
    assert (done.code, error["code"]) == (3, "operator-unavailable")
    assert "the stage at /root is on another server" in error["message"]


def test_a_wrong_part_is_told_with_its_own_line(asked: Noether) -> None:
    (asked.folder / "parts/inner.json").write_text('{\n "description": "",\n "rot": 1\n}')

    done = asked("graph", "check", "graph.json", "--json")

    places = {one["place"] for one in json.loads(done.out)["error"]["problems"]}
    assert "./parts/inner.json:3 /root/stages/0/import/rot" in places
