"""Every parser of the package, with what it takes and the errors that it may raise."""

import contextlib
import io
import json
import struct
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import click

from noether_nix.catalog.files import load_stage_file
from noether_nix.cli.completion import check_question
from noether_nix.cli.given import read_input, read_level, read_limits, read_policy_options
from noether_nix.cli.safe import decode_safely, safely
from noether_nix.effects.policy import policy_of_flag
from noether_nix.effects.policy_file import parse_policy
from noether_nix.effects.source import see_in_source
from noether_nix.errors import (
    BuilderLostError,
    CallerError,
    FileUnreadableError,
    FormatError,
    GraphError,
    GraphSyntaxError,
    InputUnreadableError,
    NixTooOldError,
    SettingInvalidError,
    StageError,
    StageInvalidError,
    StoreError,
    ToolchainUnusableError,
    TypeSyntaxError,
    TypeUnsupportedError,
    UnknownNameError,
)
from noether_nix.executor.hearing import Hearing
from noether_nix.formats import base32, json_pointer
from noether_nix.formats.aterm import parse_derivation
from noether_nix.formats.derivation import Derivation
from noether_nix.formats.derivation_output import Output
from noether_nix.formats.digest import Digest
from noether_nix.formats.json_places import find_duplicate_keys, find_lines
from noether_nix.formats.nar_reader import list_nar, read_nar
from noether_nix.formats.narinfo import NarInfo
from noether_nix.formats.signature import PublicKey, SecretKey, Signature
from noether_nix.formats.store_path import StorePath
from noether_nix.graph.link import link_graph
from noether_nix.graph.parse import parse_graph
from noether_nix.graph.references import read_path, read_reference
from noether_nix.inside.contract import InvalidValueError, compile_pattern, compile_type, decode
from noether_nix.inside.region import read_endings
from noether_nix.inside.scheduler import claimed_ending
from noether_nix.ledger.rows import call_from_row, run_from_row
from noether_nix.process.bounds import read_bounds
from noether_nix.process.nix_conf import read_nix_conf
from noether_nix.process.nix_failure import (
    lacks_filter,
    last_words,
    says_altered,
    says_daemon_gone,
    says_unreachable,
    to_error,
)
from noether_nix.process.nix_programs import NixVersion
from noether_nix.process.system import read_facts
from noether_nix.run.graph_file import read_graph_file
from noether_nix.run.loading import load_graph_text
from noether_nix.run.policies import read_policy_file
from noether_nix.run.settings import read_settings
from noether_nix.run.settings_file import read_settings_file
from noether_nix.stage.document import stage_from_document, stage_to_document
from noether_nix.stage.effect_forms import effect_from_document, kind_of_word, parse_effects
from noether_nix.stage.examples import parse_example
from noether_nix.stage.limits import find_limit
from noether_nix.stage.property import property_from_document
from noether_nix.stage.property_path import parse_path
from noether_nix.stage.python_file import parse_stage_file
from noether_nix.stage.quantities import Unit, parse_quantity
from noether_nix.stage.spec import parse_spec
from noether_nix.store.record import record_from_row
from noether_nix.toolchain.interpreter import parse_answer
from noether_nix.toolchain.model import ToolchainReference
from noether_nix.toolchain.shared_libraries import parse_list, read_loader
from noether_nix.types.document import type_from_document, type_to_document
from noether_nix.types.infer import infer_type, infer_types
from noether_nix.types.json_schema import type_to_schema
from noether_nix.types.json_schema_reader import type_from_schema
from noether_nix.types.refinement_document import refinement_from_document
from noether_nix.types.text import parse_type, parse_type_prefix, render_type

Takes = Literal["bytes", "text", "value"]


@dataclass(frozen=True)
class Parser:
    """One parser.

    Attributes:
        read: reads what it takes.
        takes: bytes, text, or a value as ``contract.decode`` gives it.
        raises: the errors that it may raise, and no others.
        samples: what it reads well, to be damaged.
        covers: the functions that it is or that it goes through, as ``module:function``.
    """

    read: Callable[[Any], object]
    takes: Takes
    raises: tuple[type[Exception], ...]
    samples: tuple[Any, ...]
    covers: tuple[str, ...] = ()


