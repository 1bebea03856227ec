"""The library of stages: every file keeps the rules, every example holds in the sandbox."""

import ast
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import noether_nix
from noether_nix.inside.contract import encode
from noether_nix.run.outcome import outcome_in_words
from noether_nix.run.report import CallReport
from noether_nix.stage.effect_forms import render_effects
from noether_nix.stage.model import Example, Raises, Returns
from scripts.stdlib_table import PAGE, STDLIB, load_stages, render_table, with_table
from tests.e2e.homes import Noether, copy_home, prepared_home

STAGES = load_stages()
PATHS = {stage.name: path for path, stage in STAGES.items()}
FILES = [pytest.param(path, id=stage.name) for path, stage in STAGES.items()]

# Made of the name, the types and the effects alone: the library that came before has the same.
NOETHER_SIGNATURES: dict[str, str] = json.loads(
    Path(__file__).with_name("noether_signatures.json").read_text()
)
# Also Fallible here, where the other gave a null for a sum and a table that nobody could read.
OTHER_SIGNATURES = {"num_sum", "csv_write"}

# Nothing that knows the time, the machine or chance.
MODULES = {"csv", "io", "json", "math", "re"}


def nest(depth: int, value: Any) -> Any:
    for _ in range(depth):
        value = [value]
    return value


def nest_keys(depth: int, value: Any) -> Any:
    for _ in range(depth):
        value = {"k": value}
    return value


# What would be too much for a docstring.
EDGES: list[tuple[str, Any, Returns | Raises]] = [
    ("to_number", 0.1, Returns(0.1)),
    ("to_number", "+7", Returns(7)),
    ("to_number", ".5", Returns(0.5)),
    ("to_number", "nan", Raises("ValueError")),
    ("to_number", "-inf", Raises("ValueError")),
    ("to_number", "\u0661\u0662", Raises("ValueError")),
    ("to_number", "", Raises("ValueError")),
    ("to_number", "7" * 4301, Raises("ValueError")),
    ("parse_json", "[NaN]", Raises("ValueError")),
    ("parse_json", "-Infinity", Raises("ValueError")),
    ("parse_json", "1e400", Raises("ValueError")),
    ("parse_json", "\ufeff1", Raises("JSONDecodeError")),
    ("parse_json", "", Raises("JSONDecodeError")),
    ("parse_json", "[" * 200 + "]" * 200, Returns(nest(199, []))),
    ("to_json", nest(99, 1.0), Returns("[" * 99 + "1.0" + "]" * 99)),
    ("sort", [nest(99, 2), nest(99, 1)], Returns([nest(99, 1), nest(99, 2)])),
    ("sort", [{"b": 1}, {"a": 2}, {"a": 1}], Returns([{"a": 1}, {"a": 2}, {"b": 1}])),
    ("sort", {"items": [3, 1, 2], "descending": True}, Returns([3, 2, 1])),
    ("sort", [2**53 + 1, 2.0**53], Returns([2.0**53, 2**53 + 1])),
    ("num_sum", [1, 2.0], Returns(3.0)),
    ("num_sum", [1e308, 1e308, -1e308], Returns(1e308)),
    ("num_sum", [5e-324, 5e-324], Returns(1e-323)),
    ("num_sum", [-0.0], Returns(0.0)),
    ("num_avg", [5e-324], Returns(5e-324)),
    ("num_avg", [10**400], Raises("OverflowError")),
    ("list_dedup", [nest_keys(99, 1), nest_keys(99, 1)], Returns([nest_keys(99, 1)])),
    ("text_template", {"template": "{{a}}b}}", "variables": {"a": "1", "a}}b": "2"}}, Returns("2")),
    ("regex_match", {"text": "a", "pattern": "a{99999999999999999999}"}, Raises("ValueError")),
    ("regex_match", {"text": "a", "pattern": "(" * 5000 + ")" * 5000}, Raises("ValueError")),
    ("regex_replace", {"text": "c: 5", "pattern": "\\d", "replacement": "$"}, Returns("c: $")),
    ("regex_replace", {"text": "a", "pattern": "(a)", "replacement": "${0}$0"}, Returns("aa")),
    ("csv_parse", {"text": ""}, Returns([])),
    ("csv_parse", {"text": "a,b\n"}, Returns([])),
    ("csv_parse", {"text": 'a\n""\n'}, Returns([{"a": ""}])),
    ("csv_parse", {"text": 'a\n"b"c\n'}, Raises("ValueError")),
    ("csv_parse", {"text": "a||b", "delimiter": "||"}, Raises("ValueError")),
    ("csv_parse", {"text": "a\n" + "b" * 200_000}, Returns([{"a": "b" * 200_000}])),
    ("csv_write", {"records": [{"\ufeffa": "1"}]}, Returns('"\ufeffa"\n1\n')),
    ("json_merge", {"base": [], "patch": nest_keys(99, 2)}, Returns(nest_keys(99, 2))),
    ("json_merge", {"base": nest_keys(9, 1), "patch": nest_keys(9, 2)}, Returns(nest_keys(9, 2))),
    ("json_path", {"data": "all", "path": "$"}, Returns("all")),
    ("json_path", {"data": [1, 2], "path": "$[2]"}, Raises("LookupError")),
    ("json_path", {"data": [1, 2], "path": "$[-3]"}, Raises("LookupError")),
    ("json_path", {"data": {"a": 1}, "path": "a"}, Raises("ValueError")),
    ("json_path", {"data": {"a": 1}, "path": "$."}, Raises("ValueError")),
    ("json_path", {"data": {"a": 1}, "path": ""}, Raises("ValueError")),
]  # fmt: skip


