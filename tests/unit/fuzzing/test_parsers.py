"""No parser hangs, crashes, or ends with an error that is not ours, whatever it is handed."""

import ast
from collections.abc import Iterator
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import noether_nix
from noether_nix.cli.safe import safely
from tests.unit.fuzzing.families import (
    JSON,
    NASTY,
    NASTY_VALUES,
    RANDOM_BYTES,
    damaged_bytes,
    damaged_values,
)
from tests.unit.fuzzing.parsers import PARSERS, Parser

# Quiet, everything is read in half a second, but for code, of which Python takes a second itself.
# In processor time, which others who run beside us do not take.
MOST_SECONDS = 5

ROOT = Path(noether_nix.__file__).parent
every_parser = pytest.mark.parametrize("parser", PARSERS.values(), ids=PARSERS)


def texts(parser: Parser, data: bytes) -> Any:
    """Bytes as the parser takes them."""
    return data.decode("utf-8", "surrogateescape") if parser.takes == "text" else data


def hand(parser: Parser, given: Any) -> float:
    """Hand a parser something; gives the seconds of processor time that it took to answer."""
    start = process_time()
    try:
        parser.read(given)
    except parser.raises as error:
        told = safely(str(error))
        assert told.strip(), "an error says what is wrong"
        told.encode()
    return process_time() - start


@every_parser
def test_what_is_well_is_read(parser: Parser) -> None:
    for sample in parser.samples:
        parser.read(sample)


@every_parser
def test_the_nastiest_there_is_ends_in_time(parser: Parser) -> None:
    nasty = NASTY_VALUES if parser.takes == "value" else NASTY

    taken = {
        name: hand(parser, one if parser.takes == "value" else texts(parser, one))
        for name, one in nasty.items()
    }

    assert {name: spent for name, spent in taken.items() if spent > MOST_SECONDS} == {}


@every_parser
@settings(max_examples=25, suppress_health_check=[*HealthCheck])
@given(data=st.data())
def test_anything_at_all_ends_with_an_error_of_ours(parser: Parser, data: st.DataObject) -> None:
    if parser.takes == "value":
        assert hand(parser, data.draw(JSON)) < MOST_SECONDS
    else:
        assert hand(parser, texts(parser, data.draw(RANDOM_BYTES))) < MOST_SECONDS


@every_parser
@settings(max_examples=40, suppress_health_check=[*HealthCheck])
@given(data=st.data())
def test_what_is_nearly_well_ends_with_an_error_of_ours(
    parser: Parser, data: st.DataObject
) -> None:
    if parser.takes == "value":
        assert hand(parser, data.draw(damaged_values(parser.samples))) < MOST_SECONDS
        return
    samples = [one if isinstance(one, bytes) else one.encode() for one in parser.samples]
    damaged = data.draw(damaged_bytes(tuple(samples)))
    assert hand(parser, texts(parser, damaged)) < MOST_SECONDS


# ------------------------------------------------------------------------------ is it every one?

READERS = ("parse", "read", "load", "decode", "from_", "split_")
ALSO = ("_from_document", "_from_row", "_from_schema", "_from_bytes", "_from_text")

EXCEPTIONS = {
    "cli.documents.schemas:Schema.read": "reads what we print, for tests",
    "cli.running:RunWords.from_text": "reads a memo, which has a seal",
    "cli.running:load_graph": "is run.loading:load_graph_text with a place",
    "cli.running:read_graph": "is run.graph_file with a name",
    "cli.type:_show_from_schema": "prints what type_from_schema reads",
    "cli.settings:load_settings": "is run.settings:read_settings of this process",
    "database.regular_file:read_beginning": "gives bytes as they are",
    "database.regular_file:read_regular_file": "gives bytes as they are",
    "database.scarcity:read_left_behind": "opens a copy with SQLite",
    "formats.nar_reader:Source.read": "says what is asked of a stream",
    "inside.call:RunningCall.read": "takes bytes of a call: claimed_ending reads them",
    "inside.zygote:_Request.read": "takes bytes of the scheduler",
    "inside.region:Region.from_bytes": "reads the plan that this very run wrote into the build",
    "ledger.logs:LogFiles.read": "gives bytes as they are",
    "plan.inside_files:read_inside": "reads our own source",
    "plan.interpreter:Interpreter.loader": "is the name of a file",
    "plan.interpreter:loader_name": "is the name of a file",
    "process.nix_programs:read_version": "asks Nix, and NixVersion.parse reads the answer",
    "python:load_graph": "is run.loading:load_graph_text with a home",
    "python:load_in": "is run.loading:load_graph_text with a home",
    "run.house:_LateValueFiles.read": "gives bytes as they are",
    "run.loading:load_graph_file": "is run.loading:load_graph_text with a file",
    "run.stages:load_stage": "is catalog.files:load_stage_file with a home",
    "run.stages:load_stage_as_graph": "is catalog.files:load_stage_file with a home",
    "run.stages:load_stages": "is catalog.files:load_stage_file with a home",
    "store.interface:ResultKeeper.read": "says what is asked of a store",
    "store.interface:ValueFiles.read": "says what is asked of a store",
    "store.results:ResultStore.read": "gives bytes that have the hash that was recorded",
    "store.values:NixValueFiles.read": "gives bytes as they are",
    "testing:Noether.load_graph": "is run.loading:load_graph_text with a home",
    "toolchain.nixpkgs:Pin.load": "reads our own flake.lock",
    "types.json_schema_reader:_Reader.read": "is type_from_schema without its bounds",
}
"""Functions that are called like parsers and read nothing themselves, each with the reason."""