TYPE = 'List<Record { a?: Number & Range(0..=100), "b c": Text | Null, ...<R> }>'
PATTERN = 'Text & Pattern("[a-z]+(-[a-z]{2,3})*") & MinLength(2) & OneOf["ab", "cd"]'
STAGE = b'''"""Counts words.

Name: count
Input: { text: Text, least?: Number & Range(0..=100) }
Output: { words: Number, by: Map<Text, Number> }
Effects: [Pure, Fallible]
Tags: [text]
Limits: { wall: 30s, memory: 512MiB }
Properties:
    {"kind": "range", "field": "output.words", "min": 0}
Examples:
    {"text": "a b"} -> {"words": 2, "by": {"a": 1, "b": 1}}
    {"text": ""} -> raises ValueError
"""

from typing import TypedDict


class Counted(TypedDict):
    words: int
    by: dict[str, int]


def execute(input: dict) -> Counted:
    return {"words": 2, "by": {}}
'''
GRAPH = b"""{"description": "d", "version": "1.0.0", "limits": {"wall": "30s"}, "root": {
"op": "Let", "label": "l", "bindings": {
  "a": {"op": "Stage", "id": "count", "config": {"least": 3}, "pinning": "both"},
  "b": {"op": "Project", "fields": {"x": {"from": ["a", "b"], "default": 0}, "y": {"const": 1}}}},
"body": {"op": "Sequential", "stages": [
  {"op": "Branch", "predicate": {"op": "Const", "value": true},
   "if_true": {"op": "Map", "over": "items", "body": {"op": "Stage", "id": "./a.py"}},
   "if_false": {"op": "Reduce", "mode": "tree", "body": {"op": "Stage", "id": "0123456789ab"}}},
  {"op": "Retry", "max_attempts": 3, "delay_ms": 5, "backoff": 2.5,
   "stage": {"op": "RemoteStage", "url": "https://example.org/s", "input": "Text",
             "output": {"kind": "List", "value": {"kind": "Number"}}}},
  {"op": "Fanout", "source": {"op": "Import", "path": "./b.json"}, "targets": [
    {"op": "Merge", "sources": [{"op": "Const", "file": "./c.json"}],
     "target": {"op": "Parallel", "branches": {"z": {"op": "Filter",
       "predicate": {"op": "Const", "value": false}}}}}]}]}}}"""
