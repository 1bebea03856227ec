"""What :mod:`noether_nix.python` refuses before anything runs; what runs is in tests/nix."""

import json
from pathlib import Path
from typing import Any

import pytest

import noether_nix
from noether_nix.errors import (
    FileUnreadableError,
    GraphInvalidError,
    GraphSyntaxError,
    InputMismatchError,
    SettingInvalidError,
)

CONST: dict[Any, Any] = {
    "description": "d",
    "version": "1.0.0",
    "root": {"op": "Const", "value": 1},
}


@pytest.fixture(autouse=True)
def no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOETHER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.mark.parametrize(
    ("graph", "error"),
    [
        pytest.param("no-such-file.json", FileUnreadableError, id="no file"),
        pytest.param("{", GraphSyntaxError, id="text that is no JSON"),
        pytest.param("  {}", GraphSyntaxError, id="text of an empty object"),
        pytest.param({}, GraphSyntaxError, id="empty document"),
        pytest.param({**CONST, "rot": 1}, GraphSyntaxError, id="unknown key"),
        pytest.param({**CONST, 1: 2}, GraphSyntaxError, id="key that is no text"),
        pytest.param({**CONST, "root": object()}, GraphSyntaxError, id="no JSON value"),
        pytest.param(
            {**CONST, "root": {"op": "Stage", "id": "unknown"}}, GraphInvalidError, id="no stage"
        ),
        pytest.param(
            {**CONST, "root": {"op": "Stage", "id": "./no.py"}}, GraphInvalidError, id="no path"
        ),
    ],
)
def test_what_is_no_graph_is_refused(graph: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        noether_nix.load_graph(graph)
    with pytest.raises(error):
        noether_nix.run(graph)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(float("nan"), id="not a number"),
        pytest.param({1: 2}, id="key that is no text"),
        pytest.param({"at": [object()]}, id="object"),
        pytest.param("\ud800", id="half a character"),
    ],
)
def test_an_input_that_is_no_json_is_refused(value: object) -> None:
    with pytest.raises(InputMismatchError, match="the input is no JSON value"):
        noether_nix.run(CONST, value)


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        pytest.param({"limits": {"speed": 1}}, "'speed' is no limit", id="unknown limit"),
        pytest.param({"limits": {"wall": 0}}, "the limit wall is 0", id="nothing"),
        pytest.param({"limits": {"wall": True}}, "the limit wall is True", id="boolean"),
        pytest.param({"limits": {"wall": 1.5}}, "the limit wall is 1.5", id="fraction"),
        pytest.param({"limits": {"wall": 2**63}}, "the limit wall is 9", id="absurd"),
        pytest.param({"limits": {"memory": "1 pound"}}, "pound", id="unknown unit"),
        pytest.param({"jobs": 0}, "jobs is 0", id="no jobs"),
        pytest.param({"jobs": 2000}, "jobs is 2000", id="too many jobs"),
    ],
)
def test_a_choice_that_means_nothing_is_refused(choices: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingInvalidError, match=words):
        noether_nix.run(CONST, **choices)


def test_a_document_a_text_and_a_file_load_the_same(tmp_path: Path) -> None:
    file = tmp_path / "constant.json"
    file.write_text(json.dumps(CONST))

    loaded = [noether_nix.load_graph(graph) for graph in (CONST, json.dumps(CONST), file)]

    assert [graph.checked.output for graph in loaded] == [loaded[0].checked.output] * 3
    assert [graph.name for graph in loaded] == ["graph", "graph", "constant"]
    assert noether_nix.load_graph(loaded[2]) is loaded[2]


def test_the_home_that_is_given_is_used_and_no_other(tmp_path: Path) -> None:
    reference = {**CONST, "root": {"op": "Stage", "id": "unknown"}}

    with pytest.raises(GraphInvalidError):
        noether_nix.load_graph(reference, home=tmp_path / "other")

    assert (tmp_path / "other/noether.sqlite").exists()
    assert not (tmp_path / "home").exists()
