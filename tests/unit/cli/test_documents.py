"""The models of the machine form: strict, complete, and beside the way of every start."""

import json
import re
import subprocess
import sys
from typing import Any, get_args

import click
import pytest
from hypothesis import given
from pydantic import TypeAdapter, ValidationError

from noether_nix.cli.commands import noether
from noether_nix.cli.documents.calls import Outcome
from noether_nix.cli.documents.schemas import SCHEMAS
from noether_nix.cli.documents.types import EffectDocument, TypeDocument
from noether_nix.cli.show import error_document
from noether_nix.errors import GraphInvalidError, Problem
from noether_nix.run.outcome import OUTCOMES
from noether_nix.stage.effect import EffectKind, make_effect
from noether_nix.stage.effect_forms import effects_to_document, widest
from noether_nix.types.document import type_to_document
from noether_nix.types.model import Type
from tests.unit.types.strategies import types

FILES = {"graph", "stage"}
BESIDE = {"dry-run", "envelope", "events", "failure", *FILES}

FAILURE = {
    "ok": False,
    "warnings": [],
    "error": {
        "code": "graph-invalid",
        "message": "two things",
        "hint": "",
        "problems": [{"code": "type-mismatch", "message": "no", "place": "", "hint": ""}],
    },
}
VERSION = {
    "ok": True,
    "version": {"noether": "0.1.0", "python": "3.11.2", "nix": None},
    "warnings": ["no Nix"],
    "error": None,
}
STARTED = {"version": 1, "event": "call-started", "at": 0.25, "node": "/root"}


def commands_with_json(group: click.Group, words: tuple[str, ...] = ()) -> set[str]:
    """The words of every command that has `--json`, joined as names of schemas are."""
    found: set[str] = set()
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        if isinstance(command, click.Group):
            found |= commands_with_json(command, (*words, name))
        elif command is not None and any("--json" in param.opts for param in command.params):
            found.add("-".join((*words, name)))
    return found


def test_every_command_with_json_has_a_schema_and_no_schema_is_of_none() -> None:
    assert commands_with_json(noether) == SCHEMAS.keys() - BESIDE


def test_the_outcomes_are_those_of_the_table() -> None:
    assert set(get_args(Outcome)) == set(OUTCOMES)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_names_its_dialect_and_points_only_to_what_is_in_it(name: str) -> None:
    text = SCHEMAS[name].render()

    schema = json.loads(text)
    references = set(re.findall(r'"\$ref": "#/\$defs/(\w+)"', text))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["description"]
    assert references <= schema.get("$defs", {}).keys()


@pytest.mark.parametrize("name", sorted(SCHEMAS.keys() - {"events", *FILES}))
def test_a_failure_is_told_in_the_same_form_by_every_command(name: str) -> None:
    SCHEMAS[name].read(json.dumps(FAILURE))


def test_an_error_of_ours_is_told_in_that_form() -> None:
    problem = Problem("type-mismatch", "Text is no Number", "graph.json:3 /root", "change it")
    error = GraphInvalidError("graph.json", hint="look", problems=[problem])

    SCHEMAS["failure"].read(json.dumps({**FAILURE, "error": error_document(error)}))


@pytest.mark.parametrize(
    ("name", "document"),
    [
        pytest.param("version", {**VERSION, "more": 1}, id="a key of the envelope"),
        pytest.param("version", {**VERSION, "ok": False}, id="not ok without an error"),
        pytest.param("version", {**VERSION, "error": FAILURE["error"]}, id="ok with an error"),
        pytest.param("version", {**FAILURE, "version": VERSION["version"]}, id="failed and yet"),
        pytest.param("version", {**VERSION, "warnings": None}, id="null for a list"),
        pytest.param("version", [VERSION], id="a bare list"),
        pytest.param(
            "version",
            {**VERSION, "version": {"noether": "0.1.0", "python": 3, "nix": None}},
            id="number for text",
        ),
        pytest.param("version", {**VERSION, "version": {"noether": "0.1.0"}}, id="missing keys"),
        pytest.param("events", {**STARTED, "event": "call-paused"}, id="an unknown event"),
        pytest.param("events", {**STARTED, "version": 2}, id="another version"),
        pytest.param("events", {**STARTED, "node": "stages/1"}, id="no name of a node"),
        pytest.param("events", {**STARTED, "key": None}, id="a key of another event"),
    ],
)
def test_what_is_not_exactly_of_the_form_is_refused(name: str, document: Any) -> None:
    SCHEMAS["version"].read(json.dumps(VERSION))
    SCHEMAS["events"].read(json.dumps(STARTED))

    with pytest.raises(ValidationError):
        SCHEMAS[name].read(json.dumps(document))


@given(types)
def test_every_type_is_of_the_form_of_types(whole: Type) -> None:
    TypeAdapter(TypeDocument).validate_json(json.dumps(type_to_document(whole)))


@pytest.mark.parametrize("kind", EffectKind)
def test_every_effect_is_of_the_form_of_effects(kind: EffectKind) -> None:
    told = {EffectKind.NETWORK: ["a.example.org"], EffectKind.ENV: ["HOME"]}

    for effect in {
        widest(kind),
        make_effect(kind, told.get(kind)) if kind in told else widest(kind),
    }:
        (document,) = effects_to_document((effect,))
        TypeAdapter[Any](EffectDocument).validate_json(json.dumps(document))


def test_no_command_but_schema_imports_pydantic() -> None:
    program = (
        "import sys, click; from noether_nix.cli.commands import noether\n"
        "def load(group):\n"
        "    for name in group.list_commands(click.Context(group)):\n"
        "        if name != 'schema':\n"
        "            one = group.get_command(click.Context(group), name)\n"
        "            load(one) if isinstance(one, click.Group) else None\n"
        "load(noether); print('pydantic' in sys.modules)\n"
    )

    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, check=True)

    assert done.stdout == b"False\n"