SMALL_GRAPH = b"""{"description": "", "version": "1", "root": {"op": "Map", "over": "a",
"body": {"op": "Project", "fields": {"x": {"from": ["b"], "default": 1}}}}}"""
SPEC = b"""{"name": "count", "input": "Text", "output": {"Record": [["n", "Number"]]},
"effects": ["Llm", {"effect": "Cost", "cents": 5}], "tags": ["a"], "language": "python",
"examples": [{"input": "a", "output": {"n": 1}}], "properties": [{"kind": "range",
"field": "output.n", "min": 0}], "implementation": "def execute(value):\\n    return 1\\n"}"""
POLICY = """[allow]
pure = true
fallible = true
cost = 5
network = ["*.example.org", "a.example:443"]
"fs-read" = ["/data"]
"""
SETTINGS = """level = "full"
jobs = 4
policy = "/etc/policy.toml"
[limits]
wall = "30s"
memory_bytes = "1GiB"
[limits.ceiling]
wall_seconds = "1h"
[toolchain]
provider = "host"
"""
_HASH = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"
_STORE = "/nix/store/0c0p6q8r5s7vwxyzabcdfghijklmnpqr-noether-call"
DRV = (
    f'Derive([("out","{_STORE}","","")],[("{_STORE}.drv",["out"])],["{_STORE}"],'
    '"x86_64-linux","/bin/sh",["-c","x\\ny"],[("name","a"),("out","' + _STORE + '")])'
).encode()
NARINFO = f"""StorePath: {_STORE}
URL: nar/a.nar.xz
Compression: xz
FileHash: sha256:{_HASH}
FileSize: 10
NarHash: sha256:{_HASH}
NarSize: 20
References: {_STORE[11:]}
Deriver: unknown-deriver
Sig: cache.example.org-1:{"A" * 86}==
"""
TOOLCHAIN = (
    f'{{"nar_hash":"sha256:{_HASH}","path":"{_STORE}","provider":"host",'
    '"python_version":"3.11.2","source":"","system":"x86_64-linux"}'
)
SCHEMA = {
    "$defs": {"a": {"type": "string", "pattern": "^[a-z]+$", "minLength": 2}},
    "type": "object",
    "properties": {
        "a": {"$ref": "#/$defs/a"},
        "b": {"anyOf": [{"type": "integer", "minimum": 0}, {"const": 3}, {"enum": ["x", "y"]}]},
        "c": {"type": "array", "items": {"type": ["number", "null"]}, "minItems": 1},
        "d": {"type": "object", "additionalProperties": {"type": "boolean"}},
    },
    "required": ["a"],
}
PROPERTIES: tuple[Any, ...] = (
    {"kind": "range", "field": "output.a[0]", "min": 0, "max": 5},
    {"kind": "set_member", "field": "output", "set": ["a", 1, None]},
    {"kind": "field_length_eq", "left_field": "output.a", "right_field": "input"},
    {"kind": "subset_of", "subject_field": 'output["a b"]', "super_field": "input.c"},
)
EVENTS = (
    b'{"event": "started", "call": 3}',
    (
        b'{"event": "ended", "call": 3, "outcome": "succeeded", "input": "ab", "seconds": 0.5,'
        b' "value": "1", "detail": {}, "used": {}, "log_bytes": 0}'
    ),
    b'{"event": "sandbox", "level": "full", "evidence": {}, "wanting": {}}',
    b'{"event": "again", "call": 1, "outcome": "killed", "seconds": 1, "pause": 0, "times": [1]}',
    b'{"event": "grown", "each": 0, "items": 3, "first": 7}, {"event": "alive"}',
)
ANSWER = (
    b'{"implementation": "cpython", "version": [3, 11, 2], "program": "/usr/bin/python3.11", '
    b'"prefix": "/usr", "library": "/usr/lib/python3.11", "modules": "/usr/lib/python3.11/x", '
    b'"unwinder": "/lib/libgcc_s.so.1", "zones": ["/usr/share/zoneinfo"]}'
)
RUN_ROW = [
    "20250101-000000-abcdef", 1.5, 2.5, "succeeded", "g", "id", "id", "hash", "hash", "hash",
    7, "full", '{"path": "x"}', "2.8.0", "0.1.0", '{"succeeded": 1}', 0.5, "mark",
]  # fmt: skip
CALL_ROW = [
    0, "/root", "id", "count", "key", "succeeded", 0, 0.5, '{"limits": {}}', "{}", "hash", 3,
]  # fmt: skip
ENDINGS = (
    b'{"schema":2,"calls":[{"index":0,"outcome":"succeeded","input_sha256":"a","detail":{},'
    b'"value_bytes":1,"log_bytes":2}]}\n1ab'
)
NAR = (
    b"\r\0\0\0\0\0\0\0nix-archive-1\0\0\0\1\0\0\0\0\0\0\0(\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0type\0\0\0\0"
    b"\7\0\0\0\0\0\0\0regular\0\x08\0\0\0\0\0\0\0contents\1\0\0\0\0\0\0\0a\0\0\0\0\0\0\0"
    b"\1\0\0\0\0\0\0\0)\0\0\0\0\0\0\0"
)


# ------------------------------------------------------------------------------ how each is called


def _with_file(read: Callable[[Path], object], name: str) -> Callable[[bytes], object]:
    """Reads the file of that name, with these bytes."""

    def read_bytes(data: bytes) -> object:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, name)
            file.write_bytes(data)
            return read(file)

    return read_bytes


def _read_nar(data: bytes) -> object:
    with tempfile.TemporaryDirectory() as folder:
        read_nar(io.BytesIO(data), Path(folder, "target"))
        return None


def _read_settings(data: bytes) -> object:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "noether/settings.toml")
        file.parent.mkdir()
        file.write_bytes(data)
        return read_settings({"HOME": folder, "XDG_CONFIG_HOME": folder, "NOETHER_HOME": folder})