def cases() -> Iterator[tuple[str, str, Example]]:
    """Every example and every edge, with a name of its own and the stage's path."""
    for path, stage in STAGES.items():
        for number, example in enumerate(stage.examples, 1):
            yield f"{stage.name}-example-{number}", f"./{path}", example
    for number, (name, value, expected) in enumerate(EDGES, 1):
        yield f"{name}-edge-{number}", f"./{PATHS[name]}", Example(value, expected)


def difference(call: CallReport, expected: Returns | Raises) -> str | None:
    """How a call did not end as expected; a value is compared by its bytes, so 1 is not 1.0."""
    happened = outcome_in_words(call.outcome, call.detail)
    if isinstance(expected, Raises):
        raised = (call.outcome, call.detail.get("type"))
        return None if raised == ("stage-raised", expected.name) else happened
    encoded = encode(expected.value)
    return None if call.value_sha256 == hashlib.sha256(encoded).hexdigest() else happened


@pytest.mark.nix
def test_every_example_holds_in_the_sandbox(
    tmp_path_factory: pytest.TempPathFactory,
    tmp_path: Path,
    worker_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = copy_home(prepared_home(tmp_path_factory, worker_id), tmp_path / "home")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    expected = {name: example.expected for name, _, example in cases()}
    branches = {
        name: {
            "op": "Sequential",
            "stages": [{"op": "Const", "value": example.input}, {"op": "Stage", "id": path}],
        }
        for name, path, example in cases()
    }
    root = {"op": "Parallel", "branches": branches}
    document = {"description": "All examples", "version": "1.0.0", "root": root}

    report = noether_nix.run(document, folder=STDLIB, home=home)

    assert report.sandbox == "full"
    calls = {call.pointer.split("/")[3]: call for call in report.calls}
    assert calls.keys() == expected.keys()
    assert not any(call.cached for call in calls.values())
    found = {name: difference(call, expected[name]) for name, call in calls.items()}
    wrong = {name: words for name, words in found.items() if words is not None}
    for name, words in wrong.items():
        if calls[name].ok:  # known by now, so this calls nothing
            pointer = calls[name].pointer
            part = noether_nix.run(document, folder=STDLIB, home=home, only=pointer)
            wrong[name] = f"{words}: {part.output!r}"
    assert wrong == {}


def test_stage_add_registers_all_of_them(tmp_path: Path) -> None:
    noether = Noether(tmp_path / "home", tmp_path)

    added = noether("stage", "add", STDLIB, "--json")

    assert added.code == 0, added.err
    names = {stage["name"] for stage in json.loads(added.out)["stages"]}
    assert names == PATHS.keys()


def test_every_python_file_is_a_stage_and_no_name_stands_twice() -> None:
    files = {file.relative_to(STDLIB) for file in STDLIB.rglob("*.py")}

    assert STAGES.keys() == files
    assert len(PATHS) == len(STAGES)


@pytest.mark.parametrize("path", FILES)
def test_a_stage_keeps_the_rules_of_the_library(path: Path) -> None:
    stage = STAGES[path]

    assert stage.name == path.stem
    assert len(path.parts) == 2
    assert path.parts[0] in stage.tags
    assert 3 <= len(stage.examples) <= 6
    assert not stage.helpers
    raises = any(isinstance(example.expected, Raises) for example in stage.examples)
    assert render_effects(stage.effects) == ("[Fallible, Pure]" if raises else "[Pure]")


@pytest.mark.parametrize("path", FILES)
def test_a_stage_imports_nothing_that_knows_time_machine_or_chance(path: Path) -> None:
    found = set()
    for node in ast.walk(ast.parse((STDLIB / path).read_bytes())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module))

    assert found <= MODULES


@pytest.mark.parametrize("path", FILES)
def test_a_stage_has_the_signature_that_noether_gave_it(path: Path) -> None:
    stage = STAGES[path]

    agrees = stage.signature_id == NOETHER_SIGNATURES[stage.name]
    assert agrees == (stage.name not in OTHER_SIGNATURES)


def test_the_page_lists_all_of_them() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert page == with_table(page, render_table(STAGES)), "run scripts/stdlib_table.py"