DECODERS = {"decode", "literal_eval", "loads", "unpack", "unpack_from"}
DECODED = {
    "catalog.catalog": "what stage_from_document reads, from the database",
    "cli.running": "a memo, which has a seal",
    "cli.schema": "our own schemas",
    "cli.shell": "a result, which has the hash that was recorded",
    "cli.type": "a value, for type_from_document and type_from_schema",
    "executor.hearing": "a builder's log, which is in the table",
    "executor.one_by_one": "results of this very run",
    "formats.json_places": "lines of JSON, which are in the table",
    "graph.check": "our own example",
    "graph.link": "the files of a graph, which are in the table",
    "inside.call": "lengths that the kernel gives",
    "inside.package": "the plan that this very run wrote into the build",
    "inside.program": "a value; the rest is the plan that was written beside it",
    "inside.proof": "what our own probe tells",
    "inside.scheduler": "a call's claim, which is in the table, and what this run wrote",
    "inside.shell": "what we tell ourselves",
    "inside.zygote": "what the scheduler tells",
    "process.kernel_probe": "what our own probe tells",
    "process.shell_room": "what we tell ourselves",
    "python": "what was encoded just now",
    "run.calls": "what run_from_row let through, and records, which have seals",
    "run.measures": "what call_from_row let through",
    "run.memo": "memos, which have seals, and results",
    "run.report": "a result of this very run",
    "run.retelling": "what run_from_row and call_from_row let through, and sealed proofs",
    "run.shell": "a value",
    "run.stage_tests": "a result, which has the hash that was recorded",
    "run.values": "results, which have the hash that was recorded",
    "toolchain.nixpkgs": "our own flake.lock",
    "types.display": "an option of OneOf, which was encoded when it was read",
    "types.refinement": "an option of OneOf, which was encoded when it was read",
    "types.tokens": "is a part of types.text:parse_type",
}
"""Modules that decode and have no parser in the table, each with what they decode."""


def _paths() -> Iterator[tuple[str, Path]]:
    for path in ROOT.rglob("*.py"):
        yield ".".join(path.relative_to(ROOT).with_suffix("").parts), path


def readers(module: str, path: Path) -> Iterator[str]:
    """The public functions of a module that are called like a parser."""
    pending: list[tuple[str, ast.stmt]] = [("", one) for one in ast.parse(path.read_bytes()).body]
    while pending:
        owner, node = pending.pop(0)
        match node:
            case ast.ClassDef(name=name):
                pending += [(f"{owner}{name}.", one) for one in node.body]
            case ast.FunctionDef(name=name) if name.startswith(READERS) or name.endswith(ALSO):
                yield f"{module}:{owner}{name}"


def decodes(path: Path) -> bool:
    """Whether a module makes anything but text of bytes or text."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in DECODERS:
                return True
            case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in DECODERS:
                # Of texts there is `data.decode()`.
                if name != "decode" or getattr(value, "id", "") in ("base32", "contract"):
                    return True
            case _:
                pass
    return False


def test_every_parser_is_in_the_table_or_excepted_with_a_reason() -> None:
    found = {name for module, path in _paths() for name in readers(module, path)}
    covered = {name for parser in PARSERS.values() for name in parser.covers}

    assert found - covered - EXCEPTIONS.keys() == set()
    assert covered - found == {"inside.contract:compile_type"}
    assert EXCEPTIONS.keys() - found == set()


def test_every_module_that_decodes_has_a_parser_in_the_table_or_a_reason() -> None:
    covered = {name.partition(":")[0] for parser in PARSERS.values() for name in parser.covers}
    found = {module for module, path in _paths() if decodes(path)}

    assert found - covered - DECODED.keys() == set()
    assert DECODED.keys() - found == set()