def _read_variables(text: str) -> object:
    # What no process can be started with: the kernel ends texts there, and cuts none this long.
    text = text.replace("\0", "")[: 128 << 10]
    names = "LIMITS_WALL_SECONDS LEVEL STORE JOBS TOOLCHAIN_PROVIDER TOOLCHAIN_NIXPKGS POLICY"
    for name in names.split():
        with contextlib.suppress(SettingInvalidError):
            read_settings({"HOME": "/absent", "NOETHER_HOME": "/absent", f"NOETHER_{name}": text})
    return read_settings({"HOME": "/absent", "NOETHER_HOME": text, "PATH": text})


def _read_type(text: str) -> object:
    found = parse_type(text)
    assert parse_type(render_type(found)) == found
    return compile_type(type_to_document(found))("a")


def _read_type_document(value: Any) -> object:
    found = type_from_document(value)
    assert type_from_document(type_to_document(found)) == found
    type_to_schema(found)
    return compile_type(type_to_document(found))(value)


def _match_pattern(text: str) -> object:
    return compile_pattern(text)("a" * 10_000 + "!")


def _match_text(text: str) -> object:
    matches = [compile_pattern(one) for one in ("(a|aa)*b", "([a-z]+)*", "(.*,){5}x", r"\d{3,9}")]
    return [match(text) for match in matches]


def _hear(data: bytes) -> object:
    hearing = Hearing("TOKEN", ["full", "alone"], lambda _event: None)
    hearing.hear(data)
    hearing.hear(b'{"noether": "TOKEN", "events": [' + data + b"]}")
    return hearing.began


def _link(data: bytes) -> object:
    """What a graph takes from a file: a value, a text, or another graph."""
    nodes = [
        {"op": "Const", "file": "./a.json"},
        {"op": "Const", "file": "./a.txt"},
        {"op": "Import", "path": "./b.json"},
    ]
    root = {"op": "Sequential", "stages": nodes}
    text = json.dumps({"description": "", "version": "1", "root": root}).encode()
    return link_graph(parse_graph(text, source="graph.json"), lambda _path: data, text)


def _load_graph(data: bytes) -> object:
    def find(_reference: object) -> Any:
        raise UnknownNameError("no stage is known here")

    folder = Path("/absent")
    return load_graph_text(data, source="graph.json", name="g", folder=folder, find=find)


def _unit_of(text: str) -> Unit:
    last = text.rstrip()[-1:]
    return Unit.COUNT if last.isdigit() else Unit.BYTES if last == "B" else Unit.SECONDS


def _read_option(text: str) -> object:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "a").touch()
        return read_input(f"@{folder}/{text.replace('/', '').strip('.')}", ())


def _read_endings(file: Path) -> object:
    with file.open("rb") as opened:
        return list(read_endings(opened))


def _read_words(data: bytes) -> object:
    last_words(data)
    answers = lacks_filter, says_altered, says_daemon_gone, says_unreachable
    return [answer(data) for answer in answers], to_error("asking", data).hint


def _as_list(value: Any, count: int) -> list[Any]:
    return value[:count] if isinstance(value, list) else [value] * count


OURS_OF_STAGES = (StageInvalidError, TypeSyntaxError, TypeUnsupportedError)
# Of rows the database makes one error, DatabaseDamagedError (Database.rows).
_OF_ROWS = (ValueError, TypeError, RecursionError)
_OF_TYPES = (TypeSyntaxError, TypeUnsupportedError)

# The beginning of a program of 64 bits whose one part names its loader; /bin/sh may be static.
_PROGRAM = (
    struct.pack("<6s10x2HI3QI6H", b"\x7fELF\x02\x01", 3, 62, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    + struct.pack("<2I6Q", 3, 4, 120, 0, 0, 27, 27, 1)
    + b"/lib64/ld-linux-x86-64.so.2"
)

PARSERS: dict[str, Parser] = {
    # -------------------------------------------------------------------- formats of others
    "base 32": Parser(
        base32.decode, "text", (FormatError,), ("0c0p6q8r5s7vwxyz",), ("formats.base32:decode",)
    ),
    "a digest": Parser(
        Digest.parse,
        "text",
        (FormatError,),
        (_HASH, f"sha256:{_HASH}", "sha256-uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek="),
        ("formats.digest:Digest.parse",),
    ),
    "a store path": Parser(
        StorePath.parse, "text", (FormatError,), (_STORE,), ("formats.store_path:StorePath.parse",)
    ),
    "a derivation's text": Parser(
        parse_derivation, "bytes", (FormatError,), (DRV,), ("formats.aterm:parse_derivation",)
    ),
    "a derivation": Parser(
        Derivation.parse,
        "bytes",
        (FormatError,),
        (DRV,),
        ("formats.derivation:Derivation.parse", "formats.derivation_output:Output.parse"),
    ),
    "an output of a derivation": Parser(
        lambda text: Output.parse(*(text.split("|") * 3)[:3]),
        "text",
        (FormatError,),
        (f"{_STORE}||", f"{_STORE}|r:sha256|{_HASH}"),
    ),
    "an archive": Parser(lambda data: list_nar(io.BytesIO(data)), "bytes", (FormatError,), (NAR,)),
    "an archive, unpacked": Parser(
        _read_nar, "bytes", (FormatError, StoreError), (NAR,), ("formats.nar_reader:read_nar",)
    ),
    "a narinfo": Parser(
        NarInfo.parse, "text", (FormatError,), (NARINFO,), ("formats.narinfo:NarInfo.parse",)
    ),
    "a signature": Parser(
        Signature.parse,
        "text",
        (FormatError,),
        (f"a:{'A' * 86}==",),
        ("formats.signature:Signature.parse",),
    ),
    "a public key": Parser(
        PublicKey.parse,
        "text",
        (FormatError,),
        (f"a:{'A' * 43}=",),
        ("formats.signature:PublicKey.parse",),
    ),
    "a secret key": Parser(
        SecretKey.parse,
        "text",
        (FormatError,),
        (SecretKey("a", b"s" * 32).render(),),
        ("formats.signature:SecretKey.parse",),
    ),
    "a JSON pointer": Parser(
        json_pointer.parse,
        "text",
        (FormatError,),
        ("/a~1b/0/~0",),
        ("formats.json_pointer:parse",),
    ),
    "lines of JSON": Parser(
        lambda data: find_lines(data, ["/a/b", "/root/body", "/0/0"]),
        "bytes",
        (),
        (GRAPH,),
    ),
    "keys that stand twice": Parser(find_duplicate_keys, "bytes", (), (GRAPH,)),
    # -------------------------------------------------------------------- values and types
    "a value": Parser(
        decode,
        "bytes",
        (InvalidValueError,),
        (b'{"a":[1,2.5,null,"\\u00e9"]}',),
        ("inside.contract:decode",),
    ),
    "a type": Parser(
        _read_type,
        "text",
        _OF_TYPES,
        (TYPE, PATTERN, "<T> | (Number & Integer) | { a: VNode }"),
        ("types.text:parse_type", "types.refinement_text:parse_refinement"),
    ),
    "a type before more": Parser(
        lambda text: parse_type_prefix(text, min(3, len(text))),
        "text",
        _OF_TYPES,
        ("-> Text -> more", f"   {TYPE} x"),
        ("types.text:parse_type_prefix",),
    ),
    "a type's document": Parser(
        _read_type_document,
        "value",
        _OF_TYPES,
        (
            type_to_document(parse_type(TYPE)),
            type_to_document(parse_type(PATTERN)),
            {"List": {"Record": [["a", "Text"]]}},
        ),
        ("types.document:type_from_document", "inside.contract:compile_type"),
    ),
    "a refinement's document": Parser(
        lambda value: refinement_from_document(value, "/r"),
        "value",
        _OF_TYPES,
        (
            {"kind": "Range", "min": 0, "max": 5},
            {"kind": "OneOf", "options": ["a", 1]},
            {"kind": "Pattern", "pattern": "a+"},
        ),
        ("types.refinement_document:refinement_from_document",),
    ),
    "a JSON Schema": Parser(
        type_from_schema,
        "value",
        _OF_TYPES,
        (SCHEMA,),
        ("types.json_schema_reader:type_from_schema",),
    ),
    "an example of a value": Parser(
        lambda value: (infer_type(value), infer_types([value, None, [value]])),
        "value",
        _OF_TYPES,
        ({"a": [1, "x", None, {"b": 2.5}]},),
    ),
    "a pattern": Parser(
        _match_pattern, "text", (ValueError,), (r"([a-z]+|\d{2,5})*[^x-z]", "a|b|(?:c)?")
    ),
    "a text that is matched": Parser(_match_text, "text", (), ("aab", "a,b,c", "1234")),
    # -------------------------------------------------------------------- stages
    "a stage": Parser(
        lambda data: parse_stage_file(data, place="a.py", helpers=lambda _name: data),
        "bytes",
        (StageError,),
        (STAGE, STAGE.replace(b"Tags: [text]", b"Helpers: [more.py]")),
        (
            "stage.python_file:parse_stage_file",
            "stage.docstring:read_contract",
            "stage.annotations:read_annotations",
            "stage.python_syntax:parse_python",
            "stage.sections:split_docstring",
        ),
    ),
    "the annotations of a stage": Parser(
        lambda data: parse_stage_file(
            b'"""D.\n\nEffects: [Pure]\n"""\n' + data, place="a.py", helpers=None
        ),
        "bytes",
        (StageError,),
        (
            (
                b"from typing import *\nclass A(TypedDict, total=False):\n"
                b"    a: Required[list[int]]\n    b: 'dict[str, Literal[1, \"x\"]] | None'\n"
                b"def execute(x: A) -> Any: return x\n"
            ),
            (
                b"from dataclasses import dataclass\n@dataclass\nclass B:\n"
                b"    a: Optional[float] = 1\ndef execute(x: B) -> tuple[int, ...]: ...\n"
            ),
        ),
    ),
    "a spec": Parser(
        lambda data: parse_spec(data, place="a.json"),
        "bytes",
        (StageInvalidError,),
        (SPEC,),
        ("stage.spec:parse_spec",),
    ),
    "a stage's file": Parser(
        _with_file(load_stage_file, "a.json"),
        "bytes",
        (StageError, FileUnreadableError),
        (SPEC,),
        ("catalog.files:load_stage_file",),
    ),
    "effects": Parser(
        parse_effects,
        "text",
        (),
        ('[Cost(5), FsRead("/a"), Network("a.example", "b.example"), Pure]',),
        ("stage.effect_forms:parse_effects",),
    ),
    "a kind of effect": Parser(kind_of_word, "text", (StageInvalidError,), ("fs-read", "Pure")),
    "an effect's document": Parser(
        effect_from_document,
        "value",
        (StageInvalidError,),
        ("Pure", {"effect": "Network", "hosts": ["a.example"]}, {"effect": "Cost", "cents": 5}),
        ("stage.effect_forms:effect_from_document",),
    ),
    "an example": Parser(
        parse_example,
        "text",
        (StageInvalidError,),
        ('{"a": "->"} -> [1]', "[1] -> raises ValueError"),
        ("stage.examples:parse_example",),
    ),
    "a property": Parser(
        lambda value: property_from_document(value if isinstance(value, dict) else {"kind": value}),
        "value",
        (StageInvalidError,),
        PROPERTIES,
        ("stage.property:property_from_document",),
    ),
    "a path of a property": Parser(
        parse_path,
        "text",
        (StageInvalidError,),
        ("output.a[0].b", 'input["a \\" b"][-1]', "output.*"),
        ("stage.property_path:parse_path",),
    ),
    "amounts": Parser(
        lambda text: parse_quantity(text, _unit_of(text)),
        "text",
        (SettingInvalidError,),
        ("30s", "1.5GiB", "64"),
        ("stage.quantities:parse_quantity",),
    ),
    "a limit": Parser(
        find_limit("wall").parse,
        "text",
        (SettingInvalidError,),
        ("30s", "5min"),
        ("stage.limits:Limit.parse",),
    ),
    "a limit's variable": Parser(
        find_limit("memory").parse_bare,
        "text",
        (SettingInvalidError,),
        ("512MiB", "1073741824"),
        ("stage.limits:Limit.parse_bare",),
    ),
    "a limit's name": Parser(find_limit, "text", (SettingInvalidError,), ("wall", "memory")),
    # -------------------------------------------------------------------- effects
    "a policy": Parser(
        lambda text: parse_policy(text, source="policy.toml"),
        "text",
        (SettingInvalidError,),
        (POLICY,),
        ("effects.policy_file:parse_policy",),
    ),
    "a policy's file": Parser(
        _with_file(read_policy_file, "policy.toml"),
        "bytes",
        (SettingInvalidError, FileUnreadableError),
        (POLICY.encode(),),
        ("run.policies:read_policy_file", "run.settings_file:read_small_text"),
    ),
    "the effects of a command": Parser(
        lambda text: (policy_of_flag([text]), read_policy_options([text], None)),
        "text",
        (SettingInvalidError,),
        ("pure,fallible", "fs-read"),
        ("run.policies:read_policies", "cli.given:read_policy_options"),
    ),
    "code whose effects are looked for": Parser(see_in_source, "bytes", (), (STAGE,)),
    # -------------------------------------------------------------------- graphs
    "a graph": Parser(
        lambda data: parse_graph(data, source="graph.json"),
        "bytes",
        (GraphSyntaxError,),
        (GRAPH,),
        (
            "graph.parse:parse_graph",
            "graph.limits:read_limits",
            "graph.projection:read_fields",
            "graph.projection:read_project",
        ),
    ),
    "the files of a graph": Parser(_link, "bytes", (GraphSyntaxError,), (SMALL_GRAPH,)),
    "a graph's file": Parser(
        _with_file(read_graph_file, "graph.json"),
        "bytes",
        (GraphError, FileUnreadableError),
        (GRAPH,),
        ("run.graph_file:read_graph_file", "run.graph_file:read_graph_bytes"),
    ),
    "a graph and its stages": Parser(
        _load_graph,
        "bytes",
        (GraphError,),
        (SMALL_GRAPH,),
        ("run.loading:load_graph_text", "run.graph_file:read_part"),
    ),
    "a reference": Parser(
        lambda text: (read_reference(text), read_path(text)),
        "text",
        (),
        ("count", "./a.py", "0123456789abcdef", "REGISTER:count"),
        ("graph.references:read_reference", "graph.references:read_path"),
    ),
    # -------------------------------------------------------------------- settings and commands
    "the file of settings": Parser(
        _read_settings,
        "bytes",
        (SettingInvalidError, FileUnreadableError),
        (SETTINGS.encode(),),
        ("run.settings:read_settings", "run.settings_file:read_settings_file"),
    ),
    "the file of settings alone": Parser(
        _with_file(read_settings_file, "settings.toml"),
        "bytes",
        (SettingInvalidError,),
        (SETTINGS.encode(),),
    ),
    "variables": Parser(
        _read_variables, "text", (CallerError,), ("30s", "full", "/a", "host", "github:a/b")
    ),
    "an input": Parser(
        lambda text: read_input(text if text[:1] not in ("@", "-") else " ", ()).value(),
        "text",
        (InputUnreadableError,),
        ('{"a": 1}', "null"),
        ("cli.given:read_input",),
    ),
    "an input's file": Parser(
        _with_file(lambda file: read_input(f"@{file}", [f"a=@{file}"]).value(), "a.json"),
        "bytes",
        (InputUnreadableError,),
        (b'{"a": 1}',),
    ),
    "the name of an input's file": Parser(_read_option, "text", (InputUnreadableError,), ("a",)),
    "fields that are set": Parser(
        lambda text: read_input(None, [text.replace("@", "")]).value(),
        "text",
        (InputUnreadableError,),
        ("a=b", "a=", "a b=c=d"),
    ),
    "limits of a command": Parser(
        lambda text: read_limits([text]),
        "text",
        (SettingInvalidError,),
        ("wall=30s", "memory=1GiB"),
        ("cli.given:read_limits",),
    ),
    "a level of isolation": Parser(
        lambda text: read_level(text, allow_unsandboxed=True),
        "text",
        (SettingInvalidError,),
        ("none",),
        ("cli.given:read_level",),
    ),
    "a shell's question": Parser(
        lambda text: check_question(
            {"_NOETHER_COMPLETE": text, "COMP_WORDS": text, "COMP_CWORD": text}
        ),
        "text",
        (click.UsageError,),
        ("bash_source", "zsh_source"),
    ),
    "a text on the screen": Parser(safely, "text", (), ("a\x1b[31mb",)),
    "bytes on the screen": Parser(
        decode_safely, "bytes", (), (b"a\x1b[31mb",), ("cli.safe:decode_safely",)
    ),
    # -------------------------------------------------------------------- Nix and the machine
    "Nix's last words": Parser(
        _read_words,
        "bytes",
        (),
        (
            (
                b"building '/nix/store/x.drv'...\nerror: builder for '/nix/store/x.drv' failed "
                b"with exit code 3;\n       last 1 log lines:\n       > error: no\n"
            ),
            b"error (ignored): error: writing to file: No space left on device\n",
            b"error:\n       executing SQLite query 'x': disk I/O error (in '/a/db.sqlite')\n",
        ),
    ),
    "a version of Nix": Parser(
        NixVersion.parse,
        "text",
        (NixTooOldError,),
        ("nix-instantiate (Nix) 2.34.8", "nix (Lix, like Nix) 2.92.0", "2.8"),
        ("process.nix_programs:NixVersion.parse",),
    ),
    "nix.conf": Parser(
        _with_file(read_nix_conf, "nix.conf"),
        "bytes",
        (),
        (b"sandbox = true\n!include nix.conf\ninclude other.conf # more\nextra-x = a b\n",),
        ("process.nix_conf:read_nix_conf",),
    ),
    "the bounds of a group": Parser(
        _with_file(lambda file: read_bounds(mounted=file.parent, own=file), "memory.max"),
        "bytes",
        (),
        (b"0::/", b"0::/a/b\n1:x:/\n"),
        ("process.bounds:read_bounds",),
    ),
    "the processor": Parser(
        _with_file(read_facts, "cpuinfo"),
        "bytes",
        (),
        (b"processor\t: 0\nmodel name\t: A processor\n\nprocessor: 1\n",),
        ("process.system:read_facts",),
    ),
    "a toolchain": Parser(
        ToolchainReference.parse,
        "text",
        (FormatError,),
        (TOOLCHAIN,),
        ("toolchain.model:ToolchainReference.parse",),
    ),
    "a program's loader": Parser(
        _with_file(read_loader, "python3"),
        "bytes",
        (ToolchainUnusableError,),
        (_PROGRAM,),
        ("toolchain.shared_libraries:read_loader",),
    ),
    "a loader's list": Parser(
        parse_list,
        "text",
        (),
        ("\tlibc.so.6 => /lib/libc.so.6 (0x0007)\n\tlinux-vdso.so.1 (0x0007)\n",),
        ("toolchain.shared_libraries:parse_list",),
    ),
    # -------------------------------------------------------------------- builds and records
    "a builder's log": Parser(_hear, "bytes", (BuilderLostError,), EVENTS),
    "a call's claim": Parser(
        claimed_ending,
        "bytes",
        (),
        (b'{"outcome": "stage-raised", "type": "ValueError", "line": 3, "file": "a.py"}',),
    ),
    "a build's output": Parser(
        _with_file(_read_endings, "out"),
        "bytes",
        (ValueError,),
        (ENDINGS,),
        ("inside.region:read_endings",),
    ),
    "a row of results": Parser(
        lambda value: record_from_row(_as_list(value, 23)),
        "value",
        (),
        (["a"] * 23, [None, 1, "b", 2.5]),
        ("store.record:record_from_row",),
    ),
    "a row of runs": Parser(
        lambda value: run_from_row(*_as_list(value, 18)),
        "value",
        _OF_ROWS,
        (RUN_ROW,),
        ("ledger.rows:run_from_row",),
    ),
    "a row of calls": Parser(
        lambda value: call_from_row(*_as_list(value, 12)),
        "value",
        _OF_ROWS,
        (CALL_ROW,),
        ("ledger.rows:call_from_row",),
    ),
    "an interpreter's answer": Parser(
        lambda data: parse_answer(data, Path("/usr/bin/python3")),
        "bytes",
        (ToolchainUnusableError,),
        (ANSWER,),
        ("toolchain.interpreter:parse_answer",),
    ),
    "a stage's document": Parser(
        lambda value: stage_from_document(
            value if isinstance(value, dict) else {"id": value}, place="here"
        ),
        "value",
        (StageInvalidError,),
        (
            stage_to_document(parse_stage_file(STAGE, place="a.py")),
            stage_to_document(parse_spec(SPEC, place="a.json")),
        ),
        ("stage.document:stage_from_document", "stage.document:read_stage_document"),
    ),
}
